/** CartPole with an agent of one branch. */
import { Heads } from "../../../core/config/heads.ts";
import { epsilonAfter } from "../../pace.ts";
import type { LearnerMaker } from "../learner_maker.ts";
import { learn } from "../learning_run.ts";
import type { Yardstick } from "../yardstick.ts";
import { EPISODE_STEPS } from "./cart_pole.ts";
import type { CartPoleConfig } from "./cart_pole_config.ts";
import { CartPoleTrial, FEATURES } from "./cart_pole_trial.ts";

export const CART_POLE = "CartPole";
/** As many values of the action head as there are actions. */
const ACTION_NAMES = ["flat", "long"];
const USUAL_STEPS = 50_000;
const SCORE_EVERY = 1_000;

/** @param maker Its learner and network give way to the configuration's. */
export function cartPoleYardstick(config: CartPoleConfig, maker: LearnerMaker): Yardstick {
  const own = maker.with((model) => ({
    ...model,
    ...config,
    heads: Heads.parse({ action: { ...model.heads.action, values: ACTION_NAMES } }),
  }));
  const about = `a pole on a cart, for ${EPISODE_STEPS} steps at most`;
  return {
    name: CART_POLE,
    line: `${CART_POLE}: ${about}; optimum ${EPISODE_STEPS} an episode`,
    facts: { about, optimum: { episodeReturn: EPISODE_STEPS } },
    unit: "steps",
    usualTicks: USUAL_STEPS,
    run: async (seed, ticks) => {
      using made = own.make(FEATURES, seed);
      const trial = new CartPoleTrial({
        values: (rows) => made.learner.forward(rows),
        epsilonAt: (step) => epsilonAfter(config.learner, step),
        steps: config.learner.n_step,
        gamma: config.learner.gamma,
      });
      return await learn({ trial, ...made, seed, ticks, scoreEvery: SCORE_EVERY });
    },
  };
}
