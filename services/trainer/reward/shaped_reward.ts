/** The reward of a step with the configured terms. Pure. */
import type { RewardTerm } from "../../core/config/reward.ts";
import { differentialSharpe } from "./differential_sharpe.ts";
import { drawdownPenalty } from "./drawdown_penalty.ts";
import { turnoverPenalty } from "./turnover_penalty.ts";

/** What happened to an account from one fill to the next. */
export interface Earned {
  /** Log return of its equity, in the symbol's sigma. */
  readonly returned: number;
  /** What was traded, over the equity; what the learner charges to decisions is left out. */
  readonly turnover: number;
  /** Log return of the open trade since its entry, in sigmas; 0 when flat. */
  readonly openPnl: number;
}

export function shapedReward(terms: readonly RewardTerm[], earned: Earned): number {
  return terms.reduce((reward, term) => reward + valueOf(term, earned), earned.returned);
}

function valueOf(term: RewardTerm, { returned, turnover, openPnl }: Earned): number {
  switch (term.kind) {
    case "turnover":
      return -turnoverPenalty(term.weight, turnover);
    case "drawdown":
      return -drawdownPenalty(term.weight, openPnl);
    case "differential_sharpe":
      return term.weight * differentialSharpe(term.sharpe, returned);
  }
}
