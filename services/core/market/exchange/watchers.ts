/** Follows an exchange's websocket: one loop a symbol, which starts again after every interruption. What is lost in an
 * interruption is not made up for here. */
import type { Tick } from "../../contracts/tick.ts";
import type { BadEntry } from "../../redis/store.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import type { RawBar, TakeBar } from "../live/live_source.ts";
import { TickBuffer } from "../tick_buffer.ts";
import type { BackOff } from "./back_off.ts";
import { type Candle, CandleFollower } from "./candle_follower.ts";
import type { CcxtExchange, ExchangeTrade, Verdict } from "./ccxt_exchange.ts";
import { unlessAborted } from "./unless_aborted.ts";

export interface WatcherParts {
  /** Of the feed, for messages. */
  readonly name: string;
  readonly exchange: CcxtExchange;
  readonly judge: (error: unknown) => Verdict;
  /** Market by symbol. */
  readonly markets: ReadonlyMap<string, string>;
  readonly timeframe: string;
  readonly stepMs: number;
  /** How long after a bar's end its trades still count. */
  readonly graceMs: number;
  /** How far a trade may be ahead of the exchange's time. */
  readonly aheadMs: number;
  /** A websocket that says nothing for so long is opened again. */
  readonly staleMs: number;
  /** The exchange's time. */
  readonly nowMs: () => number;
  readonly clock: Clock;
  readonly backOff: BackOff;
  readonly log: Log;
  readonly quarantine: (bad: BadEntry) => void;
}

const LONGEST_REST_MS = 250;

export class Watchers {
  readonly #parts: WatcherParts;
  readonly #trades: TickBuffer;
  /** The last trade of each symbol that was taken. */
  readonly #lastTrades = new Map<string, ExchangeTrade | null>();
  readonly #counts = { reconnects: 0, stale: 0 };
  #isConnected = false;
  #heardMs = 0;

  constructor(parts: WatcherParts) {
    this.#parts = parts;
    this.#trades = new TickBuffer(parts);
  }

