/** Makes the product's learner for a yardstick: the configured network and learner, with the market's features and all three
 * positions to choose from. */
import type { ModelConfig } from "../../core/config/model_config.ts";
import type { Learner, TrainerAddon } from "../../core/model/native_types.ts";
import { netSpec } from "../../core/model/schema_hash.ts";
import { learnerConfig } from "../learner_config.ts";
import { updatesAfter } from "../pace.ts";

/** Models of a yardstick are never stored. */
const SCHEMA = "yardstick";

export interface MadeLearner extends Disposable {
  readonly learner: Learner;
  /** Width of an output row; the action head comes first. */
  readonly outputs: number;
  readonly regressionHeads: number;
  /** Updates after so many ticks. */
  readonly updatesAt: (tick: number) => number;
}

export class LearnerMaker {
  readonly #config: ModelConfig;
  readonly #addon: TrainerAddon;

  constructor(config: ModelConfig, addon: TrainerAddon) {
    const { action, ...others } = config.heads;
    this.#config = {
      ...config,
      heads: { action: { ...action, values: ["short", "flat", "long"] }, ...others } as ModelConfig["heads"],
    };
    this.#addon = addon;
  }

  make(inputs: number, seed: number): MadeLearner {
    const net = { ...netSpec(this.#config), inputs };
    const learner = new this.#addon.Learner(
      JSON.stringify(learnerConfig(this.#config, net, SCHEMA, seed)),
    );
    return {
      learner,
      outputs: net.heads.reduce((sum, head) => sum + head.size, 0),
      regressionHeads: net.heads.filter((head) => head.kind === "regression").length,
      updatesAt: (tick) => updatesAfter(this.#config.learner, tick),
      [Symbol.dispose]: () => learner.close(),
    };
  }
}
