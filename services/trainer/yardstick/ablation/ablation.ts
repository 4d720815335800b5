/** Runs all variants on some markets: `deno task yardstick --ablation`. */
import { Heads } from "../../../core/config/heads.ts";
import type { ModelConfig } from "../../../core/config/model_config.ts";
import { SeededRandom } from "../../../core/market/seeded_random.ts";
import { epsilonAfter } from "../../pace.ts";
import { AfterstateAgent } from "../afterstate_agent.ts";
import { inParallel } from "../in_parallel.ts";
import { type LearnerMaker, threePositions } from "../learner_maker.ts";
import { learn, type LearningRun } from "../learning_run.ts";
import type { Market } from "../market.ts";
import { MarketTrial } from "../market_trial.ts";
import { Scorer } from "../scorer.ts";
import { DqnAgent, dqnInputs } from "./dqn_agent.ts";
import { DEFAULT_NAME, PLAIN, type Variant, VARIANTS } from "./variants.ts";

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
      const own = maker.with((config) => withVariant(config, variant));
      await add(variant.name, (seed) => runVariant(scorer, own, seed, options.ticks));
    }
    const own = maker.with(threePositions);
    await add(DEFAULT_NAME, async (seed) => {
      using made = own.make(market.inputs, seed);
      const trial = new MarketTrial(scorer, new AfterstateAgent(market, made));
      return await learn({ trial, ...made, seed, ticks: options.ticks });
    });
  }
  return cells;
}

/** The product's learner as a variant configures it, deciding alone. */
function withVariant(config: ModelConfig, { network, learner }: Variant): ModelConfig {
  const { heads: { action }, ...three } = threePositions(config);
  return {
    ...three,
    heads: Heads.parse({ action }),
    network: { ...config.network, ...PLAIN.network, ...network },
    learner: { ...config.learner, ...PLAIN.learner, ...learner },
  };
}

async function runVariant(
  scorer: Scorer,
  maker: LearnerMaker,
  seed: number,
  ticks: number,
): Promise<LearningRun> {
  const { market } = scorer;
  const { learner: config } = maker.config;
  const isAfterstate = config.value === "afterstate";
  using made = maker.make(dqnInputs(market, isAfterstate), seed);
  const agent = new DqnAgent({
    market,
    learner: made.learner,
    outputs: made.outputs,
    random: new SeededRandom(seed, EXPLORATION_STREAM),
    epsilonAt: (tick) => epsilonAfter(config, tick),
    isAfterstate,
    isCounterfactual: config.counterfactual,
    steps: config.n_step,
    gamma: config.gamma,
  });
  return await learn({ trial: new MarketTrial(scorer, agent), ...made, seed, ticks });
}
