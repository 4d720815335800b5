/** Reads a lane's past for pages that look back, from Redis and from the archive behind it. Never reads beyond the bar that it is
 * asked for. Reads only. */
import type { Stream } from "../../services/core/contracts/define.ts";
import type { Fill } from "../../services/core/contracts/lane.ts";
import { rewardStream } from "../../services/core/contracts/learning.ts";
import type { Entry, Span, Store } from "../../services/core/redis/store.ts";
import { markOf } from "../live/decision_mark.ts";
import {
  decisionRow,
  equityPoint,
  type LaneStreams,
  laneStreams,
  reasonsOf,
  shownFill,
} from "../live/lane_streams.ts";
import type { DecisionRow, LaneSeries } from "../live/messages.ts";
import type { Frame } from "./frame.ts";

export interface LaneName {
  readonly account: string;
  readonly symbol: string;
  readonly timeframe: string;
}

/** A decided bar, and the ones beside it. */
export interface BarPlace {
  readonly barMs: number;
  readonly previousMs: number | null;
  readonly nextMs: number | null;
}

/** Ids of a bar's fills are numbered from 0. */
const LAST_OF_BAR = "-9007199254740991";
/** Entries that are read at once of a long span. */
const CHUNK = 1_000;

export class LaneArchive {
  readonly #store: Store;
  readonly #streams: LaneStreams;
  readonly #rewards;

  constructor(store: Store, { account, symbol, timeframe }: LaneName) {
    this.#store = store;
    this.#streams = laneStreams(account, symbol, timeframe);
    this.#rewards = rewardStream(account, symbol);
  }

