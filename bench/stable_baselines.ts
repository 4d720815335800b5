// deno-lint-ignore-file no-console -- a bench prints
/** The product's learner against Stable-Baselines3's DQN in the same run: gradient steps a second with equal shapes, and ticks until
 * 95 % of the optimum of the yardsticks' market A is earned: `deno run -A bench/stable_baselines.ts [--json]`.
 *
 * The peer is `stable_baselines.py`; `stable_baselines_python.ts` obtains what it needs. Where that cannot be done, the bench says
 * so and compares nothing. */
import { fileURLToPath } from "node:url";
import { openTrainerEngine } from "../services/core/model/engine.ts";
import type { LearnerConfig, LearnerStep } from "../services/core/model/native_types.ts";
import { machineContext } from "../services/dev/setup/setup_context.ts";
import { SetupError } from "../services/dev/setup/setup_error.ts";
import { LinePeer } from "./line_peer.ts";
import { addonPath, median, randomFloats, report, round, type Row } from "./measure.ts";
import { type PeerPython, spawnPeer } from "./python_packages.ts";
import { STABLE_BASELINES_PEER, stableBaselinesPython } from "./stable_baselines_python.ts";
import { ownTicks, peerTicks } from "./ticks_to_optimum.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const SHAPE = { inputs: 32, classes: 3, trunk: [128, 128], batch: 64, held: 4096 };
/** How many times as fast as the peer each engine must be. */
const LEADS = { fused: 8, tch: 2.5 } as const;
type Engine = keyof typeof LEADS;
/** Of one round: about as long for all, some 60 ms. */
const STEPS = { peer: 60, fused: 600, tch: 240 };
const ROUNDS = 41;

const SEEDS = 3;
/** The most ticks that a learner gets. */
const TICKS = 8_000;
/** How many times as many ticks the peer must need. */
const TICKS_LEAD = 6;

/** The peer's formulas: the target network chooses and values, Huber's loss, the gradient clipped at 10. */
function config(engine: Engine): LearnerConfig {
  const { inputs, trunk, classes, batch, held } = SHAPE;
  return {
    engine,
    net: { inputs, trunk, heads: [{ name: "action", kind: "value", size: classes }] },
    schema_hash: "bench",
    seed: 1,
    double: false,
    loss: "huber",
    batch_steps: batch,
    target: { kind: "periodic", every: 10_000 },
    replay_capacity: held,
    max_afterstates: 1,
    max_points: classes,
    max_candidates: classes,
  };
}

/** A transition as DQN knows it: one afterstate, and every class may follow at no cost. */
function transition(index: number): LearnerStep {
  const { inputs, classes } = SHAPE;
  const numbers = randomFloats(index + 1, 2 * inputs + 1);
  const all = Uint8Array.from({ length: classes }, (_, index) => index);
  return {
    features: numbers.slice(0, inputs),
    nextFeatures: numbers.slice(inputs, 2 * inputs),
    classes: Uint8Array.of(index % classes),
    scalars: new Float32Array(0),
    rewards: numbers.slice(2 * inputs),
    terminals: new Uint8Array(1),
    pointClasses: all,
    pointScalars: new Float32Array(0),
    candidateOffsets: Uint32Array.of(0, classes),
    candidatePoints: all,
    candidateCosts: new Float32Array(classes),
    regressionTargets: new Float32Array(0),
  };
}

/** Median µs of a gradient step, by contender; they take turns, so that a busy machine slows them alike. */
async function stepMicros(python: PeerPython): Promise<Record<Engine | "peer", number>> {
  await using peer = startPeer(python, "speed");
  await peer.ask(JSON.stringify(SHAPE));
  const { Learner } = openTrainerEngine(addonPath("RLTRADER_ADDON_TRAINER"));
  const own = (engine: Engine) => {
    const learner = new Learner(JSON.stringify(config(engine)));
    for (let index = 0; index < SHAPE.held; index++) learner.push(transition(index));
    return async () => {
      const startMs = performance.now();
      await learner.train(STEPS[engine]);
      return (performance.now() - startMs) * 1_000 / STEPS[engine];
    };
  };
  const contenders = {
    peer: async () => Number(await peer.ask(String(STEPS.peer))),
    fused: own("fused"),
    tch: own("tch"),
  };
  const times: Record<Engine | "peer", number[]> = { peer: [], fused: [], tch: [] };
  for (let round = -1; round < ROUNDS; round++) {
    for (const [name, measure] of Object.entries(contenders)) {
      const micros = await measure();
      if (round >= 0) times[name as Engine | "peer"].push(micros);
    }
  }
  return { peer: median(times.peer), fused: median(times.fused), tch: median(times.tch) };
}

/** Both learners' ticks to the optimum, seed by seed. */
async function ticksRow(python: PeerPython): Promise<{ row: Row; lead: number }> {
  const own = await ownTicks(ROOT, addonPath("RLTRADER_ADDON_TRAINER"), SEEDS, TICKS);
  const peer: (number | null)[] = [];
  for (let seed = 1; seed <= SEEDS; seed++) {
    await using process = startPeer(python, "learn");
    peer.push(await peerTicks(process, seed, TICKS));
  }
  // "Never" counts as the last tick, which is the least that it can be.
  const middle = (ticks: readonly (number | null)[]) => median(ticks.map((tick) => tick ?? TICKS));
  const lead = middle(peer) / middle(own);
  const show = (ticks: readonly (number | null)[]) => ticks.map((tick) => tick ?? "never").join(", ");
  return {
    lead,
    row: {
      measure: `ticks to 95 % of A, seeds 1 to ${SEEDS}`,
      "RL Trader": show(own),
      "Stable-Baselines3": show(peer),
      lead: round(lead),
      required: TICKS_LEAD,
    },
  };
}

function startPeer(python: PeerPython, command: string): LinePeer {
  return new LinePeer(spawnPeer(python, [STABLE_BASELINES_PEER, command]));
}

async function findPython(): Promise<PeerPython | undefined> {
  try {
    return await stableBaselinesPython(
      machineContext(ROOT, Deno.env.toObject()),
      (text) => console.error(text),
    );
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    return undefined;
  }
}

const python = await findPython();
if (python === undefined) {
  report("Skipped: there is no Stable-Baselines3 to compare with", [], []);
  Deno.exit();
}
const micros = await stepMicros(python);
const rows: Row[] = [];
const failures: string[] = [];
for (const engine of ["fused", "tch"] as const) {
  const lead = micros.peer / micros[engine];
  requireLead(`gradient steps of the ${engine} engine`, lead, LEADS[engine]);
  rows.push({
    measure: `gradient steps/s, ${engine} engine`,
    "RL Trader": Math.round(1e6 / micros[engine]),
    "Stable-Baselines3": Math.round(1e6 / micros.peer),
    lead: round(lead),
    required: LEADS[engine],
  });
}
const ticks = await ticksRow(python);
requireLead("learning", ticks.lead, TICKS_LEAD);
rows.push(ticks.row);
const net = [SHAPE.inputs, ...SHAPE.trunk, SHAPE.classes].join("-");
report(
  `Against DQN of ${python.versions}, one thread; steps of ${net} with batch ${SHAPE.batch}`,
  rows,
  failures,
);
if (failures.length > 0) Deno.exit(1);

function requireLead(what: string, lead: number, required: number): void {
  if (lead >= required) return;
  failures.push(`${what} must lead by ${required}: the lead is ${lead.toFixed(2)}`);
}
