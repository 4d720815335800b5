/** A market with stops, solved, with the product's learner on it. */
import { stepLimits } from "../../step_limits.ts";
import type { LearnerMaker } from "../learner_maker.ts";
import { learn } from "../learning_run.ts";
import type { Yardstick } from "../yardstick.ts";
import { stopDecisions, withStops } from "./stop_decisions.ts";
import type { StopMarket } from "./stop_market.ts";
import { StopScorer } from "./stop_scorer.ts";
import { solveStops } from "./stop_solver.ts";
import { StopTrial } from "./stop_trial.ts";

const USUAL_TICKS = 6_000;

export function stopYardstick(market: StopMarket, maker: LearnerMaker): Yardstick {
  const own = maker.with(withStops);
  const decisions = stopDecisions(own.config);
  const scorer = new StopScorer(market, decisions);
  const limits = stepLimits(decisions, own.config.learner.virtual_trades, 0);
  const optimum = solveStops(market);
  const share = optimum / scorer.optimum.reward;
  return {
    name: market.name,
    line: `${market.name}: ${market.about}; optimum ${(optimum * 1e4).toFixed(3)} bp a tick, ${
      share.toFixed(3)
    } of that without stops`,
    facts: {
      about: market.about,
      optimum: { bpPerTick: optimum * 1e4, ofThatWithoutStops: share },
      optimumWithoutStops: {
        bpPerTick: scorer.optimum.reward * 1e4,
        turnover: scorer.optimum.turnover,
      },
    },
    unit: "ticks",
    usualTicks: USUAL_TICKS,
    run: async (seed, ticks) => {
      using made = own.make(market.plain.inputs, seed, limits);
      const { learner, regressionHeads } = made;
      const trial = new StopTrial({
        scorer,
        values: (...points) => learner.evaluate(...points),
        regressionHeads,
        trades: limits.virtualTrades,
        seed,
      });
      return await learn({ trial, ...made, seed, ticks });
    },
  };
}
