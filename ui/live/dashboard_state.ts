/** All that the pages show, as the readers last saw it; shared by every page. Pure: knows neither Redis nor HTTP. */
import type { CalendarKind } from "../../services/core/config/instruments_config.ts";
import type { PageSettings } from "../page_settings.ts";
import { type Cursor, formatCursor } from "./cursor.ts";
import { emptySeries } from "./equity_series.ts";
import { LaneHistory } from "./lane_history.ts";
import {
  barsKept,
  type Delta,
  LIMITS,
  type OverviewRow,
  type PageView,
  type SharedView,
  type Snapshot,
} from "./messages.ts";

/** What a page asks for. */
export interface PageNeeds {
  /** Parts of the shared view. */
  readonly parts: readonly (keyof SharedView)[];
  /** The lane's series and trades too. */
  readonly followsLane: boolean;
}

export type CalendarOf = (symbol: string) => CalendarKind;

/** Of a lane, a page that follows none is told nothing. */
const NO_SERIES = { series: emptySeries(), trades: [], bars: [], marks: [], holes: [] };

export class DashboardState {
  /** Names the client bundle that this server serves. */
  readonly build: string;
  /** Everything that was there at the start has been read once. */
  isCaughtUp = false;
  readonly #shared: SharedView;
  readonly #versions = new Map<keyof SharedView, number>();
  readonly #lanes = new Map<string, LaneHistory>();
  /** What a page shows while its symbol is not known. */
  readonly #noLane = new LaneHistory("", { calendar: "24x7", timeframe: "1d", bars: 1 });

  readonly #calendarOf: CalendarOf;

  /** @param calendarOf Says when a symbol's market is open, to bring figures to a year. */
  constructor(build: string, shared: SharedView, calendarOf: CalendarOf = () => "from-data") {
    this.build = build;
    this.#shared = shared;
    this.#calendarOf = calendarOf;
  }

  get shared(): Readonly<SharedView> {
    return this.#shared;
  }

  /** Replaces one part; nothing happens if it is equal. */
  set<K extends keyof SharedView>(part: K, value: SharedView[K]): void {
    if (JSON.stringify(this.#shared[part]) === JSON.stringify(value)) return;
    this.#shared[part] = value;
    this.#versions.set(part, this.versionOf(part) + 1);
  }

  versionOf(part: keyof SharedView): number {
    return this.#versions.get(part) ?? 0;
  }

  /** The lane of a symbol of the feed. Only those symbols get one, so that no address can fill the memory. */
  lane(symbol: string): LaneHistory {
    const found = this.#lanes.get(symbol);
    if (found !== undefined) return found;
    const { feed } = this.#shared;
    if (feed === null || !this.knows(symbol)) return this.#noLane;
    const lane = new LaneHistory(symbol, {
      calendar: this.#calendarOf(symbol),
      timeframe: feed.timeframe,
      bars: barsKept(feed.symbols.length),
    });
    this.#lanes.set(symbol, lane);
    return lane;
  }

  /** Drops the lanes that the feed no longer has. */
  keepLanes(symbols: readonly string[]): void {
    for (const symbol of this.#lanes.keys()) if (!symbols.includes(symbol)) this.#lanes.delete(symbol);
  }

  knows(symbol: string): boolean {
    return this.#shared.feed?.symbols.includes(symbol) ?? false;
  }

  /** The symbol that a page shows: the one it asked for, or else the feed's first; "" while there is no feed. */
  resolve(asked: string | null): string {
    if (asked !== null && this.knows(asked)) return asked;
    return this.#shared.feed?.symbols[0] ?? "";
  }

  page({ parts }: PageNeeds, asked: string | null, nowMs: number): PageView {
    const lane = this.lane(this.resolve(asked));
    return {
      build: this.build,
      serverMs: nowMs,
      shared: this.pick(parts),
      lane: lane.view(nowMs),
      recent: lane.recent(),
    };
  }

  snapshot(needs: PageNeeds, asked: string | null, nowMs: number): Snapshot {
    const series = needs.followsLane ? this.lane(this.resolve(asked)).charts() : NO_SERIES;
    return { kind: "snapshot", ...this.page(needs, asked, nowMs), ...series };
  }

  /** What a page that has heard up to a cursor has to be told; null if that can no longer be told. */
  resume(needs: PageNeeds, asked: string | null, heard: Cursor, nowMs: number): Delta | null {
    const lane = this.lane(this.resolve(asked));
    const news = needs.followsLane ? lane.after(heard.ids) : {};
    if (news === null || heard.runId !== this.#runId() || heard.symbol !== lane.symbol) return null;
    return {
      kind: "delta",
      serverMs: nowMs,
      after: formatCursor(heard),
      build: this.build,
      shared: this.pick(needs.parts),
      lane: lane.view(nowMs),
      ...news,
    };
  }

  /** Up to where a page of this lane has heard once it has been told everything. */
  cursor(asked: string | null): Cursor {
    const lane = this.lane(this.resolve(asked));
    return { runId: this.#runId(), symbol: lane.symbol, ids: lane.lastIds() };
  }

  /** Some parts of the shared view. */
  pick(parts: readonly (keyof SharedView)[]): Partial<SharedView> {
    return Object.fromEntries(parts.map((part) => [part, this.#shared[part]]));
  }

  /** Every lane in a line. */
  overview(): OverviewRow[] {
    const symbols = this.#shared.feed?.symbols ?? [];
    return symbols.slice(0, LIMITS.overview).map((symbol) => this.lane(symbol).overview());
  }

  #runId(): string {
    return this.#shared.feed?.runId ?? "";
  }
}

/** The view before anything has been read. */
export function emptyShared(nowMs: number, settings: PageSettings): SharedView {
  return {
    settings,
    redis: { state: "connecting", sinceMs: nowMs },
    strategy: settings.strategy,
    feed: null,
    setup: [],
    processes: [],
    model: { current: null, metadata: null, events: [] },
    learning: [],
    quarantine: { count: 0, last: [] },
    learningCurve: { count: 0, stride: 1, points: [], recent: [] },
    models: { current: null, gate: null, hold: null, holdAnswer: null, shadow: null, rows: [] },
    system: {
      stepMs: null,
      control: null,
      leases: [],
      streams: [],
      furtherSymbols: 0,
      memory: null,
      archiveBudgetMb: null,
    },
    quarantined: [],
    log: [],
    overview: [],
  };
}
