/** All that the pages show, as the readers last saw it; shared by every page. Pure: knows neither Redis nor HTTP. */
import type { PageSettings } from "../page_settings.ts";
import { emptySeries } from "./equity_series.ts";
import { LaneHistory } from "./lane_history.ts";
import type { PageView, SharedView, Snapshot } from "./messages.ts";

/** What a page asks for. */
export interface PageNeeds {
  /** Parts of the shared view. */
  readonly parts: readonly (keyof SharedView)[];
  /** The lane's series and trades too. */
  readonly followsLane: boolean;
}

export class DashboardState {
  /** Names the client bundle that this server serves. */
  readonly build: string;
  readonly #shared: SharedView;
  readonly #versions = new Map<keyof SharedView, number>();
  readonly #lanes = new Map<string, LaneHistory>();
  /** What a page shows while its symbol is not known. */
  readonly #noLane = new LaneHistory("");

  constructor(build: string, shared: SharedView) {
    this.build = build;
    this.#shared = shared;
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
    if (!this.knows(symbol)) return this.#noLane;
    const lane = new LaneHistory(symbol);
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
    return {
      build: this.build,
      serverMs: nowMs,
      shared: this.pick(parts),
      lane: this.lane(this.resolve(asked)).view(nowMs),
    };
  }

  snapshot(needs: PageNeeds, asked: string | null, nowMs: number): Snapshot {
    const { series, trades } = this.lane(this.resolve(asked));
    const followed = needs.followsLane ? { series, trades } : { series: emptySeries(), trades: [] };
    return { kind: "snapshot", ...this.page(needs, asked, nowMs), ...followed };
  }

  /** Some parts of the shared view. */
  pick(parts: readonly (keyof SharedView)[]): Partial<SharedView> {
    return Object.fromEntries(parts.map((part) => [part, this.#shared[part]]));
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
  };
}
