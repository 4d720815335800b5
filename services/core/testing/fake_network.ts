/** A network of the native engine's kind whose outputs can be worked out by hand: `outputs = weights × features`, and
 * `W(F, y) = outputs[class] + accountWeights[class] × scalars`. */
import type { QNet } from "../model/native_types.ts";

export interface FakeWeights {
  readonly schemaHash: string;
  /** One row for each output; the value head comes first. */
  readonly weights: readonly (readonly number[])[];
  /** One row for each position class, `[k]`; left out if k = 0. */
  readonly accountWeights?: readonly (readonly number[])[];
  /** What the exporter adds to the file's metadata. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The bytes of a model, which {@link openFakeNetwork} opens. */
export function fakeModelBytes(model: FakeWeights): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(model));
}

/** A model for one symbol and more: its passport holds their sigmas. */
export function fakeModel(
  weights: FakeWeights["weights"],
  rewardSigma: Record<string, number> = { SPX: 0.01 },
  schemaHash = "schema",
  accountWeights?: FakeWeights["accountWeights"],
): Uint8Array {
  return fakeModelBytes({
    schemaHash,
    weights,
    ...(accountWeights !== undefined && { accountWeights }),
    metadata: { passport: JSON.stringify({ rewardSigma }) },
  });
}

export interface FakeNetwork extends QNet {
  readonly isClosed: boolean;
}

/** @throws {Error} If the bytes are no model, or one of another schema. */
export function openFakeNetwork(blob: Uint8Array, expectedSchemaHash = "schema"): FakeNetwork {
  const model = parse(blob);
  if (model.schemaHash !== expectedSchemaHash) {
    throw new Error(`schema hash must be ${expectedSchemaHash}: it is ${model.schemaHash}`);
  }
  const { weights, accountWeights } = model;
  const [inputs, outputs] = [weights[0].length, weights.length];
  let isClosed = false;
  const check = (features: Float32Array, isOneRow: boolean) => {
    if (isClosed) throw new Error("the network must be open: it is closed");
    if (isOneRow ? features.length === inputs : features.length % inputs === 0) return;
    throw new Error(`rows must be ${inputs} wide: ${features.length} values`);
  };
  return {
    spec: "{}",
    metadata: JSON.stringify(model.metadata),
    inputs,
    outputs,
    get isClosed() {
      return isClosed;
    },
    forward(features, out) {
      check(features, false);
      for (let row = 0; row < features.length / inputs; row++) {
        const state = features.subarray(row * inputs, (row + 1) * inputs);
        weights.forEach((each, output) => out[row * outputs + output] = dot(each, state));
      }
    },
    evaluate(features, classes, scalars, out) {
      check(features, true);
      const k = scalars.length / classes.length;
      classes.forEach((each, index) => {
        const account = scalars.subarray(index * k, (index + 1) * k);
        out[index] = dot(weights[each], features) + dot(accountWeights?.[each] ?? [], account);
      });
    },
    attribute(features, chosen, chosenScalars, other, otherScalars, out) {
      check(features, true);
      features.forEach((feature, input) => {
        out[input] = feature * (weights[chosen][input] - weights[other][input]);
      });
      chosenScalars.forEach((scalar, index) => {
        const [ours, theirs] = [accountWeights![chosen][index], accountWeights![other][index]];
        out[inputs + index] = scalar * ours - otherScalars[index] * theirs;
      });
      return { baseline: 0, residual: 0, steps: 1, rough: false };
    },
    close() {
      isClosed = true;
    },
  };
}

function dot(weights: readonly number[], values: Float32Array): number {
  return weights.reduce((sum, weight, index) => sum + weight * values[index], 0);
}

function parse(blob: Uint8Array): FakeWeights {
  try {
    return JSON.parse(new TextDecoder().decode(blob));
  } catch (cause) {
    throw new Error("not a model file", { cause });
  }
}
