/** Learning must never hold up serving: how late the trainer's event loop is while the learner trains at full rate, against
 * the same loop at rest, and how long a served forward takes meanwhile: `deno run -A bench/serving.ts [--json]`. */
import { openInferenceEngine, openTrainerEngine } from "../services/core/model/engine.ts";
import { addonPath, randomFloats, report, round } from "./measure.ts";

const MOST_LATE_MS = 5;
const INPUTS = 32;
const SECONDS = 5;
/** Updates of one call, as the train loop asks for them. */
const UPDATES_A_CALL = 250;

const { Learner } = openTrainerEngine(addonPath("RLTRADER_ADDON_TRAINER"));
const { QNet } = openInferenceEngine(addonPath("RLTRADER_ADDON_INFERENCE"));
const learner = new Learner(JSON.stringify({
  net: { inputs: INPUTS, trunk: [128, 128], heads: [{ name: "action", kind: "value", size: 2 }] },
  schema_hash: "bench",
  seed: 1,
  batch_steps: 128,
  replay_capacity: 5_000,
  max_afterstates: 2,
  max_points: 2,
  max_candidates: 2,
}));
const states = randomFloats(1, 5_001 * INPUTS);
for (let step = 0; step < 5_000; step++) pushStep(step);
const served = QNet.fromBytes(learner.exportModel("{}"), "bench");

const rest = await measure(false);
const training = await measure(true);
const failures = training.late.p99 <= MOST_LATE_MS ? [] : [
  `Missed: the loop must be at most ${MOST_LATE_MS} ms late at p99 while training, it is ${
    round(training.late.p99)
  }`,
];
report("Event loop of the trainer", [row("at rest", rest), row("training", training)], failures);
if (failures.length > 0) Deno.exitCode = 1;

/** A bar's worth of work each millisecond: one served forward, and one new step every hundredth. */
async function measure(isTraining: boolean) {
  const late: number[] = [];
  const forward: number[] = [];
  const out = new Float32Array(served.outputs);
  const endMs = performance.now() + SECONDS * 1_000;
  let updates = 0;
  const learning = (async () => {
    while (isTraining && performance.now() < endMs) updates += (await learner.train(UPDATES_A_CALL)).steps;
  })();
  for (let turn = 0; performance.now() < endMs; turn++) {
    const dueMs = performance.now() + 1;
    await new Promise((resolve) => setTimeout(resolve, 1));
    late.push(Math.max(0, performance.now() - dueMs));
    const startedMs = performance.now();
    served.forward(states.subarray(turn % 5_000 * INPUTS, (turn % 5_000 + 1) * INPUTS), out);
    forward.push((performance.now() - startedMs) * 1_000);
    if (turn % 100 === 0) pushStep(turn % 5_000);
  }
  await learning;
  return { late: quantiles(late), forward: quantiles(forward), updatesPerSecond: updates / SECONDS };
}

function pushStep(step: number): void {
  learner.push({
    features: states.subarray(step * INPUTS, (step + 1) * INPUTS),
    nextFeatures: states.subarray((step + 1) * INPUTS, (step + 2) * INPUTS),
    classes: Uint8Array.of(0, 1),
    scalars: new Float32Array(),
    rewards: Float32Array.of(0, states[step]),
    terminals: new Uint8Array(2),
    pointClasses: Uint8Array.of(0, 1),
    pointScalars: new Float32Array(),
    candidateOffsets: Uint32Array.of(0, 2, 4),
    candidatePoints: Uint8Array.of(0, 1, 0, 1),
    candidateCosts: Float32Array.of(0, 0.02, 0.02, 0),
    regressionTargets: new Float32Array(),
  });
}

function row(name: string, measured: Awaited<ReturnType<typeof measure>>) {
  return {
    name,
    "late p50 ms": round(measured.late.p50),
    "late p99 ms": round(measured.late.p99),
    "forward p50 µs": round(measured.forward.p50),
    "forward p99 µs": round(measured.forward.p99),
    "updates/s": Math.round(measured.updatesPerSecond),
  };
}

function quantiles(values: number[]): { p50: number; p99: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))];
  return { p50: at(0.5), p99: at(0.99) };
}
