/** Opens the market that `--feed` names: a feed that is replayed, or one without an end. */
import type { MiscConfig } from "../config/misc.ts";
import type { Timeframe } from "../contracts/symbol.ts";
import type { BadEntry, Store } from "../redis/store.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Log } from "../runtime/log.ts";
import { openCcxtExchange } from "./exchange/ccxt_exchange.ts";
import { ExchangeSource } from "./exchange/exchange_source.ts";
import { LiveMarket } from "./live/live_market.ts";
import type { LiveSource } from "./live/live_source.ts";
import { TickSource } from "./live/tick_source.ts";
import type { Market } from "./market.ts";
import { type FeedOptions, openFeed } from "./open_feed.ts";
import { ReplayedMarket } from "./replayed_market.ts";
import { checkHistory, leastHistory, Schedule } from "./schedule.ts";
import { splitSymbols } from "./symbol_selection.ts";

export interface MarketOptions extends FeedOptions {
  /** Of the configuration. */
  readonly timeframe: Timeframe;
  readonly warmupBars: number;
  /** Live bars a second of a replayed feed. */
  readonly speed: number | "max";
  /** How many live bars to publish; null for all. */
  readonly liveBars: number | null;
  readonly lockstep: boolean;
  readonly misc: MiscConfig;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly quarantine: (bad: BadEntry) => void;
}

/** Whether a market has no end: its bars come when they come, so nobody can say how fast or how many. */
export function isEndless(spec: string): boolean {
  return /^(?:ticks|ccxt)(?::|$)/.test(spec);
}

/** Refuses what an endless market cannot do. @throws {RangeError} Naming the option. */
export function checkEndless(
  spec: string,
  { symbols, bars }: { readonly symbols: string | null; readonly bars: string | null },
): void {
  const fault = !/^(?:ticks:redis|ccxt:[a-z0-9]+)$/.test(spec)
    ? "--feed must be ticks:redis or ccxt:EXCHANGE, e.g. ccxt:kraken"
    : bars !== null
    ? "--bars must not be given: its bars come when they come, and Ctrl-C stops it"
    : splitSymbols(symbols) === null
    ? "--symbols must list what to follow, e.g. BTC/USDT,ETH/USDT: it is not given"
    : null;
  if (fault !== null) throw new RangeError(`Cannot follow ${spec} as ${fault}`);
}

/** @throws {RangeError} If there is no such market, or the configuration cannot learn from it. */
export async function openMarket(spec: string, options: MarketOptions): Promise<Market> {
  return await (isEndless(spec) ? openEndless(spec, options) : openReplayed(spec, options));
}

async function openReplayed(spec: string, options: MarketOptions): Promise<Market> {
  const { speed, clock, liveBars, misc, timeframe, warmupBars } = options;
  const feed = await openFeed(spec, options);
  const schedule = new Schedule(feed, { bootstrapShare: misc.feed.bootstrap_share, liveBars });
  checkHistory(feed, schedule, timeframe, warmupBars);
  return new ReplayedMarket({ feed, schedule, speed, clock });
}

async function openEndless(spec: string, options: MarketOptions): Promise<Market> {
  const { symbols, liveBars, lockstep, misc, warmupBars, clock, log, quarantine } = options;
  checkEndless(spec, { symbols, bars: liveBars === null ? null : String(liveBars) });
  if (lockstep) throw new RangeError(`Cannot follow ${spec} in lockstep as only a replayed feed can wait`);
  return new LiveMarket({
    source: await openSource(spec, options),
    historyBars: misc.live.history_bars,
    leastBars: leastHistory(warmupBars),
    gapDeadlineMs: misc.live.gap_deadline_ms,
    clock,
    log,
    quarantine,
  });
}

async function openSource(spec: string, options: MarketOptions): Promise<LiveSource> {
  const { misc: { live, exchange } } = options;
  const symbols = splitSymbols(options.symbols) ?? [];
  const [graceMs, aheadMs] = [live.tick_grace_ms, live.tick_ahead_ms];
  if (spec === "ticks:redis") return new TickSource({ ...options, symbols, graceMs, aheadMs });
  const opened = await openCcxtExchange(spec.slice("ccxt:".length), {
    sandbox: exchange.sandbox,
    timeoutMs: exchange.request_timeout_ms,
  });
  const settings = {
    graceMs,
    aheadMs,
    settleMs: exchange.settle_ms,
    staleMs: exchange.stale_after_ms,
    mostRetryMs: exchange.most_retry_ms,
    clockWarnMs: exchange.clock_warn_ms,
    clockRefuseMs: exchange.clock_refuse_ms,
  };
  return new ExchangeSource({ ...options, ...opened, markets: symbols, settings, random: Math.random });
}
