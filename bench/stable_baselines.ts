// deno-lint-ignore-file no-console -- a bench prints
/** The product's learner against Stable-Baselines3's DQN in the same run: gradient steps a second with equal shapes, and ticks until
 * 95 % of the optimum of the yardsticks' market A is earned: `deno run -A bench/stable_baselines.ts [--json]`. With `--choose` it
 * shows what the peer's settings come to on seeds that nothing is compared on, from which the one that must be beaten was chosen.
 *
 * The peer is `stable_baselines.py`; `stable_baselines_python.ts` obtains what it needs. Where that cannot be done, the bench says
 * so and compares nothing. */
import { fileURLToPath } from "node:url";
import { openTrainerEngine } from "../services/core/model/engine.ts";
import type { LearnerConfig, LearnerStep } from "../services/core/model/native_types.ts";
import { machineContext } from "../services/dev/setup/setup_context.ts";
import { SetupError } from "../services/dev/setup/setup_error.ts";
import { inParallel } from "../services/trainer/yardstick/in_parallel.ts";
import { LinePeer } from "./line_peer.ts";
import { addonPath, median, randomFloats, report, round, type Row } from "./measure.ts";
import { type PeerPython, spawnPeer } from "./python_packages.ts";
import { STABLE_BASELINES_PEER, stableBaselinesPython } from "./stable_baselines_python.ts";
import { type Learned, ownLearning, peerLearning, type PeerSetting } from "./ticks_to_optimum.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const SHAPE = { inputs: 32, classes: 3, trunk: [128, 128], batch: 64, held: 4096 };
/** How many times as fast as the peer each engine must be. */
const LEADS = { fused: 8, tch: 2.5 } as const;
type Engine = keyof typeof LEADS;
/** Of one round: about as long for all, some 60 ms. */
const STEPS = { peer: 60, fused: 600, tch: 240 };
const ROUNDS = 41;

const SEEDS = 5;
/** The ticks that a learner gets. */
const TICKS = 8_000;
/** How many times as many ticks the peer must need. */
const TICKS_LEAD = 6;
/** Peers that learn at a time. */
const PARALLEL = 2;

const layers = (...net_arch: number[]) => ({ policy_kwargs: { net_arch } });
/** What the peer may be set to; the rest is in `stable_baselines.py`. */
const SETTINGS = {
  "[32], ε .1": { ...layers(32), exploration_final_eps: 0.1 },
  "[64, 64], ε .1, target 50": {
    ...layers(64, 64),
    exploration_final_eps: 0.1,
    target_update_interval: 50,
  },
  "[32], ε .05": { ...layers(32), exploration_final_eps: 0.05 },
  "[64, 64], ε .1, lr 2e-3": { ...layers(64, 64), exploration_final_eps: 0.1, learning_rate: 2e-3 },
  "[64, 64], ε .05": { ...layers(64, 64), exploration_final_eps: 0.05 },
  "[64, 64], ε .05, lr 5e-4": { ...layers(64, 64), exploration_final_eps: 0.05, learning_rate: 5e-4 },
  "[64, 64], ε .05, γ .99": { ...layers(64, 64), exploration_final_eps: 0.05, gamma: 0.99 },
  "[128, 128], ε .05, lr 5e-4, target 250": {
    ...layers(128, 128),
    exploration_final_eps: 0.05,
    learning_rate: 5e-4,
    target_update_interval: 250,
  },
} satisfies Record<string, PeerSetting>;
type SettingName = keyof typeof SETTINGS;
/** Seeds that nothing is compared on. */
const CHOICE_SEEDS = [101, 102];
/** The setting that a practitioner keeps goes by the result: the best mean score over the last 2,000 ticks on {@link CHOICE_SEEDS},
 * .945, where the others have .873 to .927. It is the one that must be beaten. Beside it stands the one tuned for the very figure
 * that is compared, which takes knowing the optimum: of 15 settings on seeds 101 to 106 it reached 95 % first, after 975 ticks in
 * the median. Their scores can hardly be told apart (.945 and .913 on the two seeds, .944 and .955 on seeds 1 to 5), and one
 * setting's ticks differ tenfold from seed to seed: so look at both leads. */
