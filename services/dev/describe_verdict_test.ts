import assert from "node:assert/strict";
import { describeVerdict } from "./describe_verdict.ts";

Deno.test("describeVerdict() says what the gate made of a candidate, and why, in one line", () => {
  const step = { step: "evidence" as const, passed: true, reason: "better than the champion", figures: {} };
  const event = { version: "m-0123456789abcdef", adoptAfterMs: 0, atMs: 0, updates: 1 };
  assert.equal(
    describeVerdict({
      ...event,
      outcome: "adopted",
      gate: [step, { ...step, step: "shadow", reason: "20 bars" }],
    }),
    "1970-01-01  model m-012345 serves: better than the champion",
  );
  assert.equal(
    describeVerdict({
      ...event,
      outcome: "refused",
      gate: [step, { ...step, passed: false, reason: "it churns" }],
    }),
    "1970-01-01  model m-012345 was refused: it churns",
  );
});