  /** The last `count` bars up to one, that one included, with what was decided and executed on them. */
  async through(throughMs: number, count: number): Promise<Omit<LaneSeries, "series">> {
    const bars = (await this.#before(this.#streams.bars, throughMs, count)).map(({ value }) => value.bar);
    const span = { from: `${bars[0]?.openTimeMs ?? throughMs}-0`, to: `${throughMs}${LAST_OF_BAR}` };
    const [decisions, fills, holes] = await Promise.all([
      this.#store.range(this.#streams.decisions, { ...span, count }),
      this.#store.range(this.#streams.trades, { ...span, count: 4 * count }),
      this.#store.range(this.#streams.holes, { ...span, count }),
    ]);
    return {
      bars,
      marks: decisions.map((entry) => markOf(decisionRow(entry))),
      trades: fills.map((entry) => shownFill(entry).trade),
      holes: holes.map(({ value }) => value),
    };
  }

  /** Up to `count` steps from a bar on, each with all that was known at its close. */
  async frames(fromMs: number, count: number): Promise<Frame[]> {
    const decisions = await this.#store.range(this.#streams.decisions, { from: `${fromMs}-0`, count });
    const [first, last] = [decisions[0], decisions.at(-1)];
    if (first === undefined || last === undefined) return [];
    const before = await this.#before(this.#streams.decisions, first.value.barMs - 1, 2);
    const path = [...before, ...decisions].map(({ value }) => value.barMs);
    const to = `${last.value.barMs}${LAST_OF_BAR}`;
    const span: Span = { from: first.id, to };
    const [bars, points, fills, reasons, rewards] = await Promise.all([
      this.#store.range(this.#streams.bars, span),
      this.#store.range(this.#streams.points, span),
      this.#store.range(this.#streams.trades, span),
      this.#store.range(this.#streams.reasons, span),
      this.#store.range(this.#rewards, { from: `${path[0]}-0`, to }),
    ]);
    const barOf = new Map(bars.map(({ id, value }) => [id, value.bar]));
    const pointOf = new Map(points.map((entry) => [entry.id, equityPoint(entry)]));
    const reasonsAt = new Map(reasons.map((entry) => [entry.id, reasonsOf(entry)]));
    const rewardOf = new Map(rewards.map(({ id, value }) => [id, value]));
    const fillsOf = Map.groupBy(fills.map((entry) => shownFill(entry).trade), ({ barMs }) => barMs);
    return decisions.flatMap((entry, index) => {
      const { id, value } = entry;
      const bar = barOf.get(id);
      if (bar === undefined) return []; // a bar that was not stored cannot be shown
      const settledMs = path[index + before.length - 2];
      const settled = rewardOf.get(`${settledMs}-0`);
      return [{
        bar,
        decision: decisionRow(entry),
        state: [...value.state],
        point: pointOf.get(id) ?? null,
        trades: fillsOf.get(value.barMs) ?? [],
        reasons: reasonsAt.get(id) ?? null,
        outcome: rewardOf.get(id) ?? null,
        settled: settledMs === undefined || settled === undefined
          ? null
          : { barMs: settledMs, outcome: settled },
      }];
    });
  }

  /** The first and the last decided bar; null before there is one. */
  async extent(): Promise<{ firstMs: number; lastMs: number } | null> {
    const [[first], [last]] = await Promise.all([
      this.#store.range(this.#streams.decisions, { count: 1 }),
      this.#store.newest(this.#streams.decisions, 1),
    ]);
    if (first === undefined || last === undefined) return null;
    return { firstMs: first.value.barMs, lastMs: last.value.barMs };
  }

  /** The decided bar at or before a time, and its neighbours; null before the first. */
  async place(atMs: number): Promise<BarPlace | null> {
    const [found, previous] = (await this.#before(this.#streams.decisions, atMs, 2)).reverse();
    if (found === undefined) return null;
    const after = `${found.value.barMs}${LAST_OF_BAR}`;
    const [next] = await this.#store.range(this.#streams.decisions, { after, count: 1 });
    return {
      barMs: found.value.barMs,
      previousMs: previous?.value.barMs ?? null,
      nextMs: next?.value.barMs ?? null,
    };
  }

  /** Decisions before a bar, newest first. */
  async decisionsBefore(beforeMs: number, count: number): Promise<DecisionRow[]> {
    return (await this.#before(this.#streams.decisions, beforeMs - 1, count)).map(decisionRow).reverse();
  }

  /** Every decision in a span, oldest first, in chunks: a long past does not have to fit into memory. */
  async *decisions(fromMs: number, toMs: number): AsyncGenerator<DecisionRow[]> {
    for await (const entries of this.#chunks(this.#streams.decisions, fromMs, toMs)) {
      yield entries.map(decisionRow);
    }
  }

  /** Every fill in a span, as {@link decisions} gives decisions. */
  fills(fromMs: number, toMs: number): AsyncGenerator<Entry<Fill>[]> {
    return this.#chunks(this.#streams.trades, fromMs, toMs);
  }

  async *#chunks<T>(stream: Stream<T>, fromMs: number, toMs: number): AsyncGenerator<Entry<T>[]> {
    let span: Span = { from: `${fromMs}-0`, to: `${toMs}${LAST_OF_BAR}`, count: CHUNK };
    for (;;) {
      const entries = await this.#store.range(stream, span);
      if (entries.length > 0) yield entries;
      if (entries.length < CHUNK) return;
      span = { after: entries.at(-1)!.id, to: span.to!, count: CHUNK };
    }
  }

  /** The last `count` entries at or before a time, oldest first. Streams are read forwards: it looks back over growing spans. */
  async #before<T>(stream: Stream<T>, throughMs: number, count: number): Promise<Entry<T>[]> {
    const [newest] = await this.#store.newest(stream, 1);
    if (newest === undefined) return [];
    if (isAtOrBefore(newest, throughMs)) return await this.#store.newest(stream, count);
    const [first] = await this.#store.range(stream, { count: 1 });
    if (first === undefined || !isAtOrBefore(first, throughMs)) return [];
    const firstMs = msOf(first);
    const to = `${throughMs}${LAST_OF_BAR}`;
    // About as long as so many entries take, by the mean; twice as long while it holds too few.
    const meanMs = Math.max(1, (msOf(newest) - firstMs) / Math.max(1, await this.#store.length(stream)));
    for (let spanMs = meanMs * count * 1.5;; spanMs *= 2) {
      const fromMs = Math.max(firstMs, Math.floor(throughMs - spanMs));
      const entries = await this.#store.range(stream, { from: `${fromMs}-0`, to });
      if (entries.length >= count || fromMs === firstMs) return entries.slice(-count);
    }
  }
}

function msOf({ id }: Entry): number {
  return Number(id.split("-")[0]);
}

function isAtOrBefore(entry: Entry, ms: number): boolean {
  return msOf(entry) <= ms;
}
