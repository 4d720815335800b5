/** Reason weights from Deno, against the floor: one fused forward over as many rows as gradients were taken, on the same weights
 * and thread: `deno run -A bench/attribution.ts [--json]`. Fails if the weights of a default network take longer than a
 * decision may wait for. */
import { openInferenceEngine, openTrainerEngine } from "../services/core/model/engine.ts";
import { addonPath, median, medianMicros, randomFloats, report, round, type Row } from "./measure.ts";

const inference = openInferenceEngine(addonPath("RLTRADER_ADDON_INFERENCE"));
const trainer = openTrainerEngine(addonPath("RLTRADER_ADDON_TRAINER"));

const OUTPUTS = 3;
/** `mostMicros`: what the median attribution may take. */
const SHAPES = [
  { inputs: 12, trunk: [32], mostMicros: 50 },
  { inputs: 24, trunk: [32], mostMicros: 50 },
  { inputs: 64, trunk: [256, 256, 256], mostMicros: Infinity },
];
/** Different rows have their kinks in different places. */
const STATES = 64;

const rows: Row[] = [];
const failures: string[] = [];
for (const { inputs, trunk, mostMicros } of SHAPES) {
  const learner = new trainer.Learner(JSON.stringify({
    net: { inputs, trunk, heads: [{ name: "action", kind: "value", size: OUTPUTS }] },
    schema_hash: "bench",
    seed: 1,
    replay_capacity: 1,
    max_afterstates: 1,
    max_candidates: 1,
  }));
  const net = inference.QNet.fromBytes(learner.exportModel("{}"), "bench");
  const states = Array.from(
    { length: STATES },
    (_, seed) => randomFloats(seed, inputs).map((value) => 2 * value),
  );
  const weights = new Float32Array(inputs);
  const found = states.map((state) => net.attribute(state, 1, 0, weights));
  const steps = found.map((one) => one.steps);
  const batches = steps.map((count) => ({
    features: new Float32Array(count * inputs),
    out: new Float32Array(count * OUTPUTS),
  }));
  let [turn, floorTurn] = [0, 0];
  const micros = await medianMicros({
    attribution: () => void net.attribute(states[turn++ % STATES], 1, 0, weights),
    floor: () => {
      const { features, out } = batches[floorTurn++ % STATES];
      net.forward(features, out);
    },
  });
  const name = [inputs, ...trunk, OUTPUTS].join("-");
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
