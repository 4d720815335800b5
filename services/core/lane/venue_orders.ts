/** What becomes of an execution on a live lane: an order for the venue, or none, and why. On paper it stays as it is. Pure. */
import type { Account } from "../account/account.ts";
import type { OrderIntent } from "../contracts/venue.ts";
import { type OrderPlanParts, planOrder } from "../venue/order_plan.ts";
import type { Execution } from "./action_executor.ts";

/** What a live lane goes by beside its bars. */
export interface VenueSight extends Pick<OrderPlanParts, "market" | "reserve"> {
  /** The last venue event that the account holds. */
  readonly applied: number;
  /** Why nothing may be ordered; null where it may: an order without an answer, or a venue that holds something else. */
  readonly held: string | null;
  /** Whether orders are for real money: a model that has beaten nothing but staying flat orders nothing then. */
  readonly isReal: boolean;
}

export interface OrderedLane {
  readonly account: string;
  readonly symbol: string;
  readonly close: number;
  readonly lane: Account;
  readonly target: number;
  readonly rules: OrderPlanParts["rules"];
  /** A model decided that has beaten nothing but staying flat. */
  readonly isProvisional: boolean;
}

export interface VenueExecution extends Execution {
  /** Null where nothing is ordered, and on paper. */
  readonly intent: OrderIntent | null;
}

export function orderAtVenue(
  execution: Execution,
  venue: VenueSight | undefined,
  ordered: OrderedLane,
): VenueExecution {
  const { order } = execution;
  if (venue === undefined || order === null) return { ...execution, intent: null };
  const refused = (reason: string): VenueExecution => ({
    target: ordered.target,
    order: null,
    verdict: { outcome: "refused", reason },
    intent: null,
  });
  if (venue.held !== null) return refused(venue.held);
  if (venue.isReal && ordered.isProvisional) {
    return refused(
      "the model is provisional: it has beaten nothing but staying flat, and trades no real money",
    );
  }
  const plan = planOrder(ordered.lane, order, ordered.close, { ...ordered, ...venue });
  return "nothing" in plan ? refused(plan.nothing) : { ...execution, intent: plan.intent };
}
