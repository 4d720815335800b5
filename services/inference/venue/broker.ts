/** What a lane needs of a venue, whichever it is. Knows no Redis; every call may fail, and says how. */
import type { VenueFill } from "../../core/contracts/venue.ts";
import type { OrderSpec } from "../../core/venue/tracked_order.ts";
import type { VenueMarket } from "../../core/venue/venue_market.ts";

/** An order as the venue has it. */
export interface OrderAnswer {
  readonly venueOrderId: string;
  /** `filled` and `cancelled` are for good. */
  readonly status: "open" | "filled" | "cancelled" | "rejected";
  /** All executions that the venue lists by now; while it lags they are fewer than it has executed. */
  readonly fills: readonly VenueFill[];
  /** Whether they are all. */
  readonly isComplete: boolean;
  /** Why it was rejected or ended, where the venue says so. */
  readonly reason: string | null;
}

export type VenueFault =
  /** The venue has refused what was asked, and did nothing. */
  | "refused"
  /** It was not even looked at: too many requests, a wrong clock. Asking again later is right. */
  | "put off"
  /** The venue knows no such order: it was never there, has not arrived yet, or is over and forgotten. */
  | "no such order"
  /** It may have been done or not. */
  | "unclear";

export class VenueError extends Error {
  override readonly name = "VenueError";

  /** @param retryAfterMs How long the venue asks to be left alone; null where it does not say. */
  constructor(
    readonly fault: VenueFault,
    message: string,
    readonly retryAfterMs: number | null = null,
  ) {
    super(message);
  }
}

export type OrderName = Pick<OrderSpec, "clientOrderId">;

/** One account at one venue. An order is named by its client order id; the venue may know an id that is over no more as its own,
 * so nobody sends one twice without having looked for it. */
export interface Broker extends AsyncDisposable {
  /** @throws {RangeError} If the venue has no such market, or not of a kind that can be traded. */
  market(symbol: string): VenueMarket;
  /** @throws {VenueError} */
  send(symbol: string, order: OrderSpec): Promise<OrderAnswer>;
  /** @returns Null where the venue says that it knows no such order. @throws {VenueError} */
  find(symbol: string, order: OrderName): Promise<OrderAnswer | null>;
  /** Calls an order back; one that is over already, or was never there, is no fault. @throws {VenueError} */
  cancel(symbol: string, order: OrderName): Promise<void>;
  /** Client order ids of what is open. @throws {VenueError} */
  openOrders(symbol: string): Promise<readonly string[]>;
  /** All that the account holds, open orders included, by currency in units of 1e-8. @throws {VenueError} */
  balances(): Promise<ReadonlyMap<string, bigint>>;
}
