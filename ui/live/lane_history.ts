/** What the page shows of one lane, in bounded memory: the thinned equity series, the newest entries of its streams, and figures
 * that are counted as they come. Pure. */
import type { Bar } from "../../services/core/contracts/bar.ts";
import type { CalendarKind } from "../../services/core/config/instruments_config.ts";
import type { MissingBars } from "../../services/core/contracts/missing_bars.ts";
import type { Timeframe } from "../../services/core/contracts/symbol.ts";
import type { TrackName } from "./cursor.ts";
import { type DecisionMark, markOf } from "./decision_mark.ts";
import { appendPoint, emptySeries, type SeriesColumns } from "./equity_series.ts";
import { StatisticsCount } from "./lane_statistics.ts";
import {
  type DecisionRow,
  type EquityPoint,
  type LaneSeries,
  type LaneView,
  LIMITS,
  type OverviewRow,
  type Reasons,
  type RecentDecisions,
  type Trade,
} from "./messages.ts";
import { Track } from "./track.ts";

const RATE_WINDOW_MS = 5_000;
/** Whole decisions that are kept for pages that missed them. */
const KEPT_DECISIONS = 64;

export interface LaneParts {
  readonly calendar: CalendarKind;
  readonly timeframe: Timeframe;
  /** Bars and marks to keep. */
  readonly bars: number;
}

/** A fill as it is stored, beside how it is shown. */
export interface ShownFill {
  readonly trade: Trade;
  readonly quantity: string;
  readonly price: string;
  readonly fee: string;
}

/** A marked bar before its lane adds what only the whole curve tells. */
export type MarkedEquity = Omit<EquityPoint, "holdDrawdown"> & { readonly close?: number };

export class LaneHistory {
  readonly symbol: string;
  /** Grows when the lane starts anew; what was sent before it is void. */
  epoch = 0;
  /** Grows with every change. */
  version = 0;
  series: SeriesColumns = emptySeries();
  readonly #parts: LaneParts;
  #tracks: Tracks;
  #marks: Track<DecisionMark>;
  #statistics: StatisticsCount;
  #latest: EquityPoint | null = null;
  #first: EquityPoint | null = null;
  #close: number | null = null;
  #holdPeak = 0;
  #maxDrawdown = 0;
  #tradeCount = 0;
  #arrivals: { atMs: number; count: number }[] = [];

  constructor(symbol: string, parts: LaneParts) {
    this.symbol = symbol;
    this.#parts = parts;
    this.#tracks = tracksOf(parts);
    this.#marks = new Track(parts.bars);
    this.#statistics = new StatisticsCount(parts.calendar, parts.timeframe);
  }

  /** Forgets everything: the lane's streams begin anew. */
  clear(): void {
    this.epoch++;
    this.version++;
    this.series = emptySeries();
    this.#tracks = tracksOf(this.#parts);
    this.#marks = new Track(this.#parts.bars);
    this.#statistics = new StatisticsCount(this.#parts.calendar, this.#parts.timeframe);
    this.#latest = null;
    this.#first = null;
    this.#close = null;
    this.#holdPeak = 0;
    this.#maxDrawdown = 0;
    this.#tradeCount = 0;
    this.#arrivals = [];
  }

  /** Says that these streams are not read from their start. */
  startsLate(...names: TrackName[]): void {
    for (const name of names) this.#tracks[name].startsLate();
  }

