/** A solved market with the product's agent on it. */
import { AfterstateAgent } from "./afterstate_agent.ts";
import { type LearnerMaker, threePositions } from "./learner_maker.ts";
import { learn } from "./learning_run.ts";
import type { Market } from "./market.ts";
import { MarketTrial } from "./market_trial.ts";
import { Scorer } from "./scorer.ts";
import type { Earnings } from "./solver.ts";
import type { Yardstick } from "./yardstick.ts";

const toBp = (logReturn: number) => logReturn * 1e4;
const USUAL_TICKS = 6_000;

export function marketYardstick(market: Market, maker: LearnerMaker): Yardstick {
  const scorer = new Scorer(market);
  const own = maker.with(threePositions);
  return {
    name: market.name,
    line: marketLine(scorer),
    facts: {
      about: market.about,
      optimum: { bpPerTick: toBp(scorer.optimum.reward), turnover: scorer.optimum.turnover },
      costBlindBpPerTick: toBp(scorer.costBlind.reward),
      randomBpPerTick: toBp(scorer.random.reward),
    },
    unit: "ticks",
    usualTicks: USUAL_TICKS,
    run: async (seed, ticks) => {
      using made = own.make(market.inputs, seed);
      const trial = new MarketTrial(scorer, new AfterstateAgent(market, made));
      return await learn({ trial, ...made, seed, ticks });
    },
  };
}

/** The solved market in a line: what the optimum and two simple rules earn. */
function marketLine({ market, optimum, costBlind, random }: Scorer): string {
  const bp = (earnings: Earnings) => (toBp(earnings.reward) + 0).toFixed(3);
  return `${market.name}: ${market.about}; optimum ${bp(optimum)} bp a tick (turnover ${
    optimum.turnover.toFixed(4)
  }), cost-blind ${bp(costBlind)}, random ${bp(random)}`;
}
