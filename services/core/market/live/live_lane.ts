/** One symbol of a market without an end: its bars in order and inspected, and when its source is asked again. */
import type { Bar } from "../../contracts/bar.ts";
import type { Hole, Reached } from "../market.ts";
import { BarSequence } from "./bar_sequence.ts";
import { LiveInspection, type LiveInspectionParts } from "./live_inspection.ts";
import type { Answer, RawBar } from "./live_source.ts";

export interface LiveLaneParts extends LiveInspectionParts {
  readonly stepMs: number;
  readonly gapDeadlineMs: number;
  readonly reached: Reached;
  /** Where to start asking if nothing was published. */
  readonly startMs: number;
}

/** Bars that wait for a hole or for decisions. */
const MOST_HELD = 1_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;
/** How many times a hole is asked for before its deadline. */
const ASKS_A_DEADLINE = 4;

export class LiveLane {
  readonly symbol: string;
  readonly sequence: BarSequence;
  readonly #parts: LiveLaneParts;
  readonly #inspection: LiveInspection;
  #bars: number;
  #askAtMs = 0;
  #retryMs = 0;
  /** Published live bars. */
  liveBars: number;

  constructor(parts: LiveLaneParts) {
    const { symbol, stepMs, gapDeadlineMs, reached, startMs } = parts;
    const inspection = new LiveInspection(parts);
    const expected = (afterMs: number, beforeMs: number) => inspection.expected(afterMs, beforeMs);
    this.symbol = symbol;
    this.sequence = new BarSequence(
      { stepMs, gapDeadlineMs, maxHeld: MOST_HELD, expected },
      reached,
      startMs,
    );
    this.#parts = parts;
    this.#inspection = inspection;
    this.#bars = reached.bars;
    this.liveBars = reached.liveBars;
    inspection.prime(reached.recent);
  }

  /** Bars that it has given, by this run and earlier ones. */
  get bars(): number {
    return this.#bars;
  }

  /** Whether a rule has halted it: it gives nothing any more. */
  get isHalted(): boolean {
    return this.#inspection.isHalted;
  }

  /** Takes a closed bar, in whatever order. */
  offer(raw: RawBar, nowMs: number): void {
    const bar = this.isHalted ? null : this.#inspection.sound(raw);
    const refusal = bar === null ? null : this.sequence.offer(bar, nowMs);
    if (refusal !== null) this.#inspection.refuse(bar!, refusal);
  }

  /** What is in order by now. @param room At most so many bars that came. */
  take(nowMs: number, room: number): { readonly bars: readonly Bar[]; readonly holes: readonly Hole[] } {
    const { bars, holes } = this.sequence.take(nowMs, room);
    const passed = bars.flatMap((bar) => this.#inspection.pass(bar));
    this.#bars += passed.length;
    return { bars: passed, holes };
  }

  /** When its source is asked, unless the next bar comes before. @param askAfterMs How long after a bar's end. */
  askDueMs(askAfterMs: number): number {
    const { sequence } = this;
    if (this.isHalted || sequence.isAsking || sequence.nextMs === null) return Infinity;
    if (sequence.hasGap) return this.#askAtMs;
    if (sequence.held > 0) return Infinity;
    return Math.max(this.#askAtMs, sequence.nextMs + this.#parts.stepMs + askAfterMs);
  }

  /** Takes what the source answered; null where it could not. Until there is progress, it is asked less and less often. */
  answered(answer: Answer | null, fromMs: number, untilMs: number, nowMs: number): void {
    const { sequence } = this;
    const before = sequence.held;
    for (const bar of answer?.bars ?? []) this.offer(bar, nowMs);
    sequence.answer(answer?.coveredMs ?? null);
    const isMore = answer !== null && answer.coveredMs > fromMs && answer.coveredMs < untilMs;
    const longestMs = sequence.hasGap ? this.#parts.gapDeadlineMs / ASKS_A_DEADLINE : LONGEST_RETRY_MS;
    this.#retryMs = isMore || sequence.held > before
      ? 0
      : Math.min(Math.max(FIRST_RETRY_MS, 2 * this.#retryMs), longestMs);
    this.#askAtMs = nowMs + this.#retryMs;
  }

  /** When it may be asked again. */
  get askAtMs(): number {
    return this.#askAtMs;
  }
}
