import assert from "node:assert/strict";
import { type Evidence, FINDING_TEXTS, findingOf } from "./verdict.ts";

const better = (probability: number) => ({ difference: 0, interval: [0, 0] as const, probability });
const evidence = (flat: number, held: number, changes: Partial<Evidence> = {}): Evidence => ({
  withFlat: better(flat),
  withBuyAndHold: better(held),
  deflatedSharpe: 0.99,
  isRuined: false,
  isTest: true,
  ...changes,
});

Deno.test("findingOf() claims an edge only against both, beyond chance and the luck of many trials", () => {
  assert.equal(findingOf(evidence(0.99, 0.99)), "edge");
  assert.equal(findingOf(evidence(0.99, 0.9)), "better-than-flat");
  assert.equal(findingOf(evidence(0.97, 0.99)), "no-edge");
  assert.equal(findingOf(evidence(0.99, 0.99, { deflatedSharpe: 0.9 })), "no-edge");
});

Deno.test("findingOf() says plainly what went wrong, and that learned bars are no test", () => {
  assert.equal(findingOf(evidence(0.6, 0.02)), "worse-than-holding");
  assert.equal(findingOf(evidence(0.02, 0.02)), "loses");
  assert.equal(findingOf(evidence(0.5, 0.5, { isRuined: true })), "ruined");
  assert.equal(findingOf(evidence(1, 1, { isTest: false })), "no-test");
  assert.match(FINDING_TEXTS["no-edge"], /^No edge beyond chance/);
});
