/** What the UI server tells its pages: one file, shared by server and browser, so that both mean the same.
 * Types only cross from the contracts: the browser carries no schema library, and the server has checked every entry. */
import type { FeedStatus } from "../../services/core/contracts/feed_status.ts";
import type { Decision } from "../../services/core/contracts/lane.ts";
import type { LearningMetrics } from "../../services/core/contracts/learning.ts";
import type { CurrentModel, ModelEvent, ModelMetadata } from "../../services/core/contracts/model.ts";
import type { Heartbeat, Quarantined, SetupStep } from "../../services/core/contracts/system.ts";
import type { PageSettings } from "../page_settings.ts";
import type { SeriesColumns } from "./equity_series.ts";
import type { LearningCurve, LogRow, ModelsView, QuarantineRow, SystemView } from "./run_views.ts";

/** How many entries the page shows; the server keeps no more. */
export const LIMITS = {
  decisions: 12,
  trades: 500,
  points: 5_000,
  modelEvents: 6,
  learningPoints: 120,
  quarantined: 5,
} as const;

/** An empty delta is sent this often; a page that hears nothing for `STALE_MS` says so. */
export const BEAT_MS = 2_000;
export const STALE_MS = 6_000;

/** Heartbeats come once a second. */
export const LATE_MS = 2_500;
export const GONE_MS = 5_000;

/** A lane marked at a bar's close. */
export interface EquityPoint {
  barMs: number;
  equity: number;
  buyAndHold: number;
  /** Signed market value of the position over equity. */
  position: number;
  drawdown: number;
}

/** One executed order; numbers for display only. */
export interface Trade {
  /** `<barMs>-<n>`, the fill's entry id. */
  id: string;
  barMs: number;
  side: "buy" | "sell";
  quantity: number;
  price: number;
  fee: number;
}

/** A decision without its state vector. */
export type DecisionRow = Omit<Decision, "state" | "laneAccount" | "account">;

export interface ModelView {
  current: CurrentModel | null;
  metadata: ModelMetadata | null;
  /** Newest first. */
  events: ModelEvent[];
}

export interface LearningPoint extends LearningMetrics {
  id: string;
}

/** What is the same for every symbol. */
export interface SharedView {
  settings: PageSettings;
  /** `lost` since a server time when Redis does not answer. */
  redis: { state: "connecting" | "connected" | "lost"; sinceMs: number };
  strategy: string;
  feed: FeedStatus | null;
  /** In their order. */
  setup: ({ name: string } & SetupStep)[];
  processes: Heartbeat[];
  model: ModelView;
  learning: LearningPoint[];
  quarantine: { count: number; last: Quarantined[] };
  learningCurve: LearningCurve;
  models: ModelsView;
  system: SystemView;
  /** Newest first, as is the log. */
  quarantined: QuarantineRow[];
  log: LogRow[];
}

/** What belongs to one symbol. */
export interface LaneView {
  symbol: string;
  latest: EquityPoint | null;
  startedMs: number | null;
  /** Equity at the lane's first close. */
  startEquity: number | null;
  bars: number;
  maxDrawdown: number;
  /** Newest first. */
  decisions: DecisionRow[];
  decisionsPerSecond: number;
  tradeCount: number;
}

/** A page as the navigation names it. */
export interface PageLink {
  path: string;
  name: string;
  /** The letter after `g` that leads there. */
  key: string;
}

/** Everything but the series: also what the server renders into the first page. */
export interface PageView {
  /** Names the client bundle: a page from another build reloads itself. */
  build: string;
  serverMs: number;
  /** The parts that this page asked for. */
  shared: Partial<SharedView>;
  lane: LaneView;
}

/** What the document of a page holds: its view, and where it stands among the others. */
export interface DocumentView extends PageView {
  /** Path of this page in `pages`. */
  page: string;
  pages: readonly PageLink[];
  /** It shows one symbol. */
  followsLane: boolean;
}

/** The whole state: the first message of every connection. So a reconnect leaves no gap and doubles nothing, and no
 * event needs an id to resume from. */
export interface Snapshot extends PageView {
  kind: "snapshot";
  series: SeriesColumns;
  trades: Trade[];
}

/** What changed since the message before. */
export interface Delta {
  kind: "delta";
  serverMs: number;
  shared?: Partial<SharedView>;
  lane?: Partial<LaneView>;
  /** Points before `points`: a page that holds another number has missed something and reconnects. */
  from: number;
  points: EquityPoint[];
  trades: Trade[];
}

export type LiveMessage = Snapshot | Delta;
