/** Reason weights from Deno, against the floor: one fused forward over as many rows as gradients were taken, on the same weights
 * and thread: `deno run -A bench/attribution.ts [--json]`. Fails if the weights of a default network take longer than a
 * decision may wait for. */
import { openInferenceEngine } from "../services/core/model/engine.ts";
import { addonPath, median, medianMicros, randomFloats, report, round, type Row } from "./measure.ts";
import { UNTRAINED, untrainedLearner } from "./untrained_learner.ts";

const inference = openInferenceEngine(addonPath("RLTRADER_ADDON_INFERENCE"));

const OUTPUTS = 3;
const HIDDEN = 16;
/** `scalars`: of the account; 0 for no account part. `mostMicros`: what the median attribution may take. */
const SHAPES = [
  { inputs: 12, trunk: [32], scalars: 0, mostMicros: 50 },
  { inputs: 24, trunk: [32], scalars: 0, mostMicros: 50 },
  { inputs: 24, trunk: [32], scalars: 5, mostMicros: 100 },
  { inputs: 64, trunk: [256, 256, 256], scalars: 0, mostMicros: Infinity },
];
/** Different rows have their kinks in different places. */
const STATES = 64;

const rows: Row[] = [];
const failures: string[] = [];
for (const { inputs, trunk, scalars, mostMicros } of SHAPES) {
  const learner = untrainedLearner({
    inputs,
    trunk,
    heads: [{ name: "action", kind: "value", size: OUTPUTS }],
    account: scalars > 0 ? { scalars, hidden: HIDDEN } : undefined,
  });
  const net = inference.QNet.fromBytes(learner.exportModel("{}"), UNTRAINED);
  const states = Array.from(
    { length: STATES },
    (_, seed) => randomFloats(seed, inputs).map((value) => 2 * value),
  );
  const weights = new Float32Array(inputs + scalars);
  const [chosen, other] = [randomFloats(1, scalars), randomFloats(2, scalars)];
  const explain = (state: Float32Array) => net.attribute(state, 1, chosen, 0, other, weights);
  const found = states.map(explain);
  const steps = found.map((one) => one.steps);
  const batches = steps.map((count) => ({
    features: new Float32Array(count * inputs),
    out: new Float32Array(count * OUTPUTS),
  }));
  let [turn, floorTurn] = [0, 0];
  const micros = await medianMicros({
    attribution: () => void explain(states[turn++ % STATES]),
    floor: () => {
      const { features, out } = batches[floorTurn++ % STATES];
      net.forward(features, out);
    },
  });
  const name = [inputs, ...trunk, OUTPUTS].join("-") + (scalars > 0 ? ` and ${scalars} scalars` : "");
  if (micros.attribution > mostMicros) {
    failures.push(
      `${name}: an attribution must take at most ${mostMicros} µs: it takes ${round(micros.attribution)}`,
    );
  }
  rows.push({
    net: name,
    "attribution µs": round(micros.attribution),
    "forward floor µs": round(micros.floor),
    "attribution ÷ floor": round(micros.attribution / micros.floor),
    "steps p50": median(steps),
    "steps most": Math.max(...steps),
    rough: found.filter((one) => one.rough).length,
    "required µs": mostMicros === Infinity ? "-" : mostMicros,
  });
  net.close();
  learner.close();
}
report(`Reason weights of ${STATES} random states from Deno, medians, one thread`, rows, failures);
if (failures.length > 0) Deno.exit(1);
