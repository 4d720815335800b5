import { deepEqual, equal, throws } from "node:assert/strict";
import { reliabilityOf } from "./model_passport.ts";

/** A safetensors file without tensors. */
function fileWith(metadata: unknown): Uint8Array {
  const header = new TextEncoder().encode(JSON.stringify({ __metadata__: metadata }));
  const file = new Uint8Array(8 + header.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  return file;
}
const bin = { scoreFrom: 0, scoreTo: 1, predicted: 0.6, observed: 0.5, count: 9 };
const confidence = {
  scores: [0],
  probabilities: [0.5],
  horizon: 8,
  ece: 0.1,
  reliability: [bin],
  fittedOn: 90,
};
const passport = (changes: object) => ({
  passport: JSON.stringify({ rewardSigma: {}, confidence, epsilon: 0, ...changes }),
});

Deno.test("reliabilityOf() reads the curve from the bytes alone; null where nothing was fitted", () => {
  deepEqual(reliabilityOf(fileWith(passport({}))), {
    ece: 0.1,
    horizon: 8,
    fittedOn: 90,
    reliability: [bin],
  });
  equal(reliabilityOf(fileWith(passport({ confidence: null }))), null);
});

Deno.test("reliabilityOf() refuses bytes that are no such file, or hold no passport", () => {
  const whole = fileWith(passport({}));
  for (
    const bytes of [
      new Uint8Array(0),
      new Uint8Array(7),
      whole.subarray(0, whole.length - 1),
      new Uint8Array(64).fill(255),
    ]
  ) {
    throws(() => reliabilityOf(bytes), {
      name: "RangeError",
      message: /its header must lie within its \d+ bytes/,
    });
  }
  throws(() => reliabilityOf(fileWith({})), { name: "RangeError", message: /must hold a passport/ });
  throws(() => reliabilityOf(fileWith(passport({ epsilon: 2 }))), {
    name: "RangeError",
    message: /must hold a passport/,
  });
});
