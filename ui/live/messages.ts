/** What the UI server tells its pages: one file, shared by server and browser, so that both mean the same.
 * Types only cross from the contracts: the browser carries no schema library, and the server has checked every entry. */
import type { Attribution } from "../../services/core/contracts/attribution.ts";
import type { Bar } from "../../services/core/contracts/bar.ts";
import type { FeedStatus } from "../../services/core/contracts/feed_status.ts";
import type { Decision, Fill } from "../../services/core/contracts/lane.ts";
import type { LearningMetrics } from "../../services/core/contracts/learning.ts";
import type { CurrentModel, ModelEvent, ModelMetadata } from "../../services/core/contracts/model.ts";
import type { Heartbeat, Quarantined, SetupStep } from "../../services/core/contracts/system.ts";
import type { MissingBars } from "../../services/core/contracts/missing_bars.ts";
import type { Performance } from "../../services/core/metrics/performance.ts";
import type { PageSettings } from "../page_settings.ts";
import type { DecisionMark } from "./decision_mark.ts";
import type { SeriesColumns } from "./equity_series.ts";
import type { LearningCurve, LogRow, ModelsView, QuarantineRow, SystemView } from "./run_views.ts";

/** How many entries the page shows; the server keeps no more. */
export const LIMITS = {
  decisions: 12,
  trades: 500,
  points: 5_000,
  holes: 200,
  modelEvents: 6,
  learningPoints: 120,
  quarantined: 5,
  /** Symbols in the overview. */
  overview: 250,
} as const;

/** Bars and decisions of a lane that a page starts with; fewer where there are many lanes. */
export function barsKept(lanes: number): number {
  return Math.max(60, Math.min(1_000, Math.floor(100_000 / Math.max(1, lanes))));
}

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
  /** Shares of the peaks so far, in [0, 1]. */
  drawdown: number;
  holdDrawdown: number;
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
  reason: Fill["reason"];
  liquidity: Fill["liquidity"];
}

/** A decision without its state vector. */
export type DecisionRow = Omit<Decision, "state" | "account">;

/** Why a decision beat its runner-up; `weights` as plain numbers. */
export interface Reasons extends Omit<Attribution, "weights"> {
  barMs: number;
  weights: number[];
}

/** What a lane's curve and trades were worth so far. */
export interface LaneStatistics {
  barsPerYear: number;
  /** Null before the second bar. */
  agent: Performance | null;
  hold: Performance | null;
  /** Value of all trades over the mean equity, a year; null before the second bar. */
  turnover: number | null;
  /** Mean absolute position, as a share of equity; null before the first bar. */
  exposure: number | null;
  /** Trades from flat to flat that have ended, and the share of them that gained, net of fees; null where none has. */
  trades: number;
  hitRate: number | null;
  /** In the quote currency. */
  fees: number;
}

/** A lane in a line. */
export interface OverviewRow {
  symbol: string;
  latest: EquityPoint | null;
  startEquity: number | null;
  /** Of the last decision. */
  action: string | null;
  outcome: string | null;
  close: number | null;
}

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
  /** In the feed's order, the first of them where there are very many. */
  overview: OverviewRow[];
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
  decisionsPerSecond: number;
  tradeCount: number;
  statistics: LaneStatistics;
}

/** The lane's newest decisions and the reasons of some of them, both newest first. */
export interface RecentDecisions {
  decisions: DecisionRow[];
  reasons: Reasons[];
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
  recent: RecentDecisions;
}

/** What the document of a page holds: its view, and where it stands among the others. */
export interface DocumentView extends PageView {
  /** Path of this page in `pages`. */
  page: string;
  pages: readonly PageLink[];
}

/** What charts draw of a lane, oldest first. */
export interface LaneSeries {
  series: SeriesColumns;
  trades: Trade[];
  bars: Bar[];
  marks: DecisionMark[];
  holes: MissingBars[];
}

/** The whole state: the first message of a connection that cannot go on from where another ended. */
export interface Snapshot extends PageView, LaneSeries {
  kind: "snapshot";
}

/** What changed since the event whose id is `after`; a page that heard another one last has missed something. */
export interface Delta {
  kind: "delta";
  serverMs: number;
  after: string;
  /** Said where a connection goes on, as another server may have taken over. */
  build?: string;
  shared?: Partial<SharedView>;
  lane?: Partial<LaneView>;
  /** New entries, oldest first; absent on a page that follows no lane. */
  points?: EquityPoint[];
  trades?: Trade[];
  bars?: Bar[];
  decisions?: DecisionRow[];
  reasons?: Reasons[];
  holes?: MissingBars[];
}

export type LiveMessage = Snapshot | Delta;
