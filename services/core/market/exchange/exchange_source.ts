/** An exchange as a source of bars: candles by REST, and by websocket where it has one.
 *
 * Only closed candles leave this file: by REST those whose end has passed on the exchange's clock for `settleMs`; by
 * websocket those that a later candle follows. What is missed while a websocket is away is asked for by REST. */
import { SymbolName, type Timeframe, timeframeMs } from "../../contracts/symbol.ts";
import type { BadEntry } from "../../redis/store.ts";
import { type Clock, until } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import type { Wanted } from "../live/bar_sequence.ts";
import {
  type Answer,
  type LiveSource,
  type RawBar,
  SourceUnavailableError,
  type TakeBar,
} from "../live/live_source.ts";
import { selectPresent } from "../symbol_selection.ts";
import { BackOff } from "./back_off.ts";
import type { Candle } from "./candle_follower.ts";
import type { OpenedExchange } from "./ccxt_exchange.ts";
import { ExchangeClock } from "./exchange_clock.ts";
import { Slots } from "./slots.ts";
import { unlessAborted } from "./unless_aborted.ts";
import { rawBar, Watchers } from "./watchers.ts";

/** What of misc.yaml is about exchanges. */
export interface ExchangeSettings {
  /** How long after its end a candle may still change. */
  readonly settleMs: number;
  /** How long after a bar's end its trades still count, where bars are made of trades. */
  readonly graceMs: number;
  /** How far a trade may be ahead of the exchange's time. */
  readonly aheadMs: number;
  /** A websocket that says nothing for so long is opened again. */
  readonly staleMs: number;
  /** The longest wait between two attempts. */
  readonly mostRetryMs: number;
  readonly clockWarnMs: number;
  readonly clockRefuseMs: number;
}

export interface ExchangeSourceParts extends OpenedExchange {
  /** As the exchange names them, e.g. `BTC/USDT` or `BTC/USDT:USDT`. */
  readonly markets: readonly string[];
  readonly timeframe: Timeframe;
  readonly settings: ExchangeSettings;
  readonly clock: Clock;
  readonly log: Log;
  readonly quarantine: (bad: BadEntry) => void;
  /** In [0, 1), for the jitter of attempts. */
  readonly random: () => number;
}

/** Candles of a page where the exchange does not say how many it gives. */
const USUAL_PAGE = 500;
const LARGEST_PAGE = 1_000;
/** Questions under way at once; ccxt holds the exchange's rate limit besides. */
const MOST_QUESTIONS = 4;
const FIRST_RETRY_MS = 500;
/** How much longer than a poll a websocket's bar is waited for. */
const FOLLOW_PATIENCE_MS = 3_000;
const CLOCK_CHECK_MS = 600_000;

export class ExchangeSource implements LiveSource {
  readonly #parts: ExchangeSourceParts;
  readonly #stepMs: number;
  readonly #page: number;
  /** Market by symbol. */
  readonly #markets: ReadonlyMap<string, string>;
  readonly #time: ExchangeClock;
  readonly #backOff: BackOff;
  readonly #watchers: Watchers;
  readonly #slots = new Slots(MOST_QUESTIONS);
  readonly #counts = { questions: 0, failures: 0 };

