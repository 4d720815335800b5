/** Opens the market that `--feed` names: a feed that is replayed, or one without an end. */
import type { MiscConfig } from "../config/misc.ts";
import type { Timeframe } from "../contracts/symbol.ts";
import type { BadEntry, Store } from "../redis/store.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Options, OptionSpecs } from "../runtime/command_line.ts";
import type { Log } from "../runtime/log.ts";
import { openCcxtExchange } from "./exchange/ccxt_exchange.ts";
import { ExchangeSource } from "./exchange/exchange_source.ts";
import { LiveMarket } from "./live/live_market.ts";
import type { LiveSource } from "./live/live_source.ts";
import { TickSource } from "./live/tick_source.ts";
import type { Market } from "./market.ts";
import { feedOptions, openNamedFeed } from "./feed_options.ts";
import type { FeedFiles } from "./feed_paths.ts";
import { ReplayedMarket } from "./replayed_market.ts";
import { checkHistory, leastHistory, Schedule } from "./schedule.ts";
import { splitSymbols } from "./symbol_selection.ts";

/** The options that name a market: a feed, or what has no end. */
export const marketOptions = {
  ...feedOptions,
  feed: { ...feedOptions.feed, help: `${feedOptions.feed.help} Without an end: ticks:redis, ccxt:EXCHANGE.` },
} as const satisfies OptionSpecs;
type NamedMarket = Options<typeof marketOptions>;

export interface MarketParts {
  readonly files: FeedFiles;
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
export async function openMarket(named: NamedMarket, parts: MarketParts): Promise<Market> {
  return await (isEndless(named.feed) ? openEndless(named, parts) : openReplayed(named, parts));
}

async function openReplayed(named: NamedMarket, parts: MarketParts): Promise<Market> {
  const { speed, clock, liveBars, misc, timeframe, warmupBars, files } = parts;
  const feed = await openNamedFeed(named, misc, files);
  const schedule = new Schedule(feed, { bootstrapShare: misc.feed.bootstrap_share, liveBars });
  checkHistory(feed, schedule, timeframe, warmupBars);
  return new ReplayedMarket({ feed, schedule, speed, clock });
}

async function openEndless(named: NamedMarket, parts: MarketParts): Promise<Market> {
  const { liveBars, lockstep, misc, warmupBars, clock, log, quarantine } = parts;
  checkEndless(named.feed, {
    symbols: named.symbols ?? null,
    bars: liveBars === null ? null : String(liveBars),
  });
  if (lockstep) {
    throw new RangeError(`Cannot follow ${named.feed} in lockstep as only a replayed feed can wait`);
  }
  return new LiveMarket({
    source: await openSource(named, parts),
    historyBars: misc.live.history_bars,
    leastBars: leastHistory(warmupBars),
    gapDeadlineMs: misc.live.gap_deadline_ms,
    rules: misc,
    clock,
    log,
    quarantine,
  });
}

async function openSource(named: NamedMarket, parts: MarketParts): Promise<LiveSource> {
  const { misc: { live, exchange } } = parts;
  const symbols = splitSymbols(named.symbols ?? null) ?? [];
  const [graceMs, aheadMs] = [live.tick_grace_ms, live.tick_ahead_ms];
  if (named.feed === "ticks:redis") return new TickSource({ ...parts, symbols, graceMs, aheadMs });
  const opened = await openCcxtExchange(named.feed.slice("ccxt:".length), {
    sandbox: exchange.sandbox,
    timeoutMs: exchange.request_timeout_ms,
    overrides: exchange.ccxt,
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
  return new ExchangeSource({ ...parts, ...opened, markets: symbols, settings, random: Math.random });
}
