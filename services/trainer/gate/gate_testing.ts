/** Policies that do what a function says, and what they earn. */
import type { TradeRules } from "../../core/account/trade_rules.ts";
import type { Experience } from "../../core/contracts/experience.ts";
import type { Candidate } from "../../core/decisions/candidate.ts";
import type { DecisionSpace } from "../../core/decisions/decision_space.ts";
import type { Held } from "../../core/decisions/held.ts";
import type { Weighing } from "../../core/decisions/weigh.ts";
import type { LearnerPolicy } from "../learner_policy.ts";
import { RewardAgent } from "../reward_agent.ts";
import { DAY_MS, spaceOf, stepOf } from "../trainer_testing.ts";
import type { Champion } from "./champions.ts";
import { TrackRecord } from "./track_record.ts";

export const SPACE = spaceOf();
export const SIGMA = { X: 0.01, Y: 0.01 };

/** Holds what the function wants at each state. */
export function policyOf(
  wants: (features: Float32Array) => Candidate["action"],
  space: DecisionSpace = SPACE,
): Pick<LearnerPolicy, "weigh"> {
  const weigh = (features: Float32Array, held: Held): Weighing => {
    const candidates = space.candidates(held);
    const wanted = wants(features);
    const chosen = Math.max(0, candidates.findIndex(({ action }) => action === wanted));
    const q = candidates.map((_, index) => index === chosen ? 1 : 0);
    return { candidates, q, costs: q.map(() => 0), chosen, runnerUp: null, heads: {} };
  };
  return { weigh: ({ features }, held) => held.map((each) => weigh(features, each)) };
}

export function trackOf(
  policy: Pick<LearnerPolicy, "weigh">,
  champion: (barMs: number) => Champion | null,
  rules: TradeRules,
): TrackRecord {
  const agent = new RewardAgent({
    space: SPACE,
    rulesOf: () => rules,
    sigma: SIGMA,
    regressions: [],
    terms: [],
    virtualTrades: 1,
    seed: 1,
  });
  return new TrackRecord({
    agent,
    policy,
    rulesOf: () => rules,
    champions: { at: (barMs) => Promise.resolve(champion(barMs)) },
  });
}

/** One step a day whose price goes from close to close by the given returns, all of it between open and close.
 * The state is the return that comes. */
export function walk(returns: readonly number[], symbol = "X", firstDay = 0): Experience[] {
  let price = 100;
  return returns.map((value, index) => {
    const [open, close] = [price, price * Math.exp(value)];
    price = close;
    const day = firstDay + index;
    return stepOf(symbol, day, {
      close: open,
      next: {
        openTimeMs: (day + 1) * DAY_MS,
        open,
        high: Math.max(open, close),
        low: Math.min(open, close),
        close,
        volume: 1,
      },
      exitOpen: close,
      features: Float32Array.of(value, 0),
    });
  });
}
