/** Opens the venue that is configured, checks all that must be right before an order leaves, and makes the desk of each lane. */
import { openAccount } from "../../core/account/account.ts";
import { parseMoney } from "../../core/account/money.ts";
import type { VenueKeys } from "../../core/config/environment.ts";
import type { Heads } from "../../core/config/heads.ts";
import type { MiscConfig } from "../../core/config/misc.ts";
import { venueLabel } from "../../core/config/venue_config.ts";
import type { FeedStatus } from "../../core/contracts/feed_status.ts";
import { timeframeMs } from "../../core/contracts/symbol.ts";
import type { Strategy } from "../../core/lane/strategy.ts";
import { checkDurable, waitForDisk } from "../../core/redis/durability.ts";
import type { Ledger } from "../../core/redis/ledger.ts";
import type { RedisConnection } from "../../core/redis/redis_connection.ts";
import { RedisStore } from "../../core/redis/redis_store.ts";
import type { OnBadEntry } from "../../core/redis/store.ts";
import type { Clock } from "../../core/runtime/clock.ts";
import type { Log } from "../../core/runtime/log.ts";
import type { VenueMarket } from "../../core/venue/venue_market.ts";
import { checkWish } from "../../core/venue/venue_wish.ts";
import { CcxtBroker } from "./ccxt_broker.ts";
import { checkCash, checkMarkets } from "./live_gate.ts";
import { VenueDesk } from "./venue_desk.ts";
import { VenueJournal } from "./venue_journal.ts";

export interface OpenVenueParts {
  readonly misc: MiscConfig;
  readonly heads: Heads;
  readonly isLive: boolean;
  readonly keys: VenueKeys | null;
  readonly feed: FeedStatus;
  readonly strategy: Strategy;
  readonly replica: string;
  readonly redis: RedisConnection;
  readonly ledger: Ledger;
  readonly onBadEntry: OnBadEntry;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Venue extends AsyncDisposable {
  /** For people. */
  readonly label: string;
  /** The desk of a lane; it works until it is disposed. */
  desk(symbol: string, leads: () => boolean): { readonly desk: VenueDesk } & AsyncDisposable;
}

/** @returns Null on paper.
 * @throws {ConfigError} With every fault of the configuration, the keys or the markets.
 * @throws {RedisRefusedError} If the server may forget what it has answered.
 * @throws {VenueError} If the venue cannot be asked. */
export async function openVenue(parts: OpenVenueParts): Promise<Venue | null> {
  const { misc, heads, keys, feed, redis } = parts;
  checkWish(parts);
  const { venue, exchange } = misc;
  if (venue.broker === "paper" || keys === null) return null;
  await checkDurable(redis);
  await using opening = new AsyncDisposableStack();
  const broker = opening.use(
    await CcxtBroker.open({
      exchange: venue.exchange,
      sandbox: venue.sandbox,
      timeoutMs: exchange.request_timeout_ms,
      receiveWindowMs: venue.receive_window_ms,
      keys,
      overrides: exchange.ccxt,
    }),
  );
  const markets = new Map(feed.symbols.map((symbol) => [symbol, broker.market(symbol)]));
  checkMarkets(markets, { misc, heads, rulesOf: parts.strategy.rulesOf });
  checkCash(
    await openingCash(parts),
    (await broker.balances()).get(misc.account.currency) ?? 0n,
    misc.account.currency,
  );
  const resources = opening.move();
  return {
    label: venueLabel(venue),
    desk: (symbol, leads) => openDesk(parts, broker, markets.get(symbol)!, symbol, leads),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Of the lanes that have not begun: what the others have left is not known before their orders are settled. */
async function openingCash({ ledger, feed, misc: { account }, strategy }: OpenVenueParts): Promise<bigint> {
  const records = await Promise.all(feed.symbols.map((symbol) => ledger.load(account.name, symbol)));
  const begins = records.filter((record) => record === null).length;
  return BigInt(begins) * parseMoney(strategy.cash);
}

function openDesk(
  { misc: { account, venue, exchange }, strategy, feed, replica, redis, ledger, onBadEntry, clock, log }:
    OpenVenueParts,
  broker: CcxtBroker,
  market: VenueMarket,
  symbol: string,
  leads: () => boolean,
): { readonly desk: VenueDesk } & AsyncDisposable {
  const stop = new AbortController();
  const connection = redis.sibling(`venue-${symbol.replaceAll("/", "-")}`);
  const store = new RedisStore({ connection, onBadEntry });
  const journal = new VenueJournal({
    account: account.name,
    symbol,
    store,
    onDisk: () => waitForDisk(connection),
  });
  const desk = new VenueDesk({
    ...{
      account: account.name,
      symbol,
      replica,
      timeframe: feed.timeframe,
      market,
      broker,
      store,
      ledger,
      journal,
    },
    timeframeMs: timeframeMs(feed.timeframe),
    opening: { account: openAccount(parseMoney(strategy.cash)), dust: 0n },
    rules: strategy.rulesOf(symbol),
    reserve: venue.reserve,
    isReal: !venue.sandbox,
    settings: {
      pollMs: venue.poll_ms,
      lookMs: venue.look_ms,
      settleMs: venue.settle_ms,
      sendWithinMs: venue.send_within_ms,
      mostRetryMs: exchange.most_retry_ms,
    },
    ...{ leads, clock, log, random: Math.random },
  });
  void desk.run(stop.signal); // an answer that still comes finds the connection closed; whoever leads next asks again
  return {
    desk,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await store[Symbol.asyncDispose]();
      await connection[Symbol.asyncDispose]();
    },
  };
}
