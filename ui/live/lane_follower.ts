/** Follows the streams of every lane of the feed with one reader for all pages. */
import type { Stream } from "../../services/core/contracts/define.ts";
import { BEFORE_FIRST, compareEntryIds, parseEntryId } from "../../services/core/redis/entry_id.ts";
import { type Entry, isEntryOf, type Store } from "../../services/core/redis/store.ts";
import type { Clock } from "../../services/core/runtime/clock.ts";
import type { DashboardState } from "./dashboard_state.ts";
import type { LaneHistory } from "./lane_history.ts";
import {
  decisionRow,
  equityPoint,
  type LaneStreams,
  laneStreams,
  reasonsOf,
  shownFill,
} from "./lane_streams.ts";
import { barsKept, LIMITS } from "./messages.ts";

const PAGE = 1_000;
const BLOCK_MS = 1_000;
const NO_FEED_MS = 100;
/** Reasons that are looked at before the first new one comes. */
const REASONS = 64;

interface Followed {
  readonly lane: LaneHistory;
  readonly streams: LaneStreams;
}

export class LaneFollower {
  readonly #store: Store;
  readonly #state: DashboardState;
  readonly #clock: Clock;
  readonly #account: string;
  readonly #followed = new Map<string, Followed>();
  #positions = new Map<Stream<unknown>, string>();
  #liveBars = 0;

  constructor(parts: { store: Store; state: DashboardState; clock: Clock; account: string }) {
    this.#store = parts.store;
    this.#state = parts.state;
    this.#clock = parts.clock;
    this.#account = parts.account;
  }

  /** Follows until `signal` aborts. @throws Whatever the store does. */
  async run(signal: AbortSignal): Promise<void> {
    this.#followed.clear();
    this.#positions.clear();
    await using reader = this.#store.openReader();
    while (!signal.aborted) {
      await this.#followFeed();
      if (this.#positions.size === 0) {
        await this.#clock.wait(NO_FEED_MS, signal);
        continue;
      }
      const blockMs = this.#state.isCaughtUp ? BLOCK_MS : 0;
      const page = await reader.read(this.#positions, { count: PAGE, blockMs, signal });
      const bySource = Map.groupBy(page.entries, ({ stream }) => stream.key);
      for (const followed of this.#followed.values()) this.#show(followed, bySource);
      this.#positions = page.positions;
      if (page.entries.length > 0) continue;
      if (this.#state.isCaughtUp) await this.#noticeNewRun();
      this.#state.isCaughtUp = true;
    }
  }

  /** Takes up the feed's new symbols and drops those it no longer has. */
  async #followFeed(): Promise<void> {
    const { symbols = [], liveBars = 0, timeframe = "1d" } = this.#state.shared.feed ?? {};
    if (liveBars < this.#liveBars) this.#followed.clear(); // another run: what was read is not its history
    this.#liveBars = liveBars;
    for (const [symbol, { streams }] of this.#followed) {
      if (symbols.includes(symbol)) continue;
      for (const stream of Object.values(streams)) this.#positions.delete(stream);
      this.#followed.delete(symbol);
    }
    if (this.#followed.size === 0) this.#positions.clear();
    this.#state.keepLanes(symbols);
    for (const symbol of symbols) {
      if (this.#followed.has(symbol)) continue;
      const followed = {
        lane: this.#state.lane(symbol),
        streams: laneStreams(this.#account, symbol, timeframe),
      };
      this.#followed.set(symbol, followed);
      await this.#fromStart(followed, symbols.length);
    }
  }

  /** Equity and fills are read from the start; of the others, only the newest are shown. */
  async #fromStart({ lane, streams }: Followed, lanes: number): Promise<void> {
    const { bars, points, trades, decisions, reasons, holes } = streams;
    const kept = barsKept(lanes);
    const [newBars, newDecisions, newReasons, newHoles] = await Promise.all([
      this.#store.newest(bars, kept),
      this.#store.newest(decisions, kept),
      this.#store.newest(reasons, Math.min(REASONS, kept)),
      this.#store.newest(holes, LIMITS.holes),
    ]);
    lane.clear();
    lane.startsLate("bars", "decisions", "reasons", "holes");
    lane.addBars(newBars.map(({ value }) => value.bar));
    lane.addDecisions(newDecisions.map(decisionRow), null);
    lane.addReasons(newReasons.map(reasonsOf));
    lane.addHoles(newHoles.map(({ value }) => value));
    this.#positions.set(points, BEFORE_FIRST);
    this.#positions.set(trades, BEFORE_FIRST);
    this.#positions.set(bars, newBars.at(-1)?.id ?? BEFORE_FIRST);
    this.#positions.set(decisions, newDecisions.at(-1)?.id ?? BEFORE_FIRST);
    this.#positions.set(reasons, newReasons.at(-1)?.id ?? BEFORE_FIRST);
    this.#positions.set(holes, newHoles.at(-1)?.id ?? BEFORE_FIRST);
  }

  #show({ lane, streams }: Followed, bySource: ReadonlyMap<string, Entry[]>): void {
    const read = <T>(stream: Stream<T>): Entry<T>[] =>
      (bySource.get(stream.key) ?? []).filter((entry) => isEntryOf(entry, stream));
    const found = {
      bars: read(streams.bars),
      points: read(streams.points),
      trades: read(streams.trades),
      decisions: read(streams.decisions),
      reasons: read(streams.reasons),
      holes: read(streams.holes),
    };
    if (found.bars.length > 0) lane.addBars(found.bars.map(({ value }) => value.bar));
    if (found.points.length > 0) lane.addPoints(found.points.map(equityPoint));
    if (found.trades.length > 0) lane.addFills(found.trades.map(shownFill));
    if (found.decisions.length > 0) {
      lane.addDecisions(found.decisions.map(decisionRow), this.#clock.nowMs());
      this.#state.set("strategy", found.decisions.at(-1)!.value.strategy);
    }
    if (found.reasons.length > 0) lane.addReasons(found.reasons.map(reasonsOf));
    if (found.holes.length > 0) lane.addHoles(found.holes.map(({ value }) => value));
  }

  /** Ids are bars, so a run that begins anew lies behind the positions and would not be seen. */
  async #noticeNewRun(): Promise<void> {
    for (const followed of this.#followed.values()) {
      const { points } = followed.streams;
      const position = this.#positions.get(points) ?? BEFORE_FIRST;
      if (position === BEFORE_FIRST) continue;
      const [newest] = await this.#store.newest(points, 1);
      const id = newest?.id ?? BEFORE_FIRST;
      if (compareEntryIds(parseEntryId(id), parseEntryId(position)) < 0) {
        await this.#fromStart(followed, this.#followed.size);
      }
    }
  }
}
