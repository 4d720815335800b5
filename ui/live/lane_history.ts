/** What the page shows of one lane, in bounded memory: the thinned equity series, the newest decisions and trades. Pure. */
import { appendPoint, emptySeries, type SeriesColumns } from "./equity_series.ts";
import { type DecisionRow, type EquityPoint, type LaneView, LIMITS, type Trade } from "./messages.ts";

const RATE_WINDOW_MS = 5_000;

export class LaneHistory {
  readonly symbol: string;
  /** Grows when the lane starts anew; what was sent before it is void. */
  epoch = 0;
  /** Grows with every change that `view()` shows. */
  version = 0;
  series: SeriesColumns = emptySeries();
  trades: Trade[] = [];
  tradeCount = 0;
  #latest: EquityPoint | null = null;
  #first: EquityPoint | null = null;
  #maxDrawdown = 0;
  /** The newest points unthinned, for deltas. */
  #recent: EquityPoint[] = [];
  #decisions: DecisionRow[] = [];
  #arrivals: { atMs: number; count: number }[] = [];

  constructor(symbol: string) {
    this.symbol = symbol;
  }

  /** Forgets everything: the lane's streams begin anew. */
  clear(): void {
    this.epoch++;
    this.version++;
    this.series = emptySeries();
    this.trades = [];
    this.tradeCount = 0;
    this.#latest = null;
    this.#first = null;
    this.#maxDrawdown = 0;
    this.#recent = [];
    this.#decisions = [];
    this.#arrivals = [];
  }

  addPoints(points: readonly EquityPoint[]): void {
    for (const point of points) {
      appendPoint(this.series, point, LIMITS.points);
      this.#first ??= point;
      this.#maxDrawdown = Math.max(this.#maxDrawdown, point.drawdown);
      this.#latest = point;
    }
    this.#recent = [...this.#recent, ...points].slice(-LIMITS.points);
    this.version++;
  }

  addTrades(trades: readonly Trade[]): void {
    this.trades = [...this.trades, ...trades].slice(-LIMITS.trades);
    this.tradeCount += trades.length;
    this.version++;
  }

  /** @param rows Oldest first.  @param atMs When they arrived; null for history, which says nothing of the rate. */
  addDecisions(rows: readonly DecisionRow[], atMs: number | null): void {
    this.#decisions = [...rows.slice(-LIMITS.decisions).reverse(), ...this.#decisions].slice(
      0,
      LIMITS.decisions,
    );
    if (atMs !== null) this.#arrivals.push({ atMs, count: rows.length });
    this.version++;
  }

  /** The points after the first `count`; null if some of them are no longer held. */
  pointsAfter(count: number): EquityPoint[] | null {
    const missing = this.series.count - count;
    if (missing < 0 || missing > this.#recent.length) return null;
    return missing === 0 ? [] : this.#recent.slice(-missing);
  }

  /** The trades after the first `count`; null if some of them are no longer held. */
  tradesAfter(count: number): Trade[] | null {
    const missing = this.tradeCount - count;
    if (missing < 0 || missing > this.trades.length) return null;
    return missing === 0 ? [] : this.trades.slice(-missing);
  }

  view(nowMs: number): LaneView {
    return {
      symbol: this.symbol,
      latest: this.#latest,
      startedMs: this.#first?.barMs ?? null,
      startEquity: this.#first?.equity ?? null,
      bars: this.series.count,
      maxDrawdown: this.#maxDrawdown,
      decisions: this.#decisions,
      decisionsPerSecond: this.#rate(nowMs),
      tradeCount: this.tradeCount,
    };
  }

  /** Decisions a second over the last 5 s, to one decimal. */
  #rate(nowMs: number): number {
    this.#arrivals = this.#arrivals.filter(({ atMs }) => nowMs - atMs < RATE_WINDOW_MS);
    const count = this.#arrivals.reduce((sum, arrival) => sum + arrival.count, 0);
    return Math.round(count * 10_000 / RATE_WINDOW_MS) / 10;
  }
}
