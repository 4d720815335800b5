/** Turns a choice into an order, or says why not. Pure. */
import type { PendingOrder, Verdict } from "../core/contracts/lane.ts";

/** What the agent wants. */
export interface Choice {
  /** Index into the action head's values; null when no model answered, with the reason. */
  readonly action: number | null;
  readonly reason: string;
}

export interface Execution {
  readonly target: number;
  readonly order: PendingOrder | null;
  readonly verdict: Verdict;
}

/** No answer means no order: it never means position 0. The same target places no order (no rebalancing on drift). */
export function execute(barMs: number, choice: Choice, held: number, targets: readonly number[]): Execution {
  if (choice.action === null) {
    return { target: held, order: null, verdict: { outcome: "refused", reason: choice.reason } };
  }
  const target = targets[choice.action];
  if (target === undefined) {
    throw new RangeError(`Cannot execute action ${choice.action} as there are ${targets.length} values`);
  }
  if (target === held) {
    return { target, order: null, verdict: { outcome: "kept", reason: "already at its target" } };
  }
  return {
    target,
    order: { decidedAtMs: barMs, target },
    verdict: { outcome: "ordered", reason: choice.reason },
  };
}
