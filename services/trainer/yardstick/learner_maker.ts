/** Makes the product's learner for a yardstick: the configured network and learner, with what is seen and decided there. */
import type { ModelConfig } from "../../core/config/model_config.ts";
import type { Learner, TrainerAddon } from "../../core/model/native_types.ts";
import { netSpec } from "../../core/model/schema_hash.ts";
import { learnerConfig } from "../learner_config.ts";
import { updatesAfter } from "../pace.ts";
import { type AccountPart, shapeConfig, type StepLimits } from "./engine_port.ts";

/** Models of a yardstick are never stored. */
const SCHEMA = "yardstick";

/** What is seen and decided. */
export interface LearnerShape {
  /** Width of a row of features. */
  readonly inputs: number;
  /** Positions or actions to choose from: outputs of the value head. */
  readonly decisions: number;
  /** A step holds every decision after every decision if left out. */
  readonly limits?: StepLimits;
  /** The position says all if left out. */
  readonly account?: AccountPart;
  /** How the value head is made up, where it is not plain. */
  readonly valueHead?: { readonly dueling?: boolean; readonly quantiles?: number };
}

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
    this.#config = { ...config, heads: { action, ...others } }; // the action head's outputs come first
    this.#addon = addon;
  }

  /** The same with another configuration. */
  with(change: (config: ModelConfig) => ModelConfig): LearnerMaker {
    return new LearnerMaker(change(this.#config), this.#addon);
  }

  make({ inputs, decisions, limits, account, valueHead }: LearnerShape, seed: number): MadeLearner {
    const net = netSpec(this.#config);
    const heads = net.heads.map((head) =>
      head.kind === "value" ? { ...head, size: decisions, ...valueHead } : head
    );
    const config = learnerConfig(this.#config, { ...net, inputs, heads }, SCHEMA, seed);
    const quantiles = (valueHead?.quantiles ?? 1) > 1 ? decisions * valueHead!.quantiles! : 0;
    const most = limits ?? { afterstates: decisions, points: decisions, candidates: decisions };
    const learner = new this.#addon.Learner(JSON.stringify(shapeConfig(config, most, account ?? null)));
    return {
      learner,
      // The quantiles of a value head come after all heads.
      outputs: heads.reduce((sum, { kind, size }) => sum + size + (kind === "value" ? quantiles : 0), 0),
      regressionHeads: heads.filter((head) => head.kind === "regression").length,
      updatesAt: (tick) => updatesAfter(this.#config.learner, tick),
      [Symbol.dispose]: () => learner.close(),
    };
  }
}
