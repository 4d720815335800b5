/** An exchange on loopback, ccxt between, and a market that follows it; on a clock that the test moves. */
import { MiscConfig } from "../../config/misc.ts";
import type { Bar } from "../../contracts/bar.ts";
import type { BadEntry } from "../../redis/store.ts";
import { systemClock, until } from "../../runtime/clock.ts";
import { silentLog } from "../../runtime/log.ts";
import { candleAt, FakeExchange, STEP_MS } from "../../testing/fake_exchange.ts";
import { ManualClock } from "../../testing/manual_clock.ts";
import { LiveMarket } from "../live/live_market.ts";
import type { Batch, Reached } from "../market.ts";
import { openCcxtExchange } from "./ccxt_exchange.ts";
import { ExchangeSource } from "./exchange_source.ts";

/** The open candle has just begun. */
export const NOW = Date.UTC(2026, 0, 5, 12) + 3_000;
export const FIRST_LIVE = NOW - 3_000;

export interface WorldOptions {
  readonly markets?: readonly string[];
  readonly timeframe?: string;
  readonly historyBars?: number;
  /** More of ccxt's options. */
  readonly ccxt?: Readonly<Record<string, unknown>>;
  readonly skewMs?: number;
}

export class ExchangeWorld implements AsyncDisposable {
  readonly bad: BadEntry[] = [];
  /** What was given, by symbol: bars, and holes as `hole`. */
  readonly given = new Map<string, (Bar | "hole")[]>();
  readonly #stop = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly clock: ManualClock,
    readonly exchange: FakeExchange,
    readonly source: ExchangeSource,
    readonly market: LiveMarket,
    bad: BadEntry[],
  ) {
    this.bad = bad;
  }

  static async open(options: WorldOptions = {}): Promise<ExchangeWorld> {
    const { markets = ["BTC/USDT", "ETH/USDT"], timeframe = "1m", historyBars = 20, skewMs = 0 } = options;
    const clock = new ManualClock({ startMs: NOW });
    const exchange = new FakeExchange(() => clock.nowMs());
    exchange.skewMs = skewMs;
    const { options: fakeOptions, ...overrides } = exchange.overrides;
    const opened = await openCcxtExchange("binance", {
      sandbox: true,
      timeoutMs: 500,
      overrides: { ...overrides, ...options.ccxt, options: fakeOptions },
    });
    const bad: BadEntry[] = [];
    const quarantine = (entry: BadEntry) => void bad.push(entry);
    const settings = {
      ...{ settleMs: 2_000, graceMs: 500, aheadMs: 1_000, staleMs: 60_000, mostRetryMs: 8_000 },
      ...{ clockWarnMs: 500, clockRefuseMs: 5_000 },
    };
    const source = new ExchangeSource({
      ...opened,
      ...{ markets, timeframe, settings, clock, quarantine, log: silentLog, random: () => 0.5 },
    });
    const market = new LiveMarket({
      ...{ source, historyBars, clock, quarantine, log: silentLog },
      leastBars: 5,
      gapDeadlineMs: 10_000,
      rules: MiscConfig.parse({}),
    });
    return new ExchangeWorld(clock, exchange, source, market, bad);
  }

  /** Reads history; time passes meanwhile, but slowly, so that what fails is asked for again. */
  async history(): Promise<void> {
    let isOver = false;
    const reading = this.#run(this.#keep(this.market.history(new Map(), this.#stop.signal)))
      .finally(() => isOver = true);
    reading.catch(() => {});
    await this.flow("history", () => isOver, 20);
    await reading;
  }

  /** Starts to follow. */
  live(reached: ReadonlyMap<string, Reached>): Promise<void> {
    return this.#run(this.#keep(this.market.live(reached, () => Infinity, this.#stop.signal)));
  }

  /** Follows from the open candle on, and waits for the websocket if there is to be one. */
  async follow(withSocket = true): Promise<void> {
    const last = FIRST_LIVE - STEP_MS;
    this.live(
      new Map(this.source.symbols.map((symbol) => [symbol, {
        recent: [candleAt(symbol, last)],
        nextMs: FIRST_LIVE,
        bars: 20,
        liveBars: 0,
      }])),
    ).catch(() => {});
    await this.flow("it follows", () => !withSocket || this.figures.connected === 1, 5);
  }

  /** Lets time pass in steps until something is so; the exchange tells of it at each. */
  async flow(what: string, condition: () => boolean, stepMs = 500): Promise<void> {
    await until(systemClock, what, () => {
      if (condition()) return true;
      this.clock.advance(stepMs);
      this.exchange.tell();
      return false;
    }, { deadlineMs: 30_000, everyMs: 2 });
  }

  /** Lets a time pass, without the steps being fewer than it takes for answers to come. */
  async pass(ms: number, stepMs = 500): Promise<void> {
    const untilMs = this.clock.nowMs() + ms;
    await this.flow("time passes", () => this.clock.nowMs() >= untilMs, stepMs);
  }

  get figures(): Record<string, number> {
    return this.market.figures();
  }

  bars(symbol = "BTC/USDT"): (Bar | "hole")[] {
    return this.given.get(symbol) ?? [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.exchange[Symbol.asyncDispose]();
  }

  #run(work: Promise<void>): Promise<void> {
    this.#running = work.catch(() => {});
    return work;
  }

  async #keep(batches: AsyncIterable<Batch>): Promise<void> {
    for await (const { bars, holes } of batches) {
      for (const [symbol, series] of bars) {
        const given = this.given.get(symbol) ?? [];
        let index = 0;
        for (const hole of holes.get(symbol) ?? []) {
          while (series[index].openTimeMs < hole.fromMs) given.push(series[index++]);
          given.push("hole");
        }
        given.push(...series.slice(index));
        this.given.set(symbol, given);
      }
    }
  }
}

/** The candles of a market from one time to another, the end excluded. */
export function candles(market: string, fromMs: number, untilMs: number): Bar[] {
  return Array.from(
    { length: (untilMs - fromMs) / STEP_MS },
    (_, index) => candleAt(market, fromMs + index * STEP_MS),
  );
}
