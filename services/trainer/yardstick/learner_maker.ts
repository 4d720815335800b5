/** Makes the product's learner for a yardstick: the configured network and learner, with what is seen and decided there. */
import { Heads } from "../../core/config/heads.ts";
import type { ModelConfig } from "../../core/config/model_config.ts";
import { outputHeads } from "../../core/model/head_outputs.ts";
import type { Learner, TrainerAddon } from "../../core/model/native_types.ts";
import { netSpec } from "../../core/model/schema_hash.ts";
import { learnerConfig } from "../learner_config.ts";
import { updatesAfter } from "../pace.ts";
import type { StepLimits } from "../step_limits.ts";

/** Models of a yardstick are never stored. */
const SCHEMA = "yardstick";

export interface MadeLearner extends Disposable {
  readonly learner: Learner;
  /** Width of an output row; values come first. */
  readonly outputs: number;
  readonly regressionHeads: number;
  /** Updates after so many ticks. */
  readonly updatesAt: (tick: number) => number;
}

export class LearnerMaker {
  readonly config: ModelConfig;
  readonly #addon: TrainerAddon;

  /** @param config Its action head's values are the decisions. */
  constructor(config: ModelConfig, addon: TrainerAddon) {
    this.config = config;
    this.#addon = addon;
  }

  /** The same with another configuration. */
  with(change: (config: ModelConfig) => ModelConfig): LearnerMaker {
    return new LearnerMaker(change(this.config), this.#addon);
  }

  /** @param inputs Width of a row of features.  @param limits A step holds every decision after every decision if left out. */
  make(
    inputs: number,
    seed: number,
    limits?: Pick<StepLimits, "afterstates" | "points" | "candidates">,
  ): MadeLearner {
    const net = { ...netSpec(this.config), inputs };
    const decisions = this.config.heads.action.values.length;
    const most = limits ?? { afterstates: decisions, points: decisions, candidates: decisions };
    const learner = new this.#addon.Learner(
      JSON.stringify(learnerConfig(this.config, net, SCHEMA, seed, most)),
    );
    return {
      learner,
      outputs: outputHeads(net).reduce((sum, { size }) => sum + size, 0),
      regressionHeads: net.heads.filter(({ kind }) => kind === "regression").length,
      updatesAt: (tick) => updatesAfter(this.config.learner, tick),
      [Symbol.dispose]: () => learner.close(),
    };
  }
}

/** A configuration with all three positions to choose from, in the order of the yardsticks' decisions, and no other choice. */
export function threePositions(config: ModelConfig): ModelConfig {
  const { size: _size, stop: _stop, take: _take, ...heads } = config.heads;
  const action = { ...heads.action, values: ["short", "flat", "long"] };
  return { ...config, account: ["position"], heads: Heads.parse({ ...heads, action }) };
}