const PEERS: Readonly<Record<"best score" | "fewest ticks", SettingName>> = {
  "best score": "[32], ε .05",
  "fewest ticks": "[32], ε .1",
};

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

/** What came of the peer's settings: by setting, then by seed. */
async function peersLearned<Name extends SettingName>(
  python: PeerPython,
  names: readonly Name[],
  seeds: readonly number[],
): Promise<Record<Name, Learned[]>> {
  const runs = seeds.flatMap((seed) => names.map((name) => ({ seed, name })));
  const learned = await inParallel(runs, PARALLEL, async ({ seed, name }) => {
    await using peer = startPeer(python, "learn");
    const run = await peerLearning(peer, SETTINGS[name], seed, TICKS);
    console.error(`  ${name}, seed ${seed}: ${run.ticks ?? "never"}, ${run.lateScore.toFixed(3)}`);
    return run;
  });
  return Object.fromEntries(
    names.map((name) => [name, learned.filter((_, index) => runs[index].name === name)]),
  ) as Record<Name, Learned[]>;
}

/** "Never" counts as the last tick, which is the least that it can be. */
const ticksOf = ({ ticks }: Learned) => ticks ?? TICKS;
const lateScoreOf = ({ lateScore }: Learned) => lateScore;
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Seed by seed, then the middle. */
function showTicks(runs: readonly Learned[]): string {
  return `${runs.map(({ ticks }) => ticks ?? "never").join(", ")}; median ${median(runs.map(ticksOf))}`;
}

/** Seed by seed, then the mean. */
function showScores(runs: readonly Learned[]): string {
  const scores = runs.map(lateScoreOf);
  return `${scores.map((score) => score.toFixed(3)).join(", ")}; mean ${mean(scores).toFixed(3)}`;
}

/** How our learner and both peers come to the optimum, and how many times as many ticks the peers need. */
async function learningRows(
  python: PeerPython,
): Promise<{ rows: Row[]; leads: Record<keyof typeof PEERS, number> }> {
  const own = await ownLearning(ROOT, addonPath("RLTRADER_ADDON_TRAINER"), SEEDS, TICKS);
  const seeds = Array.from({ length: SEEDS }, (_, index) => index + 1);
  const peers = await peersLearned(python, Object.values(PEERS), seeds);
  const rows: Row[] = [];
  const leads = { "best score": 0, "fewest ticks": 0 };
  for (const [choice, name] of Object.entries(PEERS) as [keyof typeof PEERS, SettingName][]) {
    const runs = peers[name];
    leads[choice] = median(runs.map(ticksOf)) / median(own.map(ticksOf));
    rows.push({
      measure: `ticks to 95 % of A, peer of ${choice}`,
      "RL Trader": showTicks(own),
      "Stable-Baselines3": showTicks(runs),
      lead: round(leads[choice]),
      ...(choice === "best score" ? { required: TICKS_LEAD } : {}),
    }, {
      measure: `score at the end, peer of ${choice}`,
      "RL Trader": showScores(own),
      "Stable-Baselines3": showScores(runs),
    });
  }
  return { rows, leads };
}

/** What {@link PEERS} were chosen from. */
async function choiceRows(python: PeerPython): Promise<Row[]> {
  const names = Object.keys(SETTINGS) as SettingName[];
  const learned = await peersLearned(python, names, CHOICE_SEEDS);
  return names.map((setting) => ({
    setting,
    "ticks to 95 % of A": showTicks(learned[setting]),
    "score at the end": showScores(learned[setting]),
  }));
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
if (Deno.args.includes("--choose")) {
  report(`Settings of ${python.versions} on seeds ${CHOICE_SEEDS.join(", ")}`, await choiceRows(python), []);
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
const learning = await learningRows(python);
requireLead("learning", learning.leads["best score"], TICKS_LEAD);
rows.push(...learning.rows);
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
