/** What a run knows of a lane: its bars, the account that a bar was decided with, and the state that was acted on. */
import { barStream } from "../../core/contracts/bar.ts";
import { feedStatus } from "../../core/contracts/feed_status.ts";
import { type Decision, decisionStream, laneRecord } from "../../core/contracts/lane.ts";
import { currentModel } from "../../core/contracts/model.ts";
import { readPassport } from "../../core/lane/loaded_model.ts";
import { BarSeriesBuilder } from "../../core/market/bar_series.ts";
import { type Feed, feedOf } from "../../core/market/feed.ts";
import { modelFileMetadata } from "../../core/model/model_file.ts";
import { RedisModelStore } from "../../core/model/redis_model_store.ts";
import type { Store } from "../../core/redis/store.ts";
import { type Portfolio, storedPortfolio } from "./portfolio.ts";

const PAGE = 5_000;

export interface RecordedLane {
  /** Null where the lane never traded. */
  readonly portfolio: Portfolio | null;
  /** On that bar; null where there was none. */
  readonly decision: Decision | null;
  /** Scale of the rewards that the deciding model has learned with, and the model; null where there is none. */
  readonly scale: { readonly sigma: number; readonly version: string } | null;
}

/** The run's bars of one symbol. @throws {RangeError} If there is no run, or it has no such symbol. */
export async function recordedFeed(store: Store, symbol: string | undefined): Promise<Feed> {
  const status = await store.get(feedStatus());
  if (status === null) throw new RangeError("Cannot read the run as its database must hold one: it is empty");
  const wanted = symbol ?? status.symbols[0]!;
  if (!status.symbols.includes(wanted)) {
    throw new RangeError(
      `Cannot read bars of ${wanted} as the run of ${status.feed} holds ${status.symbols.join(", ")}`,
    );
  }
  const series = new BarSeriesBuilder();
  for (let after = "0-0";;) {
    const page = await store.range(barStream(wanted, status.timeframe), { after, count: PAGE });
    for (const { value: { bar } } of page) series.append(bar);
    if (page.length < PAGE) break;
    after = page.at(-1)!.id;
  }
  const { feed, note, timeframe } = status;
  return feedOf({ name: `the run of ${feed}`, note, timeframe }, new Map([[wanted, series]]));
}

/** @param barMs The bar that the state is shown at. */
export async function recordedLane(
  store: Store,
  account: string,
  symbol: string,
  barMs: number,
): Promise<RecordedLane> {
  const at = { from: `${barMs}-0`, to: `${barMs}-0` };
  const decision = (await store.range(decisionStream(account, symbol), at))[0]?.value ?? null;
  const version = decision?.modelVersion ?? (await store.get(currentModel()))?.version ?? null;
  return {
    portfolio: decision === null
      ? await lastPortfolio(store, account, symbol)
      : storedPortfolio(`the decision on that bar (account ${account})`, decision.laneAccount),
    decision,
    scale: version === null ? null : await scaleOf(store, version, symbol),
  };
}

async function lastPortfolio(store: Store, account: string, symbol: string): Promise<Portfolio | null> {
  const record = await store.get(laneRecord(account, symbol));
  if (record === null) return null;
  const from = `the ledger (account ${account}, after bar ${new Date(record.barMs).toISOString()})`;
  return storedPortfolio(from, record.state.account);
}

/** Null where the version is not stored any more, or knows no such symbol. */
async function scaleOf(store: Store, version: string, symbol: string): Promise<RecordedLane["scale"]> {
  const models = new RedisModelStore(store);
  if (!await models.has(version)) return null;
  const { blob } = await models.get(version);
  const passport = readPassport({ metadata: JSON.stringify(modelFileMetadata(blob)) });
  const sigma = passport.rewardSigma[symbol];
  return sigma === undefined ? null : { sigma, version };
}
