/** What learning is made of by the configuration: what becomes of decisions, the steps to learn from it, what the learner would
 * decide, and how often it is right. Made in one place for the live system and for training on a history. */
import type { RulesOf } from "../core/account/trade_rules.ts";
import { regressionHeads } from "../core/config/heads.ts";
import type { ModelConfig } from "../core/config/model_config.ts";
import type { DecisionSpace } from "../core/decisions/decision_space.ts";
import { outputHeads } from "../core/model/head_outputs.ts";
import type { Learner } from "../core/model/native_types.ts";
import { netSpec } from "../core/model/schema_hash.ts";
import { DecisionPairs } from "./confidence/decision_pairs.ts";
import { Champions, type ChampionsParts } from "./gate/champions.ts";
import { TrackRecord } from "./gate/track_record.ts";
import { LearnerPolicy } from "./learner_policy.ts";
import { epsilonAfter } from "./pace.ts";
import { RewardAgent } from "./reward_agent.ts";
import { type StepLimits, stepLimits } from "./step_limits.ts";
import type { StepMaker } from "./step_maker.ts";
import { unitRulesOf } from "./unit_account.ts";
import { VisitedSteps } from "./visited_steps.ts";

export interface TeacherParts {
  readonly config: ModelConfig;
  readonly space: DecisionSpace;
  /** Of lanes. */
  readonly rulesOf: RulesOf;
  readonly learner: Learner;
  readonly seed: number;
  /** Whom a challenger has to beat; null where nobody asks what its decisions earned. */
  readonly champions: Pick<ChampionsParts, "timeline" | "openModel"> | null;
}

export interface Teacher {
  readonly agent: RewardAgent;
  readonly maker: StepMaker;
  readonly policy: LearnerPolicy;
  readonly pairs: DecisionPairs;
  /** What its decisions earned; null where nobody asks. */
  readonly track: TrackRecord | null;
}

/** @param sigma Standard deviation of each symbol's log return a bar. */
export function makeTeacher(parts: TeacherParts, sigma: Readonly<Record<string, number>>): Teacher {
  const { config, space, learner, seed } = parts;
  const rulesOf = unitRulesOf(parts.rulesOf);
  const { value, counterfactual, n_step: nStep, gamma, virtual_trades: virtualTrades } = config.learner;
  const agent = new RewardAgent({
    space,
    rulesOf,
    sigma,
    regressions: regressionHeads(config.heads).map(([, { target }]) => target),
    terms: config.reward.terms,
    virtualTrades,
    seed,
  });
  const heads = outputHeads(netSpec(config));
  const makePolicy = (asked: Pick<Learner, "forward" | "evaluate">) =>
    new LearnerPolicy({ learner: asked, space, rulesOf, sigma, value, heads });
  const policy = makePolicy(learner);
  const { horizon } = config.confidence;
  const pairs = new DecisionPairs({ agent, policy, space, rulesOf, horizon });
  const { champions } = parts;
  const track = champions === null
    ? null
    : new TrackRecord({ agent, policy, champions: new Champions({ ...champions, makePolicy }), rulesOf });
  if (counterfactual) return { agent, maker: agent, policy, pairs, track };
  const maker = new VisitedSteps({
    agent,
    policy,
    space,
    rulesOf,
    laneRulesOf: parts.rulesOf,
    sigma,
    value,
    nStep,
    gamma,
    epsilonAfter: (steps) => epsilonAfter(config.learner, steps),
    seed,
  });
  return { agent, maker, policy, pairs, track };
}

/** The size of the steps that a teacher makes. */
export function learnerLimits(
  config: ModelConfig,
  space: DecisionSpace,
): Pick<StepLimits, "afterstates" | "points" | "candidates"> {
  const { value, counterfactual, virtual_trades: virtualTrades } = config.learner;
  if (value === "branching") {
    const sizes = space.heads.map(({ size }) => size);
    const outputs = sizes.reduce((sum, size) => sum + size, 0);
    return { afterstates: sizes.length, points: outputs, candidates: Math.max(...sizes) };
  }
  const limits = stepLimits(space, virtualTrades, space.longestCooldown);
  return counterfactual ? limits : { ...limits, afterstates: 1, points: limits.candidates };
}
