import assert from "node:assert/strict";
import { RecentIds } from "./recent_ids.ts";

Deno.test("RecentIds knows the last ids, as many as its limit, and forgets the oldest first", () => {
  const ids = new RecentIds(3);
  for (const id of ["a", "b", "b", "c"]) ids.add(id);
  assert.deepEqual(["a", "b", "c", "d"].map((id) => ids.has(id)), [true, true, true, false]);
  ids.add("d");
  assert.deepEqual(["a", "b", "c", "d"].map((id) => ids.has(id)), [false, true, true, true]);
});

Deno.test("RecentIds refuses a limit that is no whole number from 1 on", () => {
  for (const limit of [0, 1.5, NaN]) {
    assert.throws(() => new RecentIds(limit), {
      name: "RangeError",
      message: new RegExp(`it is ${limit}$`),
    });
  }
});
