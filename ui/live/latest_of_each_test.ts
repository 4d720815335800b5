import { deepEqual } from "node:assert/strict";
import { latestOfEach } from "./latest_of_each.ts";

Deno.test("latestOfEach() lets updates that were made anew count once, by their later report", () => {
  const reports = [[250, "a"], [500, "b"], [750, "c"], [500, "d"], [760, "e"]].map(([updates, of]) => ({
    updates: Number(updates),
    of,
  }));
  deepEqual(latestOfEach(reports).map(({ updates, of }) => [updates, of]), [[250, "a"], [500, "d"], [
    760,
    "e",
  ]]);
});