  /** @throws {RangeError} If a market's name cannot be a symbol's, or two would have the same. */
  constructor(parts: ExchangeSourceParts) {
    const { exchange, timeframe, settings, clock, log, random, markets } = parts;
    this.#parts = parts;
    this.#stepMs = timeframeMs(timeframe);
    const page = exchange.features?.spot?.fetchOHLCV?.limit ?? USUAL_PAGE;
    this.#page = Math.min(page, LARGEST_PAGE);
    this.#markets = marketsBySymbol(this.name, markets);
    const { clockWarnMs: warnMs, clockRefuseMs: refuseMs, mostRetryMs: mostMs } = settings;
    this.#time = new ExchangeClock({ name: this.name, warnMs, refuseMs, clock, log });
    this.#backOff = new BackOff({ firstMs: FIRST_RETRY_MS, mostMs, clock, random });
    this.#watchers = new Watchers({
      ...parts,
      ...settings,
      name: this.name,
      stepMs: this.#stepMs,
      markets: this.#markets,
      nowMs: () => this.nowMs(),
      backOff: new BackOff({ firstMs: FIRST_RETRY_MS, mostMs, clock, random }),
    });
  }

  get name() {
    return `ccxt:${this.#parts.exchange.id}`;
  }
  get note() {
    const how = {
      candles: "candles by websocket",
      trades: "trades by websocket",
      polls: "candles by polling",
    };
    return `Market data of ${this.#parts.exchange.id}: ${how[this.#watchers.kind]}`;
  }
  get timeframe() {
    return this.#parts.timeframe;
  }
  get symbols() {
    return [...this.#markets.keys()];
  }
  readonly hasPast = true;
  readonly isCaughtUp = true;

  get askAfterMs() {
    const { settleMs, graceMs } = this.#parts.settings;
    const { kind, isConnected } = this.#watchers;
    if (!isConnected) return settleMs;
    return Math.max(settleMs, kind === "trades" ? graceMs : 0) + FOLLOW_PATIENCE_MS;
  }

  nowMs(): number {
    return this.#time.nowMs();
  }

  /** Checks timeframe, clock and markets; waits for an exchange that does not answer. */
  async open(signal: AbortSignal): Promise<void> {
    const { exchange, timeframe, clock, log } = this.#parts;
    if (exchange.has.fetchOHLCV !== true || !Object.hasOwn(exchange.timeframes ?? {}, timeframe)) {
      const there = exchange.has.fetchOHLCV === true ? Object.keys(exchange.timeframes).join(", ") : "none";
      throw new RangeError(
        `Cannot follow ${this.name} as it must have candles of ${timeframe} (data.timeframe): it has ${there}`,
      );
    }
    const opened = async () => {
      try {
        await this.#checkClock(signal);
        await this.#call("load the markets", () => exchange.loadMarkets(), signal);
        return true;
      } catch (cause) {
        if (!(cause instanceof SourceUnavailableError)) throw cause;
        await clock.wait(this.#backOff.restMs, signal);
        return false;
      }
    };
    await until(clock, "the exchange's answer", opened, { everyMs: 0, signal });
    selectPresent(this.name, [...this.#markets.values()].join(","), exchange.symbols ?? []);
    log.info(
      { offsetMs: this.#time.offsetMs, markets: exchange.symbols?.length, page: this.#page },
      this.note,
    );
  }

  async ask(symbol: string, { fromMs, untilMs }: Wanted, signal: AbortSignal): Promise<Answer> {
    const { exchange, timeframe } = this.#parts;
    const market = this.#markets.get(symbol)!;
    const limit = Math.min(this.#page, Math.ceil((untilMs - fromMs) / this.#stepMs) + 1); // the next one says that it is over
    const rows = await this.#call(
      `read candles of ${market}`,
      () => exchange.fetchOHLCV(market, timeframe, fromMs, limit),
      signal,
    );
    return this.#answer({ fromMs, untilMs: Math.min(untilMs, fromMs + limit * this.#stepMs) }, rows);
  }

  async follow(_: unknown, take: TakeBar, signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    const over = new AbortController();
    const ended = AbortSignal.any([signal, over.signal]);
    const checking = (async () => {
      while (!ended.aborted) {
        await clock.wait(CLOCK_CHECK_MS, ended);
        if (ended.aborted) return;
        await this.#checkClock(ended).catch((cause) => {
          if (!(cause instanceof SourceUnavailableError)) throw cause;
        });
      }
    })();
    const work = [this.#watchers.run(take, ended), checking];
    try {
      await Promise.all(work);
    } finally {
      over.abort();
      await Promise.allSettled(work);
    }
  }

  published(): Promise<void> {
    return Promise.resolve();
  }

  figures(): Record<string, number> {
    return { ...this.#counts, ...this.#watchers.figures(), clockOffsetMs: Math.round(this.#time.offsetMs) };
  }

  async #checkClock(signal: AbortSignal): Promise<void> {
    const { exchange, log } = this.#parts;
    if (exchange.has.fetchTime !== true) {
      return log.info({}, `${this.name} tells no time: the clocks cannot be compared`);
    }
    await this.#time.check(async () => {
      const timeMs = await this.#call("read the time", () => exchange.fetchTime(), signal);
      if (timeMs === undefined) {
        throw new SourceUnavailableError(`Cannot read the time of ${this.name}: it tells none`);
      }
      return timeMs;
    });
  }

  /** Puts a question to the exchange: few at once, and none while it is left alone after a failure. */
  #call<T>(what: string, question: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const { judge, log } = this.#parts;
    return this.#slots.run(async () => {
      signal.throwIfAborted();
      if (this.#backOff.isWaiting) {
        throw new SourceUnavailableError(
          `Cannot ${what} as ${this.name} is left alone for ${this.#backOff.restMs} ms`,
        );
      }
      this.#counts.questions++;
      try {
        const answer = await unlessAborted(question(), signal);
        this.#backOff.succeed();
        return answer;
      } catch (cause) {
        const verdict = judge(cause);
        if (signal.aborted || verdict === "fatal") throw cause;
        this.#counts.failures++;
        if (verdict === "outage") this.#backOff.fail();
        const reason = (cause as Error).message.slice(0, 300);
        log.warn({ reason, retryMs: this.#backOff.restMs }, `${this.name} does not answer`);
        throw new SourceUnavailableError(`Cannot ${what} as ${this.name} must answer: ${reason}`, { cause });
      }
    });
  }

  /** What a page says: no candle that can still change counts, and behind the last one there may be more. */
  #answer({ fromMs, untilMs }: Wanted, rows: readonly Candle[]): Answer {
    const overMs = this.nowMs() - this.#parts.settings.settleMs - this.#stepMs;
    const bars: RawBar[] = [];
    let lastMs = -Infinity;
    let openMs = Infinity;
    for (const row of rows.toSorted((a, b) => (a[0] ?? 0) - (b[0] ?? 0))) {
      const timeMs = row[0] ?? 0;
      if (timeMs < fromMs) continue;
      lastMs = timeMs;
      if (timeMs > overMs) openMs = Math.min(openMs, timeMs);
      else if (timeMs < untilMs) bars.push(rawBar(row));
    }
    const coveredMs = lastMs < fromMs || lastMs >= untilMs ? untilMs : lastMs + this.#stepMs;
    return { bars, coveredMs: Math.min(coveredMs, openMs) };
  }
}

/** Markets by the symbols that they are named by here: a colon, which parts the words of a Redis key, becomes a dot.
 * @throws {RangeError} If a name is not valid or not the only one. */
export function marketsBySymbol(name: string, markets: readonly string[]): ReadonlyMap<string, string> {
  const named = new Map<string, string>();
  for (const market of markets) {
    const symbol = market.replaceAll(":", ".");
    if (!SymbolName.safeParse(symbol).success || named.has(symbol)) {
      throw new RangeError(
        `Cannot follow ${market} of ${name} as its name must become a symbol of 1 to 32 letters, digits, . _ / - that no ` +
          `other has: it becomes ${symbol}`,
      );
    }
    named.set(symbol, market);
  }
  return named;
}
