import assert from "node:assert/strict";
import { describeVerdict } from "./describe_verdict.ts";

Deno.test("describeVerdict() says what the gate made of a candidate, and why, in one line", () => {
  const step = { step: "evidence" as const, passed: true, reason: "better than the champion", figures: {} };
  const event = { version: "m-0123456789abcdef", adoptAfterMs: 86_400_000, atMs: 0, updates: 1 };
  assert.equal(
    describeVerdict({
      ...event,
      outcome: "adopted",
      gate: [step, { ...step, step: "shadow", reason: "20 bars" }],
    }),
    "1970-01-02  model m-012345 serves: better than the champion",
  );
  assert.equal(
    describeVerdict({
      ...event,
      outcome: "refused",
      gate: [step, { ...step, passed: false, reason: "it churns" }],
    }),
    "1970-01-02  model m-012345 was refused: it churns",
  );
});

Deno.test("describeVerdict() gives a model that serves from the first bar on no date, and tells what serves by hand", () => {
  const step = { step: "evidence" as const, passed: false, reason: "it churns", figures: {} };
  const event = { version: "m-0123456789abcdef", atMs: 0, updates: 1, outcome: "adopted" as const };
  assert.equal(
    describeVerdict({ ...event, adoptAfterMs: 0, gate: [] }),
    "at the start  model m-012345 serves",
  );
  assert.equal(
    describeVerdict({ ...event, adoptAfterMs: 86_400_000, gate: [step] }),
    "1970-01-02  model m-012345 serves by hand, although the gate has said: it churns",
  );
});
