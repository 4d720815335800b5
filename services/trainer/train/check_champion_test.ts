import assert from "node:assert/strict";
import { DAY_MS, stepOf } from "../trainer_testing.ts";
import { checkChampion } from "./check_champion.ts";

const CHAMPION = { version: "m-1", learned: ["X", "Y"], learnedThroughMs: 9 * DAY_MS };
const HISTORY = { evidence: [stepOf("X", 10), stepOf("X", 11)] };

Deno.test("checkChampion() takes one that knows the symbols, and no bar of the evidence", () => {
  checkChampion(CHAMPION, ["Y"], HISTORY);
  assert.throws(() => checkChampion({ ...CHAMPION, learnedThroughMs: 10 * DAY_MS }, ["X"], HISTORY), {
    name: "RangeError",
    message:
      "Cannot judge against m-1 as it must not know the evidence, which begins on 1970-01-11: it has learned through 1970-01-11",
  });
});

Deno.test("checkChampion() refuses one that would be beaten for deciding nothing", () => {
  assert.throws(() => checkChampion(CHAMPION, ["X", "SPX"], HISTORY), {
    name: "RangeError",
    message: "Cannot judge against m-1 as it must have learned SPX: it has learned X, Y",
  });
});
