import assert from "node:assert/strict";
import { headSpan, outputHeads } from "./head_outputs.ts";

Deno.test("outputHeads() lists the heads in order, then the quantiles of those that have more than one", () => {
  const heads = outputHeads({
    inputs: 3,
    trunk: [4],
    heads: [
      { name: "action", kind: "value", size: 3, quantiles: 5 },
      { name: "size", kind: "value", size: 2 },
      { name: "risk", kind: "regression", size: 1 },
    ],
  });
  assert.deepEqual(heads, [
    { name: "action", size: 3 },
    { name: "size", size: 2 },
    { name: "risk", size: 1 },
    { name: "action_quantiles", size: 15 },
  ]);
  assert.deepEqual(headSpan(heads, "action_quantiles"), { start: 6, end: 21 });
});

Deno.test("headSpan() refuses a head that the network has not, and names those that it has", () => {
  assert.throws(() => headSpan([{ name: "action", size: 2 }], "risk"), {
    name: "RangeError",
    message: "Cannot read head risk as the network must have it: it has action",
  });
});
