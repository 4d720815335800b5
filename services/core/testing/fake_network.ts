/** A network of the native engine's kind whose outputs can be worked out by hand: `outputs = weights × features`. */
import type { QNet } from "../model/native_types.ts";

export interface FakeWeights {
  readonly schemaHash: string;
  /** One row for each output. */
  readonly weights: readonly (readonly number[])[];
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
): Uint8Array {
  return fakeModelBytes({ schemaHash, weights, metadata: { passport: JSON.stringify({ rewardSigma }) } });
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
  const [inputs, outputs] = [model.weights[0].length, model.weights.length];
  let isClosed = false;
  return {
    spec: "{}",
    metadata: JSON.stringify(model.metadata),
    inputs,
    outputs,
    get isClosed() {
      return isClosed;
    },
    forward(features, out) {
      if (isClosed) throw new Error("the network must be open: it is closed");
      if (features.length % inputs !== 0) {
        throw new Error(`rows must be ${inputs} wide: ${features.length} values`);
      }
      for (let row = 0; row < features.length / inputs; row++) {
        const state = features.subarray(row * inputs, (row + 1) * inputs);
        model.weights.forEach((weights, output) => {
          out[row * outputs + output] = weights.reduce(
            (sum, weight, index) => sum + weight * state[index],
            0,
          );
        });
      }
    },
    attribute(features, chosen, other, weights) {
      if (isClosed) throw new Error("the network must be open: it is closed");
      if (features.length !== inputs) {
        throw new Error(`rows must be ${inputs} wide: ${features.length} values`);
      }
      features.forEach((feature, input) => {
        weights[input] = feature * (model.weights[chosen][input] - model.weights[other][input]);
      });
      return { baseline: 0, residual: 0, steps: 1, rough: false };
    },
    close() {
      isClosed = true;
    },
  };
}

function parse(blob: Uint8Array): FakeWeights {
  try {
    return JSON.parse(new TextDecoder().decode(blob));
  } catch (cause) {
    throw new Error("not a model file", { cause });
  }
}
