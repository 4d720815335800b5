/** A run of the whole system as its streams hold it: the bars that it saw, and what it committed on them. */
import { type Bar, barStream } from "../../core/contracts/bar.ts";
import { type Control, controlDocument } from "../../core/contracts/control.ts";
import type { Stream } from "../../core/contracts/define.ts";
import { feedStatus } from "../../core/contracts/feed_status.ts";
import {
  type Decision,
  decisionStream,
  type Equity,
  equityStream,
  type Fill,
  fillStream,
} from "../../core/contracts/lane.ts";
import { type RunTerms, runTerms } from "../../core/contracts/run_terms.ts";
import { BarSeriesBuilder } from "../../core/market/bar_series.ts";
import { type Feed, type FeedFacts, feedOf } from "../../core/market/feed.ts";
import { BEFORE_FIRST } from "../../core/redis/entry_id.ts";
import type { Store } from "../../core/redis/store.ts";
import type { TestedSpan } from "./span.ts";

/** What was committed on one lane, oldest first. */
export interface RecordedLane {
  readonly decisions: readonly Decision[];
  readonly fills: readonly Fill[];
  /** One for each decision. */
  readonly equity: readonly Equity[];
}

export interface RecordedRun {
  /** History and all live bars that were decided. */
  readonly feed: Feed;
  readonly span: TestedSpan;
  /** By symbol. */
  readonly lanes: ReadonlyMap<string, RecordedLane>;
  /** The last control of its account; null where nobody ever said that it may not trade. */
  readonly control: Control | null;
  /** What it was begun with; null of a run that was begun before this was kept. */
  readonly terms: RunTerms | null;
}

const PAGE = 2_000;

/** @param store Sees the run's archive too. @throws {RangeError} If it holds no run, or one that decided nothing. */
export async function readRun(
  store: Store,
  account: string,
  instruments: FeedFacts["instruments"] = [],
): Promise<RecordedRun> {
  const status = await store.get(feedStatus());
  if (status === null) throw new RangeError("Cannot replay a run as the database must hold one: it is empty");
  const { symbols, timeframe } = status;
  const series = new Map<string, BarSeriesBuilder>();
  const lanes = new Map<string, RecordedLane>();
  for (const symbol of symbols) {
    const decisions = await all(store, decisionStream(account, symbol));
    lanes.set(symbol, {
      decisions,
      fills: await all(store, fillStream(account, symbol)),
      equity: await all(store, equityStream(account, symbol)),
    });
    const lastMs = decisions.at(-1)?.barMs ?? -1;
    const bars = new BarSeriesBuilder();
    for (const { bar } of await all(store, barStream(symbol, timeframe))) {
      if (bar.openTimeMs <= lastMs) bars.append(bar as Bar);
    }
    series.set(symbol, bars);
  }
  const decided = [...lanes.values()].flatMap(({ decisions }) => decisions.map(({ barMs }) => barMs));
  if (decided.length === 0) {
    throw new RangeError(
      `Cannot replay the run of ${status.feed} as account ${account} must have decided: it has not`,
    );
  }
  if (
    [...lanes.values()].some(({ decisions }) => decisions.some(({ outside }) => outside?.venue !== undefined))
  ) {
    throw new RangeError(
      `Cannot replay the run of ${status.feed} as it must have traded on paper: account ${account} traded at a venue, whose ` +
        "executions no bar tells",
    );
  }
  const [fromMs, toMs] = [decided.reduce((a, b) => Math.min(a, b)), decided.reduce((a, b) => Math.max(a, b))];
  return {
    feed: feedOf({ name: status.feed, note: status.note, timeframe }, series, { instruments }),
    span: { fromMs, toMs, trainUntilMs: fromMs },
    lanes,
    control: await store.get(controlDocument(account)),
    terms: await store.get(runTerms()),
  };
}

async function all<T>(store: Store, stream: Stream<T>): Promise<T[]> {
  const values: T[] = [];
  let after = BEFORE_FIRST;
  for (;;) {
    const page = await store.range(stream, { after, count: PAGE });
    for (const { value } of page) values.push(value);
    if (page.length < PAGE) return values;
    after = page[page.length - 1]!.id;
  }
}
