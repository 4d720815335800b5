import assert from "node:assert/strict";
import { Confidence } from "../../core/contracts/model.ts";
import { fakeFit } from "../trainer_testing.ts";
import { fitConfidence } from "./fit_confidence.ts";

const judged = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ score: index / 10, isWin: index % 3 === 0 }));

Deno.test("fitConfidence() is null while there are fewer than 200 pairs", () => {
  assert.equal(fitConfidence(judged(199), 64, () => assert.fail("not fitted")), null);
});

Deno.test("fitConfidence() hands all pairs to the fit in their order, and keeps its line for the passport", () => {
  let given: unknown[] = [];
  const confidence = fitConfidence(judged(200), 64, (scores, wins) => {
    given = [scores[10], wins[9], wins[10], scores.length, wins.length];
    return fakeFit(scores, wins);
  })!;
  assert.deepEqual(given, [1, 1, 0, 200, 200]);
  assert.deepEqual(Confidence.parse(confidence), confidence);
  assert.deepEqual([confidence.horizon, confidence.fittedOn], [64, 200]);
});

Deno.test("fitConfidence() publishes the reliability curve that it was judged by", () => {
  const judged = Array.from({ length: 200 }, (_, index) => ({ score: index, isWin: index % 2 === 0 }));
  const bin = { scoreFrom: 0, scoreTo: 199, predicted: 0.4, observed: 0.5, count: 200 };
  const fit = (scores: Float64Array, wins: Uint8Array) => ({ ...fakeFit(scores, wins), bins: [bin] });
  const confidence = fitConfidence(judged, 64, fit);
  assert.deepEqual(confidence?.reliability, [bin]);
  assert.deepEqual(Confidence.parse(JSON.parse(JSON.stringify(confidence))), confidence);
});