  /** The best that the exchange has to follow. */
  get kind(): "candles" | "trades" | "polls" {
    const { has } = this.#parts.exchange;
    if (has.watchOHLCV === true) return "candles";
    return has.watchTrades === true ? "trades" : "polls";
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Brings bars that are over, until the signal aborts. */
  async run(take: TakeBar, signal: AbortSignal): Promise<void> {
    const { markets, exchange } = this.#parts;
    const watch = { candles: this.#watchCandles, trades: this.#watchTrades, polls: null }[this.kind];
    const work = watch === null ? [] : [...markets].map((market) => watch.call(this, market, take, signal));
    if (this.kind === "trades") work.push(this.#drain(take, signal));
    if (watch !== null) work.push(this.#watchStale(signal));
    work.push(aborted(signal));
    try {
      await Promise.all(work);
    } finally {
      this.#isConnected = false;
      exchange.close().catch(() => {});
    }
  }

  figures(): Record<string, number> {
    const { taken, late, doubled } = this.#trades.counts;
    const figures = { connected: this.#isConnected ? 1 : 0, ...this.#counts };
    return this.kind === "trades"
      ? { ...figures, trades: taken, lateTrades: late, doubledTrades: doubled }
      : figures;
  }

  async #watchCandles(
    [symbol, market]: readonly [string, string],
    take: TakeBar,
    signal: AbortSignal,
  ): Promise<void> {
    const { exchange, timeframe, stepMs, nowMs } = this.#parts;
    const follower = new CandleFollower(stepMs);
    await this.#watch(symbol, signal, {
      next: () => exchange.watchOHLCV(market, timeframe),
      take: (candles) => {
        for (const candle of follower.update(candles, nowMs())) take(symbol, rawBar(candle));
      },
      interrupt: () => follower.interrupt(),
    });
  }

  async #watchTrades(
    [symbol, market]: readonly [string, string],
    _: unknown,
    signal: AbortSignal,
  ): Promise<void> {
    const { exchange } = this.#parts;
    this.#restart(symbol, market);
    await this.#watch(symbol, signal, {
      next: () => exchange.watchTrades(market),
      take: () => this.#sweep(symbol, market),
      interrupt: () => this.#restart(symbol, market),
    });
  }

  /** Makes bars anew from the next interval on, as trades were missed. */
  #restart(symbol: string, market: string): void {
    this.#trades.start(symbol, null);
    this.#lastTrades.set(symbol, this.#parts.exchange.trades?.[market]?.at(-1) ?? null);
  }

  /** Takes the trades that came since the last time. */
  #sweep(symbol: string, market: string): void {
    const trades = this.#parts.exchange.trades?.[market] ?? [];
    const last = this.#lastTrades.get(symbol) ?? null;
    const known = last === null ? -1 : trades.lastIndexOf(last);
    if (last !== null && known < 0) return this.#restart(symbol, market); // more than ccxt keeps
    for (const trade of trades.slice(known + 1)) this.#takeTrade(symbol, trade);
    if (trades.length > 0) this.#lastTrades.set(symbol, trades.at(-1)!);
  }

  #takeTrade(symbol: string, { id, timestamp, price, amount }: ExchangeTrade): void {
    const { name, nowMs, quarantine } = this.#parts;
    if (timestamp === undefined || !(price! > 0) || !(amount! >= 0)) {
      return quarantine({
        key: `${name} ${symbol}`,
        id: String(id),
        reason: "a trade must have a time, a price above 0 and a size",
        content: JSON.stringify({ id, timestamp, price, amount }),
      });
    }
    const tick: Tick = {
      timeMs: timestamp,
      price: price!,
      size: amount!,
      ...(id === undefined ? {} : { tradeId: id }),
    };
    const refusal = this.#trades.take(symbol, tick, nowMs());
    if (refusal?.kind !== "late" && refusal?.kind !== "ahead") return;
    quarantine({
      key: `${name} ${symbol}`,
      id: String(id),
      reason: refusal.reason,
      content: JSON.stringify(tick),
    });
  }

  /** Closes bars of trades by the exchange's time. */
  async #drain(take: TakeBar, signal: AbortSignal): Promise<void> {
    const { clock, nowMs, markets } = this.#parts;
    while (!signal.aborted) {
      for (const [symbol, market] of this.#isConnected ? markets : []) this.#sweep(symbol, market);
      for (const { symbol, bar } of this.#trades.drain(nowMs())) take(symbol, bar);
      const restMs = this.#trades.nextCloseMs() - nowMs();
      await clock.wait(Math.max(1, Math.min(LONGEST_REST_MS, restMs)), signal);
    }
  }

  /** Waits for what comes next of one symbol, again after each interruption; gives up only where the websocket cannot be
   * used at all: then the symbol is polled. */
  async #watch<T>(
    symbol: string,
    signal: AbortSignal,
    { next, take, interrupt }: {
      readonly next: () => Promise<T>;
      readonly take: (news: T) => void;
      readonly interrupt: () => void;
    },
  ): Promise<void> {
    const { name, judge, clock, backOff, log } = this.#parts;
    while (!signal.aborted) {
      try {
        const news = await unlessAborted(next(), signal);
        this.#hear();
        take(news);
      } catch (cause) {
        if (signal.aborted) return;
        interrupt();
        if (judge(cause) !== "outage" || cause instanceof TypeError) { // e.g. a sandbox without websockets
          return log.error(
            { err: cause, symbol },
            `${name}'s websocket cannot be used: the symbol is polled`,
          );
        }
        this.#lose(cause as Error);
        await clock.wait(backOff.restMs, signal);
      }
    }
  }

  #hear(): void {
    const { clock, backOff, log, name } = this.#parts;
    this.#heardMs = clock.monotonicMs();
    if (this.#isConnected) return;
    this.#isConnected = true;
    backOff.succeed();
    log.info({}, `${name}'s websocket is there`);
  }

  /** All symbols see the same interruption. */
  #lose(cause: Error): void {
    const { backOff, log, name } = this.#parts;
    this.#isConnected = false;
    if (backOff.isWaiting) return;
    backOff.fail();
    this.#counts.reconnects++;
    log.warn(
      { reason: cause.message.slice(0, 300), retryMs: backOff.restMs },
      `${name}'s websocket was lost`,
    );
  }

  /** A connection can be dead without anybody telling. Opening a living one again does no harm. */
  async #watchStale(signal: AbortSignal): Promise<void> {
    const { clock, staleMs, exchange, log, name } = this.#parts;
    while (!signal.aborted) {
      await clock.wait(staleMs / 4, signal);
      if (!this.#isConnected || clock.monotonicMs() - this.#heardMs < staleMs) continue;
      this.#counts.stale++;
      log.warn({ staleMs }, `${name}'s websocket says nothing: it is opened again`);
      exchange.close().catch(() => {});
    }
  }
}

/** A candle as a bar that is still to be checked. */
export function rawBar([openTimeMs, open, high, low, close, volume]: Candle): RawBar {
  return { openTimeMs, open, high, low, close, volume };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
