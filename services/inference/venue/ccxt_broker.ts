/** An account at an exchange, by ccxt: how orders are named, sent, found and called back there, and what its errors mean. */
import { formatMoney, fromNumber, parseMoney } from "../../core/account/money.ts";
import type { VenueKeys } from "../../core/config/environment.ts";
import type { VenueFill } from "../../core/contracts/venue.ts";
import { type CcxtBase, loadCcxtExchange } from "../../core/market/exchange/ccxt_exchange.ts";
import type { OrderSpec } from "../../core/venue/tracked_order.ts";
import type { VenueMarket } from "../../core/venue/venue_market.ts";
import { type Broker, type OrderAnswer, type OrderName, VenueError, type VenueFault } from "./broker.ts";

/** The part of ccxt that trades; every method as ccxt documents it. */
export interface CcxtTrading extends CcxtBase {
  readonly markets?: Readonly<Record<string, CcxtMarket | undefined>>;
  readonly last_response_headers?: Readonly<Record<string, string>>;
  /** Reads the exchange's clock, by which requests are signed. */
  loadTimeDifference(): Promise<unknown>;
  loadMarkets(): Promise<unknown>;
  createOrder(
    symbol: string,
    type: "market",
    side: "buy" | "sell",
    amount: number,
    price: undefined,
    params: Readonly<Record<string, unknown>>,
  ): Promise<CcxtOrder>;
  fetchOrder(id: string, symbol: string, params: Readonly<Record<string, unknown>>): Promise<CcxtOrder>;
  cancelOrder(id: string, symbol: string, params: Readonly<Record<string, unknown>>): Promise<unknown>;
  fetchOpenOrders(symbol: string): Promise<readonly CcxtOrder[]>;
  fetchOrderTrades(
    id: string,
    symbol: string,
    since: undefined,
    limit: number,
    params?: Readonly<Record<string, unknown>>,
  ): Promise<readonly CcxtTrade[]>;
  fetchBalance(): Promise<{ readonly total?: Readonly<Record<string, number | undefined>> }>;
  close(): Promise<unknown>;
}

interface CcxtMarket {
  readonly base: string;
  readonly quote: string;
  readonly spot?: boolean;
  readonly active?: boolean;
  readonly precision?: { readonly amount?: number; readonly price?: number };
  readonly limits?: {
    readonly amount?: { readonly min?: number };
    readonly cost?: { readonly min?: number };
  };
  readonly info?: { readonly orderTypes?: readonly string[] };
}

interface CcxtOrder {
  readonly id?: string;
  readonly clientOrderId?: string;
  readonly status?: string;
  readonly filled?: number;
}

interface CcxtTrade {
  readonly id?: string;
  readonly price?: number;
  readonly amount?: number;
  readonly fee?: { readonly cost?: number; readonly currency?: string };
}

export interface OpenBrokerOptions {
  readonly exchange: string;
  readonly sandbox: boolean;
  readonly timeoutMs: number;
  /** How long after it was signed the exchange still takes an order. */
  readonly receiveWindowMs: number;
  readonly keys: VenueKeys;
  /** More of ccxt's own options. */
  readonly overrides?: Readonly<Record<string, unknown>>;
}

/** Exchanges whose orders were tried out to be found by our own ids, and that refuse a request which arrives too late. */
export const TRADABLE = ["binance", "binanceus"] as const;

/** Trades that an exchange lists at once. */
const TRADES_AT_ONCE = 1_000;
/** Market orders that rest: what an exchange must offer for a stop, and for a take. */
const RESTING_TYPES = { stop: "STOP_LOSS", take: "TAKE_PROFIT" } as const;

type Errors = typeof import("ccxt").default;

export class CcxtBroker implements Broker {
  readonly #exchange: CcxtTrading;
  readonly #errors: Errors;

  private constructor(exchange: CcxtTrading, errors: Errors) {
    this.#exchange = exchange;
    this.#errors = errors;
  }

