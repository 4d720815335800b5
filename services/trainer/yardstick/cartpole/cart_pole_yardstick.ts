/** CartPole with an agent of one branch. */
import type { ModelConfig } from "../../../core/config/model_config.ts";
import type { LearnerMaker } from "../learner_maker.ts";
import { learn } from "../learning_run.ts";
import type { Yardstick } from "../yardstick.ts";
import { ACTIONS, EPISODE_STEPS } from "./cart_pole.ts";
import type { CartPoleConfig } from "./cart_pole_config.ts";
import { CartPoleTrial, FEATURES } from "./cart_pole_trial.ts";

export const CART_POLE = "CartPole";
const USUAL_STEPS = 50_000;
const SCORE_EVERY = 1_000;

/** @param maker Its learner and network give way to the configuration's. */
export function cartPoleYardstick(config: CartPoleConfig, maker: LearnerMaker): Yardstick {
  const { network, learner, exploration: { halving, floor } } = config;
  const own = maker.with((model: ModelConfig) => ({
    ...model,
    network,
    learner,
    heads: { action: model.heads.action },
  }));
  const about = `a pole on a cart, for ${EPISODE_STEPS} steps at most`;
  return {
    name: CART_POLE,
    line: `${CART_POLE}: ${about}; optimum ${EPISODE_STEPS} an episode`,
    facts: { about, optimum: { episodeReturn: EPISODE_STEPS } },
    unit: "steps",
    usualTicks: USUAL_STEPS,
    run: async (seed, ticks) => {
      using made = own.make({ inputs: FEATURES, decisions: ACTIONS }, seed);
      const trial = new CartPoleTrial(
        (rows) => made.learner.forward(rows),
        (step) => Math.max(floor, 1 / (1 + step / halving)),
      );
      return await learn({ trial, ...made, seed, ticks, scoreEvery: SCORE_EVERY });
    },
  };
}
