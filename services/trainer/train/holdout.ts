/** How the learner would have traded a stretch of history that it did not learn from. Money goes through `accountStep`. */
import { type Account, markEquity } from "../../core/account/account.ts";
import { accountStep } from "../../core/account/account_step.ts";
import { orderTo } from "../../core/account/order.ts";
import type { TradeRules } from "../../core/account/trade_rules.ts";
import { type Experience, lastBarOf } from "../../core/contracts/experience.ts";
import { orderOf } from "../../core/decisions/candidate.ts";
import type { LearnerPolicy } from "../learner_policy.ts";
import type { RewardAgent } from "../reward_agent.ts";
import { UNIT_ACCOUNT } from "../unit_account.ts";

export interface HoldoutParts {
  readonly agent: Pick<RewardAgent, "heldBefore">;
  readonly policy: Pick<LearnerPolicy, "weigh">;
  /** Of the symbol, for a unit account. */
  readonly rules: TradeRules;
}

export interface HoldoutScore {
  readonly bars: number;
  /** Log growth of equity a bar, net of costs, in basis points. */
  readonly growthBp: number;
  /** The same for buying at the first open and holding. */
  readonly buyAndHoldBp: number;
  readonly orders: number;
  /** Share of the bars with a position. */
  readonly exposure: number;
}

/** Decides every step in order, from flat, and marks the end at the last step's exit.
 * @param steps Steps of one symbol, oldest first, without a gap between them. */
export function scoreHoldout(steps: readonly Experience[], parts: HoldoutParts): HoldoutScore {
  const { agent, policy, rules } = parts;
  const [first, last] = [steps[0], steps[steps.length - 1]];
  if (first === undefined) {
    throw new RangeError("Cannot score a holdout as it must hold at least 1 step: it holds none");
  }
  let account = UNIT_ACCOUNT;
  let [orders, exposed] = [0, 0];
  for (const step of steps) {
    const [{ candidates, chosen }] = policy.weigh(step, [agent.heldBefore(step, account)]);
    const order = orderOf(candidates[chosen], step, rules);
    if (order !== null) orders++;
    account = accountStep(account, order, step.next, rules, lastBarOf(step)).account;
    if (account.quantity !== 0n) exposed++;
  }
  const holding =
    accountStep(UNIT_ACCOUNT, orderTo(1, first.barMs), first.next, rules, lastBarOf(first)).account;
  return {
    bars: steps.length,
    growthBp: growthBp(account, last.exitOpen, steps.length),
    buyAndHoldBp: growthBp(holding, last.exitOpen, steps.length),
    orders,
    exposure: exposed / steps.length,
  };
}

function growthBp(account: Account, price: number, bars: number): number {
  const end = markEquity(account, price);
  return end <= 0n ? -Infinity : Math.log(Number(end) / Number(UNIT_ACCOUNT.cash)) / bars * 1e4;
}
