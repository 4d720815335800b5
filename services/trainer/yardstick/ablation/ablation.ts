/** Runs all variants on some markets: `deno task yardstick --ablation`. */
import { SeededRandom } from "../../../core/market/seeded_random.ts";
import { AfterstateAgent } from "../afterstate_agent.ts";
import { inParallel } from "../in_parallel.ts";
import type { LearnerMaker } from "../learner_maker.ts";
import { learn, type LearningRun } from "../learning_run.ts";
import { DECISIONS, type Market } from "../market.ts";
import { MarketTrial } from "../market_trial.ts";
import { Scorer } from "../scorer.ts";
import { DqnAgent, dqnInputs } from "./dqn_agent.ts";
import { DEFAULT_NAME, EXPLORATION, PLAIN, TRUNK, type Variant, VARIANTS } from "./variants.ts";

/** Markets to compare on: all is seen, much is hidden, there is nothing to learn. */
export const ABLATION_MARKETS: readonly string[] = ["A", "C-ewma", "D"];

/** All runs of a variant on a market. */
export interface AblationCell {
  readonly market: string;
  readonly variant: string;
  readonly runs: readonly LearningRun[];
}

export interface AblationOptions {
  readonly maker: LearnerMaker;
  readonly markets: readonly Market[];
  readonly seeds: number;
  readonly ticks: number;
  readonly parallel: number;
  /** Those to run; all if left out. */
  readonly variants?: readonly Variant[];
  readonly onCell: (cell: AblationCell) => void;
}

/** Names the random streams of exploration. */
const EXPLORATION_STREAM = 13;

/** Market by market, each variant and then the default configuration. */
export async function runAblation(options: AblationOptions): Promise<readonly AblationCell[]> {
  const { maker, markets, parallel, variants = VARIANTS, onCell } = options;
  const seeds = Array.from({ length: options.seeds }, (_, index) => index + 1);
  const cells: AblationCell[] = [];
  for (const market of markets) {
    const scorer = new Scorer(market);
    const add = async (variant: string, run: (seed: number) => Promise<LearningRun>) => {
      const cell = { market: market.name, variant, runs: await inParallel(seeds, parallel, run) };
      cells.push(cell);
      onCell(cell);
    };
    for (const variant of variants) {
      const own = variantMaker(maker, variant);
      await add(variant.name, (seed) => runVariant(variant, scorer, own, seed, options.ticks));
    }
    await add(DEFAULT_NAME, async (seed) => {
      using made = maker.make({ inputs: market.inputs, decisions: DECISIONS }, seed);
      const trial = new MarketTrial(scorer, new AfterstateAgent(market, made));
      return await learn({ trial, ...made, seed, ticks: options.ticks });
    });
  }
  return cells;
}

function variantMaker(maker: LearnerMaker, { learner }: Variant): LearnerMaker {
  return maker.with((model) => ({
    ...model,
    network: { ...model.network, trunk: TRUNK },
    heads: { action: model.heads.action },
    learner: { ...model.learner, ...PLAIN, ...learner },
  }));
}

async function runVariant(
  variant: Variant,
  scorer: Scorer,
  maker: LearnerMaker,
  seed: number,
  ticks: number,
): Promise<LearningRun> {
  const { market } = scorer;
  const { valueHead, isAfterstate = false, isCounterfactual = false, steps = 1 } = variant;
  using made = maker.make({ inputs: dqnInputs(market, isAfterstate), decisions: DECISIONS, valueHead }, seed);
  const agent = new DqnAgent({
    market,
    learner: made.learner,
    outputs: made.outputs,
    random: new SeededRandom(seed, EXPLORATION_STREAM),
    epsilonAt: (tick) => Math.max(EXPLORATION.floor, 1 / (1 + tick / EXPLORATION.halving)),
    isAfterstate,
    isCounterfactual,
    steps,
    gamma: PLAIN.gamma!,
  });
  return await learn({ trial: new MarketTrial(scorer, agent), ...made, seed, ticks });
}
