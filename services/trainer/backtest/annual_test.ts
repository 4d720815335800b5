import assert from "node:assert/strict";
import { tooFewForAYear } from "./annual.ts";

Deno.test("tooFewForAYear() asks for a quarter of a year, and for 60 bars however long they are", () => {
  assert.equal(tooFewForAYear(63, 252), null);
  assert.match(tooFewForAYear(19, 252)!, /it takes 63 returns .* and there are 19\.$/);
  assert.match(tooFewForAYear(59, 52)!, /it takes 60 returns/);
  assert.match(tooFewForAYear(10_000, 525_960)!, /it takes 131,490 returns .* there are 10,000/);
});