  addPoints(marked: readonly MarkedEquity[]): void {
    for (const { close, ...rest } of marked) {
      this.#holdPeak = Math.max(this.#holdPeak, rest.buyAndHold);
      const point = { ...rest, holdDrawdown: this.#holdPeak > 0 ? 1 - rest.buyAndHold / this.#holdPeak : 0 };
      appendPoint(this.series, point, LIMITS.points);
      this.#tracks.points.add(`${point.barMs}-0`, point);
      this.#statistics.addPoint(point);
      this.#first ??= point;
      this.#maxDrawdown = Math.max(this.#maxDrawdown, point.drawdown);
      this.#latest = point;
      this.#close = close ?? this.#close;
    }
    this.version++;
  }

  addFills(fills: readonly ShownFill[]): void {
    for (const { trade, ...fill } of fills) {
      this.#tracks.trades.add(trade.id, trade);
      this.#statistics.addFill(fill);
    }
    this.#tradeCount += fills.length;
    this.version++;
  }

  addBars(bars: readonly Bar[]): void {
    for (const bar of bars) this.#tracks.bars.add(`${bar.openTimeMs}-0`, bar);
    this.version++;
  }

  /** @param rows Oldest first.  @param atMs When they arrived; null for history, which says nothing of the rate. */
  addDecisions(rows: readonly DecisionRow[], atMs: number | null): void {
    for (const row of rows) {
      this.#tracks.decisions.add(`${row.barMs}-0`, row);
      this.#marks.add(`${row.barMs}-0`, markOf(row));
    }
    if (atMs !== null) this.#arrivals.push({ atMs, count: rows.length });
    this.version++;
  }

  addReasons(reasons: readonly Reasons[]): void {
    for (const each of reasons) this.#tracks.reasons.add(`${each.barMs}-0`, each);
    this.version++;
  }

  addHoles(holes: readonly MissingBars[]): void {
    for (const hole of holes) this.#tracks.holes.add(`${hole.fromMs}-0`, hole);
    this.version++;
  }

  lastIds(): Record<TrackName, string> {
    const { bars, points, trades, decisions, reasons, holes } = this.#tracks;
    return {
      bars: bars.lastId,
      points: points.lastId,
      trades: trades.lastId,
      decisions: decisions.lastId,
      reasons: reasons.lastId,
      holes: holes.lastId,
    };
  }

  /** All that came after these ids; null if some of it is no longer held. */
  after(ids: Readonly<Record<TrackName, string>>): LaneNews | null {
    const news = {
      bars: this.#tracks.bars.after(ids.bars),
      points: this.#tracks.points.after(ids.points),
      trades: this.#tracks.trades.after(ids.trades),
      decisions: this.#tracks.decisions.after(ids.decisions),
      reasons: this.#tracks.reasons.after(ids.reasons),
      holes: this.#tracks.holes.after(ids.holes),
    };
    return Object.values(news).includes(null) ? null : news as LaneNews;
  }

  charts(): LaneSeries {
    const { trades, bars, holes } = this.#tracks;
    return {
      series: this.series,
      trades: trades.newest(),
      bars: bars.newest(),
      marks: this.#marks.newest(),
      holes: holes.newest(),
    };
  }

  recent(): RecentDecisions {
    const decisions = this.#tracks.decisions.newest(LIMITS.decisions).reverse();
    const reasons = decisions.map(({ barMs }) => this.#tracks.reasons.get(`${barMs}-0`));
    return { decisions, reasons: reasons.filter((each) => each !== undefined) };
  }

  view(nowMs: number): LaneView {
    return {
      symbol: this.symbol,
      latest: this.#latest,
      startedMs: this.#first?.barMs ?? null,
      startEquity: this.#first?.equity ?? null,
      bars: this.series.count,
      maxDrawdown: this.#maxDrawdown,
      decisionsPerSecond: this.#rate(nowMs),
      tradeCount: this.#tradeCount,
      statistics: this.#statistics.figures(),
    };
  }

  overview(): OverviewRow {
    const [decision] = this.#tracks.decisions.newest(1);
    return {
      symbol: this.symbol,
      latest: this.#latest,
      startEquity: this.#first?.equity ?? null,
      action: decision?.action ?? null,
      outcome: decision?.verdict.outcome ?? null,
      close: this.#close,
    };
  }

  /** Decisions a second over the last 5 s, to one decimal. */
  #rate(nowMs: number): number {
    this.#arrivals = this.#arrivals.filter(({ atMs }) => nowMs - atMs < RATE_WINDOW_MS);
    const count = this.#arrivals.reduce((sum, arrival) => sum + arrival.count, 0);
    return Math.round(count * 10_000 / RATE_WINDOW_MS) / 10;
  }
}

interface Tracks {
  readonly bars: Track<Bar>;
  readonly points: Track<EquityPoint>;
  readonly trades: Track<Trade>;
  readonly decisions: Track<DecisionRow>;
  readonly reasons: Track<Reasons>;
  readonly holes: Track<MissingBars>;
}

/** What each stream has brought since. */
export type LaneNews = { readonly [K in keyof Tracks]: Tracks[K] extends Track<infer T> ? T[] : never };

function tracksOf({ bars }: LaneParts): Tracks {
  return {
    bars: new Track(bars),
    points: new Track(LIMITS.points),
    trades: new Track(LIMITS.trades),
    decisions: new Track(KEPT_DECISIONS),
    reasons: new Track(KEPT_DECISIONS),
    holes: new Track(LIMITS.holes),
  };
}
