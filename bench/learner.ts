/** Steps per second of `Learner.train` with both of its engines against the same step in PyTorch, one thread each:
 * `deno run -A bench/learner.ts [--json]`.
 *
 * The peer is `learner_torch.py`, run by the interpreter in `RLTRADER_PYTHON` (else `python3`); without PyTorch it is left out. */
import { openTrainerEngine } from "../services/core/model/engine.ts";
import type { LearnerConfig, LearnerStep, TrainerAddon } from "../services/core/model/native_types.ts";
import { addonPath, median, randomFloats, report, round, type Row } from "./measure.ts";

const CLASSES = 3;
const HELD_STEPS = 4096;
const ROUNDS = 9;
const SHAPES = [
  { inputs: 32, trunk: [32] },
  { inputs: 32, trunk: [128, 128] },
  { inputs: 64, trunk: [256, 256, 256] },
];
const ENGINES = ["fused", "tch"] as const;
type Engine = typeof ENGINES[number];
const BATCHES = [64, 256];

function config(engine: Engine, inputs: number, trunk: number[], batch: number): LearnerConfig {
  return {
    engine,
    net: { inputs, trunk, heads: [{ name: "action", kind: "value", size: CLASSES }] },
    schema_hash: "bench",
    seed: 1,
    batch_steps: batch,
    target: { kind: "soft", tau: 0.005 },
    replay_capacity: HELD_STEPS,
    max_afterstates: CLASSES,
    max_points: CLASSES,
    max_candidates: CLASSES,
  };
}

/** A step with every class as an afterstate and every class as a candidate. */
function step(inputs: number, index: number): LearnerStep {
  const numbers = randomFloats(index + 1, 2 * inputs + CLASSES);
  const classes = [...Array(CLASSES).keys()];
  return {
    features: numbers.slice(0, inputs),
    nextFeatures: numbers.slice(inputs, 2 * inputs),
    classes: Uint8Array.from(classes),
    scalars: new Float32Array(0),
    rewards: numbers.slice(2 * inputs),
    terminals: new Uint8Array(CLASSES),
    pointClasses: Uint8Array.from(classes),
    pointScalars: new Float32Array(0),
    candidateOffsets: Uint32Array.from([...classes, CLASSES], (index) => index * CLASSES),
    candidatePoints: Uint8Array.from(classes.flatMap(() => classes)),
    candidateCosts: Float32Array.from(
      classes.flatMap((from) => classes.map((to) => 0.1 * Math.abs(from - to))),
    ),
    regressionTargets: new Float32Array(0),
  };
}

/** Median µs per step of each engine; they take turns, so that a busy machine slows them alike. */
async function ownMicros(
  addon: TrainerAddon,
  inputs: number,
  trunk: number[],
  batch: number,
  steps: number,
): Promise<Record<Engine, number>> {
  const contenders = ENGINES.map((engine) => {
    const learner = new addon.Learner(JSON.stringify(config(engine, inputs, trunk, batch)));
    for (let index = 0; index < HELD_STEPS; index++) learner.push(step(inputs, index));
    return { engine, learner, times: [] as number[] };
  });
  for (const { learner } of contenders) await learner.train(steps);
  for (let round = 0; round < ROUNDS; round++) {
    for (const { learner, times } of contenders) {
      const start = performance.now();
      await learner.train(steps);
      times.push((performance.now() - start) * 1000 / steps);
    }
  }
  for (const { learner } of contenders) learner.close();
  return Object.fromEntries(contenders.map(({ engine, times }) => [engine, median(times)])) as Record<
    Engine,
    number
  >;
}

/** Median µs per step of the PyTorch peer, or why there is none. */
async function torchMicros(
  inputs: number,
  trunk: number[],
  batch: number,
  steps: number,
): Promise<number | string> {
  const python = Deno.env.get("RLTRADER_PYTHON") ?? "python3";
  const script = new URL("./learner_torch.py", import.meta.url).pathname;
  const args = [script, inputs, trunk.join(","), batch, CLASSES, HELD_STEPS, steps, ROUNDS].map(String);
  const result = await new Deno.Command(python, { args, stderr: "piped" }).output().catch((error: Error) =>
    error
  );
  if (result instanceof Error) return `skipped: ${result.message}`;
  const text = new TextDecoder();
  if (!result.success) return `skipped: ${text.decode(result.stderr).trim().split("\n").at(-1)}`;
  return Number(text.decode(result.stdout));
}

const addon = openTrainerEngine(addonPath("RLTRADER_ADDON_TRAINER"));
const rows: Row[] = [];
const failures: string[] = [];
for (const { inputs, trunk } of SHAPES) {
  for (const batch of BATCHES) {
    const net = [inputs, ...trunk, CLASSES].join("-");
    const steps = [600, 150, 40][trunk.length - 1];
    const { fused, tch } = await ownMicros(addon, inputs, trunk, batch, steps);
    const torch = await torchMicros(inputs, trunk, batch, steps);
    if (tch / fused < 1) {
      failures.push(`${net} batch ${batch}: tch is faster, ${(tch / fused).toFixed(2)} < 1`);
    }
    const ratio = typeof torch === "number" ? torch / fused : undefined;
    if (ratio !== undefined && ratio < 1) {
      failures.push(`${net} batch ${batch}: PyTorch is faster, ${ratio.toFixed(2)} < 1`);
    }
    rows.push({
      net,
      batch,
      "fused µs": Math.round(fused),
      "fused steps/s": Math.round(1e6 / fused),
      "tch µs": Math.round(tch),
      "tch ÷ fused": round(tch / fused),
      "PyTorch µs": typeof torch === "number" ? Math.round(torch) : torch,
      "PyTorch ÷ fused": ratio === undefined ? "-" : round(ratio),
    });
  }
}
report(
  "Double Q-learning step: draw, forward, backward, Adam, soft target; medians, one thread",
  rows,
  failures,
);
if (failures.length > 0) Deno.exit(1);
