/** What the pages Learning, Models and System show, as the server tells it. Types alone, shared by server and browser. */
import type { Control } from "../../services/core/contracts/control.ts";
import type { LearningMetrics } from "../../services/core/contracts/learning.ts";
import type {
  Confidence,
  CurrentModel,
  GateState,
  ModelEvent,
  ModelMetadata,
  ShadowDecision,
} from "../../services/core/contracts/model.ts";
import type { ModelHold, ModelHoldAnswer } from "../../services/core/contracts/model_hold.ts";
import type { LogLine, Quarantined } from "../../services/core/contracts/system.ts";

/** How much of each stream the pages hold. */
export const RUN_LIMITS = {
  /** Reports of the learner that a chart is made of; it shows at most so many points of them. */
  learningReports: 10_000,
  learningPoints: 512,
  recentReports: 100,
  modelEvents: 300,
  quarantined: 500,
  logLines: 500,
  /** Symbols whose streams are looked at; the page says how many there are beside. */
  symbols: 24,
} as const;

export interface LearningReport extends LearningMetrics {
  id: string;
}

export interface LearningCurve {
  /** Reports that are known. */
  count: number;
  /** Every so many of them is a point. */
  stride: number;
  /** Oldest first; the last one is always the newest report. */
  points: LearningReport[];
  /** The last reports, newest first. */
  recent: LearningReport[];
}

/** How sure a version says to be, and how often it was right. */
export type Reliability = Pick<Confidence, "ece" | "horizon" | "fittedOn" | "reliability">;

/** One verdict of the gate, with all that is stored of its version. */
export interface ModelRow extends ModelEvent {
  /** Of the event. */
  id: string;
  /** Null for a candidate that was refused before it was stored. */
  metadata: ModelMetadata | null;
  /** Null where nothing was fitted, or the bytes are gone. */
  reliability: Reliability | null;
}

export interface ShadowView {
  version: string;
  afterMs: number;
  /** Live bars that are wanted, and that it has decided so far. */
  wanted: number;
  bars: number;
  /** Decisions of all symbols, and how many of them differ from the champion's. */
  decisions: number;
  differing: number;
  /** Newest first. */
  last: Pick<ShadowDecision, "symbol" | "barMs" | "choice" | "reason" | "differs">[];
}

export interface ModelsView {
  current: CurrentModel | null;
  gate: GateState | null;
  hold: ModelHold | null;
  holdAnswer: ModelHoldAnswer | null;
  shadow: ShadowView | null;
  /** Newest first. */
  rows: ModelRow[];
}

export interface LeaseRow {
  symbol: string;
  /** Empty while nobody leads. */
  replica: string;
  token: number;
  expiresMs: number;
}

export interface StreamRow {
  symbol: string;
  name: string;
  key: string;
  reader: string;
  newest: string | null;
  /** When the page's server saw the newest entry for the first time; null where it was there before. */
  seenMs: number | null;
  done: string | null;
  waiting: number;
  usual: number;
  /** Entries, archived ones included, and how many of them lie in files. */
  entries: number;
  archived: number;
}

export interface MemoryView {
  usedBytes: number;
  peakBytes: number;
  limitBytes: number | null;
  policy: string;
  clients: number;
  version: string;
}

export interface SystemView {
  /** Length of a bar; null while there is no feed. */
  stepMs: number | null;
  /** Null where there is none: then the account trades. */
  control: Control | null;
  leases: LeaseRow[];
  streams: StreamRow[];
  /** Symbols of the feed that `streams` leaves out. */
  furtherSymbols: number;
  /** Null where the server may not be asked. */
  memory: MemoryView | null;
  /** What streams may take before the archive takes them over; null where everything stays in Redis. */
  archiveBudgetMb: number | null;
}

/** A quarantined entry with the rule that it broke. */
export interface QuarantineRow extends Quarantined {
  id: string;
  rule: string;
}

export interface LogRow extends LogLine {
  id: string;
}
