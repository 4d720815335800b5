/** What can be found wrong before anything is downloaded, built or started. The rules are those of the processes, which hold to
 * them too: a fault is told once, and not by a process that ends and is started again. */
import { join } from "node:path";
import { readEnvironment } from "../core/config/environment.ts";
import { checkShortable } from "../core/config/instruments_config.ts";
import type { MiscConfig } from "../core/config/misc.ts";
import type { ModelConfig } from "../core/config/model_config.ts";
import { rememberedDays } from "../core/features/state_builders.ts";
import { checkFits, leakNote } from "../core/lane/model_fit.ts";
import { dirtLines } from "../core/market/dirt_tally.ts";
import { openCcxtExchange } from "../core/market/exchange/ccxt_exchange.ts";
import { marketsBySymbol } from "../core/market/exchange/exchange_source.ts";
import { openNamedFeed } from "../core/market/feed_options.ts";
import type { Market } from "../core/market/market.ts";
import { checkEndless, isEndless } from "../core/market/open_market.ts";
import { ReplayedMarket } from "../core/market/replayed_market.ts";
import { identityOf } from "../core/market/same_run.ts";
import { checkHistory, Schedule } from "../core/market/schedule.ts";
import { splitSymbols } from "../core/market/symbol_selection.ts";
import { termsOf } from "../core/market/terms_of_run.ts";
import { FolderModelStore } from "../core/model/folder_model_store.ts";
import { modelFileMetadata } from "../core/model/model_file.ts";
import { schemaText } from "../core/model/schema_hash.ts";
import { planWarmStart } from "../core/model/warm_start_plan.ts";
import { certificateOf } from "../core/redis/certificate.ts";
import { connectRedis } from "../core/redis/connect.ts";
import { RedisStore } from "../core/redis/redis_store.ts";
import type { Store } from "../core/redis/store.ts";
import type { Clock } from "../core/runtime/clock.ts";
import { checkWish } from "../core/venue/venue_wish.ts";
import { type ModelPlaces, placeOf } from "./models/known_models.ts";
import { checkDatabase } from "./own_database.ts";
import type { RunChoices } from "./process_plan.ts";

export interface StartParts {
  readonly choices: RunChoices;
  readonly config: ModelConfig;
  readonly misc: MiscConfig;
  /** Goes on with what lies in the user's Redis. */
  readonly resumes: boolean;
  /** The checkout. */
  readonly root: string;
  readonly getVariable: (name: string) => string | undefined;
  readonly clock: Clock;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

type NamedMarket = Pick<
  Market,
  "name" | "symbols" | "timeframe" | "historyBars" | "liveBars" | "firstLiveMs"
>;

/** Longer than a server that lives ever takes. */
const REDIS_DEADLINE_MS = 5_000;

/** @throws {Error} With a message for people: what must be otherwise, and what to do. */
export async function checkStart(parts: StartParts): Promise<void> {
  const { choices, config, misc, getVariable, root } = parts;
  const environment = readEnvironment(getVariable);
  const { feed, live, tradesAtVenue } = choices;
  const follows = { feed, plannedLiveBars: isEndless(feed) ? null : 0, symbols: [] };
  if (tradesAtVenue || live) {
    const { heads } = config;
    checkWish({ misc, isLive: live, keys: environment.venueKeys, feed: follows, heads });
  }
  const market = isEndless(feed) ? await endlessMarket(parts) : await replayedMarket(parts);
  checkShortable(config.heads.action.values, misc.instruments, market.symbols);
  const folder = join(root, ".rltrader/models");
  const places = { store: null, folder: new FolderModelStore(folder), name: folder };
  if (!getVariable("REDIS_URL")) return await checkModels(parts, market, places);
  await using redis = await connectRedis({
    url: environment.redisUrl,
    name: "rltrader-dev",
    onEvent: () => {},
    deadlineMs: REDIS_DEADLINE_MS,
    ...await certificateOf(environment),
  });
  await using store = new RedisStore({ connection: redis, onBadEntry: () => {} });
  await checkOwnDatabase(parts, market, store);
  await checkModels(parts, market, { ...places, store, name: `Redis at ${redis.server} or in ${folder}` });
}

async function checkOwnDatabase(parts: StartParts, market: NamedMarket, store: Store): Promise<void> {
  const { choices, config, misc, resumes } = parts;
  const days = rememberedDays(config, misc.instruments, market.symbols);
  const run = {
    identity: identityOf(market, choices.lockstep, days),
    terms: termsOf(choices, config, misc, market.symbols),
  };
  const bars = choices.bars === undefined ? null : Number(choices.bars);
  await checkDatabase({ run, resumes, bars }, { ...parts, store });
}

/** One that an exchange or a stream of ticks makes. */
async function endlessMarket({ choices, config, misc }: StartParts): Promise<NamedMarket> {
  const { feed, symbols = null, bars = null } = choices;
  checkEndless(feed, { symbols, bars });
  const listed = splitSymbols(symbols) ?? [];
  const isExchange = feed.startsWith("ccxt:");
  const { sandbox, request_timeout_ms: timeoutMs, ccxt: overrides } = misc.exchange;
  if (isExchange) await openCcxtExchange(feed.slice("ccxt:".length), { sandbox, timeoutMs, overrides });
  return {
    name: feed,
    symbols: isExchange ? [...marketsBySymbol(feed, listed).keys()] : listed,
    timeframe: config.data.timeframe,
    historyBars: misc.live.history_bars,
    liveBars: null,
    firstLiveMs: null,
  };
}

/** What the feed holds that is dirty is listed. */
async function replayedMarket({ choices, config, misc, clock, say }: StartParts): Promise<NamedMarket> {
  const feed = await openNamedFeed(choices, misc, Deno);
  for (const line of dirtLines(feed.dirt)) say(`  data        ${line}`);
  const schedule = new Schedule(feed, {
    bootstrapShare: misc.feed.bootstrap_share,
    liveBars: choices.bars === undefined ? null : Number(choices.bars),
  });
  checkHistory(feed, schedule, config.data.timeframe, config.data.warmup_bars);
  return new ReplayedMarket({ feed, schedule, speed: "max", clock });
}

/** The model that decides must be of this run; the one that learning begins with may have other features and heads. */
async function checkModels(
  { choices: { frozenModel, warmStart }, config, misc, say }: StartParts,
  { symbols, firstLiveMs }: NamedMarket,
  places: ModelPlaces,
): Promise<void> {
  const schema = schemaText(config);
  if (warmStart !== undefined) {
    const { blob } = await (await placeOf(warmStart, places)).get(warmStart);
    planWarmStart(warmStart, schema, modelFileMetadata(blob).schema ?? null);
  }
  if (frozenModel === undefined) return;
  const model = await (await placeOf(frozenModel, places)).get(frozenModel);
  checkFits(model, { schema, symbols, days: rememberedDays(config, misc.instruments, symbols) });
  if (firstLiveMs === null) return; // no model has learned from the future
  const note = leakNote(model.metadata, firstLiveMs, "live bars begin at");
  if (note !== null) say(`  note        ${note}`);
}
