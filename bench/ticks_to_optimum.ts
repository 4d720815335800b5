/** How a learner comes to the optimum of a yardstick's market, tick by tick: ours by the yardsticks' own program, a peer by asking it
 * now and then for its decisions in every state of the market's grid. */
import { join } from "node:path";
import { SeededRandom } from "../services/core/market/seeded_random.ts";
import { type CurvePoint, PATH_STREAM, ticksTo } from "../services/trainer/yardstick/learning_run.ts";
import {
  DECISIONS,
  FLAT,
  holdingCost,
  POSITIONS,
  type Tick,
  tradingCost,
} from "../services/trainer/yardstick/market.ts";
import { makeMarket } from "../services/trainer/yardstick/markets.ts";
import { evaluateRule, makeRule, solveOptimum } from "../services/trainer/yardstick/solver.ts";
import type { LinePeer } from "./line_peer.ts";

const MARKET = "A";
const LEVEL = 0.95;
const SCORE_EVERY = 50;
/** Ticks at the end over which scores are averaged. */
const LATE_TICKS = 2_000;

/** What came of learning from one seed's ticks. */
export interface Learned {
  /** Until 95 % of the optimum are earned in the mean of three scores; null if they never are. */
  readonly ticks: number | null;
  /** Mean score over the last 2,000 ticks; 1 is the optimum. */
  readonly lateScore: number;
}

/** What the peer's setting changes, in the words of Stable-Baselines3. */
export interface PeerSetting {
  readonly policy_kwargs: { readonly net_arch: readonly number[] };
  readonly exploration_final_eps: number;
  readonly learning_rate?: number;
  readonly gamma?: number;
  readonly target_update_interval?: number;
}

/** Of each seed from 1 on.
 * @throws {Error} If the yardsticks cannot be run. */
export async function ownLearning(
  root: string,
  addon: string,
  seeds: number,
  ticks: number,
): Promise<Learned[]> {
  const main = join(root, "services/trainer/yardstick/main.ts");
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...[
        "run",
        "-A",
        `--config=${join(root, "deno.json")}`,
        main,
        `--trainer-addon=${addon}`,
        `--market=${MARKET}`,
      ],
      ...[`--seeds=${seeds}`, `--ticks=${ticks}`, "--no-targets", "--json"],
    ],
    cwd: root,
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("Cannot compare as the yardsticks must run: they failed");
  const [market] = JSON.parse(new TextDecoder().decode(stdout)).markets;
  return market.runs.map(({ curve }: { curve: [tick: number, score: number][] }) =>
    learned(curve.map(([tick, score]) => ({ tick, score })))
  );
}

/** The peer on the same ticks. It gets them all at once with the grid, and answers with its decision in every state and position, one
 * digit each. */
export async function peerLearning(
  peer: LinePeer,
  setting: PeerSetting,
  seed: number,
  ticks: number,
): Promise<Learned> {
  const market = makeMarket(MARKET);
  const { chain, costs, returnSd, inputs } = market;
  const optimum = solveOptimum(chain, costs);
  const path = market.path(new SeededRandom(seed, PATH_STREAM), "learning").take(ticks).toArray();
  const earned = ({ logReturn }: Tick) =>
    POSITIONS.map((position, decision) => (position * logReturn - holdingCost(costs, decision)) / returnSd);
  let decisions = await peer.ask(JSON.stringify({
    setting,
    seed,
    every: SCORE_EVERY,
    flat: FLAT,
    features: [...path.map(({ features }) => [...features]), [...path[path.length - 1].nextFeatures]],
    earned: path.map(earned),
    costs: POSITIONS.map((_, from) => POSITIONS.map((_, to) => tradingCost(costs, from, to) / returnSd)),
    grid: Array.from({ length: chain.states }, (_, state) => [
      ...market.stateFeatures!.rows.subarray(state * inputs, (state + 1) * inputs),
    ]),
  }));
  const curve: CurvePoint[] = [];
  for (let tick = SCORE_EVERY; tick <= ticks; tick += SCORE_EVERY) {
    const rule = makeRule(chain, (state, held) => Number(decisions[state * DECISIONS + held]));
    curve.push({ tick, score: evaluateRule(chain, costs, rule).reward / optimum.reward });
    if (tick < ticks) decisions = await peer.ask("go on");
  }
  return learned(curve);
}

/** @param curve More than {@link LATE_TICKS}. */
function learned(curve: readonly CurvePoint[]): Learned {
  const late = curve.slice(-LATE_TICKS / SCORE_EVERY);
  return {
    ticks: ticksTo(LEVEL, curve),
    lateScore: late.reduce((sum, { score }) => sum + score, 0) / late.length,
  };
}
