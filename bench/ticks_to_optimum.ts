/** How many ticks of a yardstick's market a learner needs until its decisions earn 95 % of the optimum: ours by the yardsticks' own
 * program, a peer's by asking it now and then for its decisions in every state of the market's grid. */
import { join } from "node:path";
import { SeededRandom } from "../services/core/market/seeded_random.ts";
import { PATH_STREAM, ticksTo } from "../services/trainer/yardstick/learning_run.ts";
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

/** Of each seed from 1 on; null if it was not reached within the ticks.
 * @throws {Error} If the yardsticks cannot be run. */
export async function ownTicks(
  root: string,
  addon: string,
  seeds: number,
  ticks: number,
): Promise<(number | null)[]> {
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
  return market.runs.map(({ ticksTo }: { ticksTo: Record<string, number | null> }) => ticksTo[LEVEL]);
}

/** What the peer needs on the same ticks. It gets them all at once with the grid, answers with its decision in every state and
 * position, one digit each, and goes on until it is told to stop. */
export async function peerTicks(peer: LinePeer, seed: number, ticks: number): Promise<number | null> {
  const market = makeMarket(MARKET);
  const { chain, costs, returnSd, inputs } = market;
  const optimum = solveOptimum(chain, costs);
  const path = market.path(new SeededRandom(seed, PATH_STREAM), "learning").take(ticks).toArray();
  const earned = ({ logReturn }: Tick) =>
    POSITIONS.map((position, decision) => (position * logReturn - holdingCost(costs, decision)) / returnSd);
  let decisions = await peer.ask(JSON.stringify({
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
  const curve: { tick: number; score: number }[] = [];
  for (let tick = SCORE_EVERY; tick <= ticks; tick += SCORE_EVERY) {
    const rule = makeRule(chain, (state, held) => Number(decisions[state * DECISIONS + held]));
    curve.push({ tick, score: evaluateRule(chain, costs, rule).reward / optimum.reward });
    const reached = ticksTo(LEVEL, curve);
    if (reached !== null) return reached;
    if (tick < ticks) decisions = await peer.ask("go on");
  }
  return null;
}