  /** Loads the markets; sends no order.
   * @throws {RangeError} If the exchange is not one of {@link TRADABLE}, or has no sandbox and one is asked for.
   * @throws {VenueError} If it cannot be asked. */
  static async open(options: OpenBrokerOptions): Promise<CcxtBroker> {
    const { exchange: id, sandbox, timeoutMs, receiveWindowMs, keys, overrides = {} } = options;
    if (!(TRADABLE as readonly string[]).includes(id)) {
      throw new RangeError(
        `Cannot trade at ${id} as its orders must be known to be found by our ids: that was tried with ${
          TRADABLE.join(", ")
        }`,
      );
    }
    const { exchange, ccxt } = await loadCcxtExchange<CcxtTrading>(id, {
      sandbox,
      timeoutMs,
      overrides: {
        ...{
          apiKey: keys.key,
          secret: keys.secret,
          ...keys.password !== null && { password: keys.password },
        },
        ...overrides,
        options: {
          ...{
            fetchMarkets: { types: ["spot"] },
            adjustForTimeDifference: true,
            recvWindow: receiveWindowMs,
          },
          ...overrides.options as object,
          maxRetriesOnFailure: 0, // an order is never sent again unseen
        },
      },
    });
    const broker = new CcxtBroker(exchange, ccxt);
    await broker.#ask(() => exchange.loadMarkets());
    return broker;
  }

  market(symbol: string): VenueMarket {
    const market = this.#exchange.markets?.[symbol];
    const refuse = (rule: string): never => {
      throw new RangeError(`Cannot trade ${symbol} as ${rule}`);
    };
    if (market === undefined) return refuse("the venue must have such a market: it has none");
    if (market.spot !== true) return refuse("it must be a spot market: it is not");
    if (market.active === false) return refuse("its market must be open: it is not");
    const { precision, limits, info } = market;
    if (precision?.amount === undefined || precision.price === undefined) {
      return refuse("the venue must say its lot and its tick: it does not");
    }
    const types = info?.orderTypes ?? [];
    return {
      base: market.base,
      quote: market.quote,
      lot: fromNumber(precision.amount),
      tick: fromNumber(precision.price),
      leastQuantity: fromNumber(limits?.amount?.min ?? 0),
      leastNotional: fromNumber(limits?.cost?.min ?? 0),
      restsStops: types.includes(RESTING_TYPES.stop),
      restsTakes: types.includes(RESTING_TYPES.take),
      restsBoth: false, // on spot what rests holds the quantity
    };
  }

