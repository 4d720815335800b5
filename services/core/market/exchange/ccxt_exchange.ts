/** The part of ccxt that is used, and the only place where it is loaded: 60 MB of code, and 80 MB of memory, for those who
 * follow an exchange. */
import type { Candle } from "./candle_follower.ts";

/** A trade as ccxt gives it. */
export interface ExchangeTrade {
  readonly id?: string;
  readonly timestamp?: number;
  readonly price?: number;
  readonly amount?: number;
}

/** One exchange; every method as ccxt documents it. */
export interface CcxtExchange {
  readonly id: string;
  readonly has: Readonly<Record<string, unknown>>;
  readonly timeframes: Readonly<Record<string, unknown>>;
  readonly urls: Readonly<Record<string, unknown>>;
  readonly symbols?: readonly string[];
  readonly features?: { readonly spot?: { readonly fetchOHLCV?: { readonly limit?: number } } };
  /** Is given every answer; returns its body. */
  onRestResponse: (
    ...answer: readonly [
      status: number,
      words: string,
      url: string,
      method: string,
      headers: unknown,
      body: string,
    ]
  ) => string;
  setSandboxMode(enabled: boolean): void;
  loadMarkets(reload?: boolean): Promise<unknown>;
  fetchTime(): Promise<number | undefined>;
  fetchOHLCV(symbol: string, timeframe: string, since: number, limit: number): Promise<readonly Candle[]>;
  /** Resolves with the candles that have changed since the last call. */
  watchOHLCV(symbol: string, timeframe: string): Promise<readonly Candle[]>;
  /** Resolves when trades have come. Some of them it may keep back until the next: they are all in {@link trades}. */
  watchTrades(symbol: string): Promise<readonly ExchangeTrade[]>;
  /** The last trades of each symbol that is watched, oldest first. */
  readonly trades?: Readonly<Record<string, readonly ExchangeTrade[] | undefined>>;
  /** Closes its websockets: whoever waits for one is told so by an error. */
  close(): Promise<unknown>;
}

export interface OpenExchangeOptions {
  /** Play money on the exchange's test servers. */
  readonly sandbox: boolean;
  /** How long it may take to answer. */
  readonly timeoutMs: number;
  /** More of ccxt's own options: a test puts other addresses in. */
  readonly overrides?: Readonly<Record<string, unknown>>;
}

/** `outage`: nothing works now. `refused`: this question does not, and may later. `fatal`: it never will. */
export type Verdict = "outage" | "refused" | "fatal";

export interface OpenedExchange {
  readonly exchange: CcxtExchange;
  readonly judge: (error: unknown) => Verdict;
}

/** What is asked of every exchange, whatever it is used for. */
export type CcxtBase = Pick<CcxtExchange, "urls" | "onRestResponse" | "setSandboxMode">;
type Ccxt = typeof import("ccxt").default;
type MakeExchange = new (options: Readonly<Record<string, unknown>>) => CcxtBase;

/** @param id As ccxt names it, e.g. `kraken`.
 * @throws {RangeError} If ccxt knows no such exchange, or the exchange has no sandbox and one is asked for. */
export async function openCcxtExchange(id: string, options: OpenExchangeOptions): Promise<OpenedExchange> {
  const { exchange, ccxt } = await loadCcxtExchange<CcxtExchange>(id, options);
  return { exchange, judge: (error) => judge(error, ccxt) };
}

/** An exchange as ccxt knows it, typed by what its caller uses of it. @throws {RangeError} As {@link openCcxtExchange} does. */
export async function loadCcxtExchange<E extends CcxtBase>(
  id: string,
  { sandbox, timeoutMs, overrides = {} }: OpenExchangeOptions,
): Promise<{ readonly exchange: E; readonly ccxt: Ccxt }> {
  const { default: ccxt } = await import("ccxt");
  const [rest, live] = [ccxt, ccxt.pro] as unknown as Record<string, MakeExchange>[];
  if (!(ccxt.exchanges as readonly string[]).includes(id)) {
    throw new RangeError(
      `Cannot use ccxt:${id} as ccxt must know the exchange: it knows ${ccxt.exchanges.join(", ")}`,
    );
  }
  const exchange = new (live[id] ?? rest[id])({
    timeout: timeoutMs,
    ...overrides,
    // We wait by ourselves between connections.
    options: { ws: { backoff: { base: 0, max: 0 } }, ...overrides.options as object },
  });
  if (sandbox && !exchange.urls.test) {
    throw new RangeError(
      `Cannot use ccxt:${id} in its sandbox as ccxt must know one: it knows none. Set exchange.sandbox to false in ` +
        `misc.yaml: that reads the public market data of the real exchange, and sends no order`,
    );
  }
  if (sandbox) exchange.setSandboxMode(true);
  const { ExchangeNotAvailable } = ccxt;
  exchange.onRestResponse = (...[status, , url, , , body]) => {
    const text = body.trim();
    if (status >= 300 || /^[[{].*[\]}]$/s.test(text)) return text;
    // ccxt would read no candles from it, as from an empty list.
    throw new ExchangeNotAvailable(
      `${id} answers ${new URL(url).pathname} with what is no JSON: ${text.slice(0, 80)}`,
    );
  };
  return { exchange: exchange as E, ccxt };
}

/** What is no error of ccxt's comes from an answer that broke off or makes no sense; what ccxt does not know by its code is
 * an ExchangeError and no more. */
function judge(error: unknown, ccxt: Ccxt): Verdict {
  if (!(error instanceof ccxt.BaseError)) return "outage";
  if (error instanceof ccxt.OperationFailed || error instanceof ccxt.ExchangeClosedByUser) return "outage";
  const isOfMarket = error instanceof ccxt.BadSymbol || error instanceof ccxt.MarketClosed;
  return isOfMarket || error.constructor === ccxt.ExchangeError ? "refused" : "fatal";
}
