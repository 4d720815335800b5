/** Turns a choice into an order, or says why not. Pure. */
import type { PendingOrder, Verdict } from "../core/contracts/lane.ts";
import { type Candidate, orderOf } from "../core/decisions/candidate.ts";

/** What the agent wants. */
export interface Choice {
  /** Null when no model answered, with the reason. */
  readonly candidate: Candidate | null;
  readonly reason: string;
}

/** What the choice is made on. */
export interface Situation {
  /** The bar that is decided on. */
  readonly barMs: number;
  /** The target position now, as a signed fraction of equity. */
  readonly target: number;
  readonly cooldownLeft: number;
  /** Average true range in price units; null where none is followed. */
  readonly atr: number | null;
}

export interface Execution {
  readonly target: number;
  readonly order: PendingOrder | null;
  readonly verdict: Verdict;
}

/** No answer means no order: it never means position 0. A keep places no order (no rebalancing on drift), and nothing is entered
 * in a cooldown. */
export function execute({ candidate, reason }: Choice, situation: Situation): Execution {
  const { barMs, target, cooldownLeft, atr } = situation;
  const unmoved = (outcome: Verdict["outcome"], why: string) => ({
    target,
    order: null,
    verdict: { outcome, reason: why },
  });
  if (candidate === null) return unmoved("refused", reason);
  if (cooldownLeft > 0) {
    const left = `${cooldownLeft} more bar${cooldownLeft === 1 ? "" : "s"}`;
    return unmoved(candidate.isKeep ? "kept" : "refused", `nothing may be entered for ${left} after an exit`);
  }
  if (candidate.isKeep) return unmoved("kept", "already at its target");
  return {
    target: candidate.exposure,
    order: orderOf(candidate, barMs, atr),
    verdict: { outcome: "ordered", reason },
  };
}