  async send(symbol: string, order: OrderSpec): Promise<OrderAnswer> {
    const { side, quantity, clientOrderId, leg, trigger } = order;
    const exit = trigger === null
      ? {}
      : leg === "take"
      ? { takeProfitPrice: trigger }
      : { stopLossPrice: trigger };
    const sent = await this.#ask(
      () =>
        this.#exchange.createOrder(symbol, "market", side, Number(quantity), undefined, {
          clientOrderId,
          ...exit,
        }),
      true,
    );
    return await this.#answer(symbol, sent).catch(() => stillOpen(sent)); // it is there: its trades are asked for later
  }

  async find(symbol: string, { clientOrderId }: OrderName): Promise<OrderAnswer | null> {
    const order = await this.#ask(() => this.#exchange.fetchOrder("", symbol, { clientOrderId })).catch(
      ifAbsent,
    );
    return order === null ? null : await this.#answer(symbol, order);
  }

  async cancel(symbol: string, { clientOrderId }: OrderName): Promise<void> {
    await this.#ask(() => this.#exchange.cancelOrder("", symbol, { clientOrderId })).catch(ifAbsent); // over already
  }

  async openOrders(symbol: string): Promise<readonly string[]> {
    const orders = await this.#ask(() => this.#exchange.fetchOpenOrders(symbol));
    return orders.map(({ clientOrderId, id }) => clientOrderId ?? id ?? "unnamed");
  }

  async balances(): Promise<ReadonlyMap<string, bigint>> {
    const { total = {} } = await this.#ask(() => this.#exchange.fetchBalance());
    return new Map(Object.entries(total).map(([currency, amount]) => [currency, fromNumber(amount ?? 0)]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#exchange.close().catch(() => {});
  }

  async #answer(symbol: string, order: CcxtOrder): Promise<OrderAnswer> {
    const venueOrderId = order.id ?? "";
    const executed = fromNumber(order.filled ?? 0);
    const fills = executed === 0n ? [] : await this.#fillsOf(symbol, venueOrderId);
    const listed = fills.reduce((sum, { quantity }) => sum + parseMoney(quantity), 0n);
    const isComplete = listed === executed;
    return {
      venueOrderId,
      status: statusOf(order.status),
      fills,
      isComplete,
      reason: reasonOf(order.status),
    };
  }

  /** Each once, however often the exchange lists it. */
  async #fillsOf(symbol: string, id: string): Promise<VenueFill[]> {
    const fills = new Map<string, VenueFill>();
    for (let params = {};;) {
      const page = await this.#ask(() =>
        this.#exchange.fetchOrderTrades(id, symbol, undefined, TRADES_AT_ONCE, params)
      );
      const known = fills.size;
      for (const trade of page) fills.set(trade.id ?? "", toFill(trade));
      if (page.length < TRADES_AT_ONCE || fills.size === known) return [...fills.values()];
      params = { fromId: Math.max(...page.map((trade) => Number(trade.id))) + 1 }; // ccxt sorts ids as text
    }
  }

  /** @param isOrder An answer that is missing or makes no sense leaves open whether it was done. */
  async #ask<T>(question: () => Promise<T>, isOrder = false): Promise<T> {
    try {
      return await question();
    } catch (cause) {
      if (cause instanceof this.#errors.InvalidNonce) {
        await this.#exchange.loadTimeDifference().catch(() => {});
      }
      const fault = faultOf(cause, this.#errors, isOrder);
      throw new VenueError(fault, wordsOf(cause as Error), this.#retryAfterMs(fault));
    }
  }

  #retryAfterMs(fault: VenueFault): number | null {
    const headers = Object.entries(this.#exchange.last_response_headers ?? {});
    const [, seconds] = headers.find(([name]) => name.toLowerCase() === "retry-after") ?? [];
    return fault === "put off" && Number(seconds) > 0 ? Number(seconds) * 1_000 : null;
  }
}

/** A question can always be asked again; an order was refused only where the exchange says so in its own words. */
function faultOf(error: unknown, ccxt: Errors, isOrder: boolean): VenueFault {
  const putOff = [ccxt.DDoSProtection, ccxt.RateLimitExceeded, ccxt.InvalidNonce]; // 429 and 418, -1003, -1021
  if (putOff.some((type) => error instanceof type)) return "put off";
  if (!(error instanceof ccxt.ExchangeError) || error instanceof ccxt.DuplicateOrderId) return "unclear";
  if (error instanceof ccxt.OrderNotFound) return "no such order";
  return isOrder && error.constructor === ccxt.ExchangeError ? "unclear" : "refused"; // one that ccxt does not know by its code
}

/** Null for an order that the venue does not know. */
function ifAbsent(error: unknown): null {
  if (error instanceof VenueError && error.fault === "no such order") return null;
  throw error;
}

/** Without what a request was signed with. */
function wordsOf(error: Error): string {
  return `the venue answers: ${error.message.replace(/\?\S*/g, "")}`.slice(0, 400);
}

function statusOf(status: string | undefined): OrderAnswer["status"] {
  switch (status) {
    case "closed":
      return "filled";
    case "canceled":
    case "expired":
      return "cancelled";
    case "rejected":
      return "rejected";
    default:
      return "open";
  }
}

function reasonOf(status: string | undefined): string | null {
  return status === "expired" || status === "rejected" ? `the venue says ${status}` : null;
}

function stillOpen({ id = "" }: CcxtOrder): OrderAnswer {
  return { venueOrderId: id, status: "open", fills: [], isComplete: false, reason: null };
}

function toFill({ id, price, amount, fee }: CcxtTrade): VenueFill {
  return {
    tradeId: id ?? "",
    price: formatMoney(fromNumber(price ?? 0)),
    quantity: formatMoney(fromNumber(amount ?? 0)),
    fee: formatMoney(fromNumber(fee?.cost ?? 0)),
    feeCurrency: fee?.currency ?? "",
  };
}
