/** A market with stops, solved, with the product's learner on it. */
import { valuesOf } from "../engine_port.ts";
import type { LearnerMaker } from "../learner_maker.ts";
import { learn } from "../learning_run.ts";
import { DECISIONS } from "../market.ts";
import type { Yardstick } from "../yardstick.ts";
import type { StopMarket } from "./stop_market.ts";
import { type PointValues, StopScorer } from "./stop_scorer.ts";
import { solveStops } from "./stop_solver.ts";
import { SCALARS } from "./stop_space.ts";
import { StopTrial, VIRTUAL_TRADES } from "./stop_trial.ts";

const USUAL_TICKS = 6_000;
/** Units of the network that take in P&L, age and stop. */
const ACCOUNT_UNITS = 16;

export function stopYardstick(market: StopMarket, maker: LearnerMaker): Yardstick {
  const scorer = new StopScorer(market);
  const optimum = solveStops(market);
  const share = optimum / scorer.optimum.reward;
  const fresh = scorer.space.fresh.length;
  const afterstates = fresh + VIRTUAL_TRADES;
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
      using made = maker.make({
        inputs: market.plain.inputs,
        decisions: DECISIONS,
        // Every afterstate leads to the fresh accounts, and each trade to its keep.
        limits: { afterstates, points: fresh + afterstates, candidates: fresh },
        account: { scalars: SCALARS, hidden: ACCOUNT_UNITS },
      }, seed);
      const { learner, outputs, regressionHeads } = made;
      const values: PointValues = (rows, rowOfPoint, points) =>
        valuesOf(learner, outputs, rows, rowOfPoint, points);
      const trial = new StopTrial({ scorer, values, regressionHeads, seed });
      return await learn({ trial, ...made, seed, ticks });
    },
  };
}
