/** The made-up exchange behind a {@link Broker} without HTTP and without ccxt: as fast as a test of many schedules needs, and held
 * to the same suite as the real broker. */
import { formatMoney } from "../../core/account/money.ts";
import type { Endpoint } from "../../core/testing/fake_venue.ts";
import { FakeMatching, MatchingError, type PlacedOrder } from "../../core/testing/fake_matching.ts";
import type { OrderSpec } from "../../core/venue/tracked_order.ts";
import type { VenueMarket } from "../../core/venue/venue_market.ts";
import { MARKET } from "../../core/venue/venue_market_testing.ts";
import { type Broker, type OrderAnswer, type OrderName, VenueError } from "./broker.ts";

/** What goes wrong with a question: it is lost on its way, its answer is, it is put off, or the venue lags. */
export type PaperMischief = "lost" | "answer lost" | "put off" | "not known yet" | "trade missing";

export class PaperBroker implements Broker {
  readonly books: FakeMatching;
  /** Decides what goes wrong with each question; null for nothing. */
  mischief: (endpoint: Endpoint) => PaperMischief | null = () => null;

  constructor(books: FakeMatching) {
    this.books = books;
  }

  market(symbol: string): VenueMarket {
    if (symbol !== "BTC/USDT") {
      throw new RangeError(`Cannot trade ${symbol} as the venue must have it: it has not`);
    }
    return MARKET;
  }

  send(symbol: string, order: OrderSpec): Promise<OrderAnswer> {
    const { clientOrderId, side, quantity, trigger, leg } = order;
    return this.#ask("send", () =>
      this.#answer(this.books.place({
        symbol: idOf(symbol),
        clientOrderId,
        side: side === "buy" ? "BUY" : "SELL",
        type: trigger === null ? "MARKET" : leg === "take" ? "TAKE_PROFIT" : "STOP_LOSS",
        quantity,
        stopPrice: trigger,
      })));
  }

  find(symbol: string, { clientOrderId }: OrderName): Promise<OrderAnswer | null> {
    return this.#ask("find", (lag) => {
      const order = this.books.find(idOf(symbol), clientOrderId);
      return order === undefined || lag === "not known yet"
        ? null
        : this.#answer(order, lag === "trade missing");
    });
  }

  cancel(symbol: string, { clientOrderId }: OrderName): Promise<void> {
    return this.#ask("cancel", () => {
      const order = this.books.find(idOf(symbol), clientOrderId);
      if (order !== undefined && this.books.open(idOf(symbol)).includes(order)) {
        this.books.cancel(idOf(symbol), clientOrderId);
      }
    });
  }

  openOrders(symbol: string): Promise<readonly string[]> {
    return this.#ask(
      "openOrders",
      () => this.books.open(idOf(symbol)).map(({ clientOrderId }) => clientOrderId),
    );
  }

  balances(): Promise<ReadonlyMap<string, bigint>> {
    return this.#ask("account", () => new Map(this.books.balances));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  // deno-lint-ignore require-await -- async, so that every fault is a rejection
  async #ask<T>(endpoint: Endpoint, act: (lag: PaperMischief | null) => T): Promise<T> {
    const mischief = this.mischief(endpoint);
    if (mischief === "put off") throw new VenueError("put off", "too many requests", 2_000);
    if (mischief === "lost") throw new VenueError("unclear", "it timed out");
    const answer = attempt(() => act(mischief));
    if (mischief === "answer lost") throw new VenueError("unclear", "it timed out");
    return answer();
  }

  #answer(order: PlacedOrder, isLate = false): OrderAnswer {
    const trades = this.books.trades.filter(({ orderId }) => orderId === order.orderId);
    const listed = isLate ? trades.slice(0, -1) : trades;
    return {
      venueOrderId: String(order.orderId),
      status: STATUS[order.status],
      fills: listed.map(({ id, price, quantity, fee, feeAsset }) => ({
        tradeId: String(id),
        price: formatMoney(price),
        quantity: formatMoney(quantity),
        fee: formatMoney(fee),
        feeCurrency: feeAsset,
      })),
      isComplete: listed.length === trades.length,
      reason: null,
    };
  }
}

const STATUS = {
  NEW: "open",
  PARTIALLY_FILLED: "open",
  FILLED: "filled",
  CANCELED: "cancelled",
  EXPIRED: "cancelled",
} as const;

/** Does it now; what came of it is told when it is asked for. */
function attempt<T>(act: () => T): () => T {
  try {
    const value = act();
    return () => value;
  } catch (cause) {
    if (!(cause instanceof MatchingError)) throw cause;
    return () => {
      throw new VenueError("refused", cause.message);
    };
  }
}

function idOf(symbol: string): string {
  return symbol.replace("/", "");
}
