/** Builds longer bars from shorter ones, and hands each out when nothing can change it any more: after its last short
 * bar has closed, or with the first bar of a later one where that is missing. A short bar belongs to the one in which it opens. */
import type { Bar } from "../contracts/bar.ts";
import { type SessionDays, UTC_DAYS } from "../market/session_days.ts";

export class BarAggregator {
  readonly #lengthMs: number;
  readonly #stepMs: number;
  readonly #days: SessionDays;
  /** Where the long bar lies that the last short one fell into. */
  #at = NOWHERE;
  #open: Bar | null = null;
  /** The long bar that was closed or left out last. */
  #doneMs = -Infinity;
  #first = true;

  /** @param lengthMs Of the long bars, by the clock of their days.  @param stepMs Of the short ones. */
  constructor(lengthMs: number, stepMs: number, days: SessionDays = UTC_DAYS) {
    this.#lengthMs = lengthMs;
    this.#stepMs = stepMs;
    this.#days = days;
  }

  /** Takes the next short bar. @param take Is given each long bar that it closes: none, one, or two after a gap. The
   * first one is left out, as the history may start in the middle of it. */
  push(bar: Bar, take: (closed: Bar) => void): void {
    if (bar.openTimeMs >= this.#at.endMs) {
      this.#close(take);
      this.#at = this.#days.barAt(bar.openTimeMs, this.#lengthMs);
    }
    const { openMs, endMs } = this.#at;
    if (openMs <= this.#doneMs) return;
    this.#open = this.#open === null ? { ...bar, openTimeMs: openMs } : joined(this.#open, bar);
    if (bar.openTimeMs + this.#stepMs >= endMs) this.#close(take);
  }

  snapshot(write: (value: number) => void): void {
    write(this.#doneMs);
    write(this.#first ? 1 : 0);
    write(this.#open === null ? 0 : 1);
    const { openTimeMs, open, high, low, close, volume } = this.#open ?? NO_BAR;
    for (const value of [openTimeMs, open, high, low, close, volume]) write(value);
  }

  restore(read: () => number): void {
    this.#doneMs = read();
    this.#first = read() === 1;
    const has = read() === 1;
    const bar = {
      openTimeMs: read(),
      open: read(),
      high: read(),
      low: read(),
      close: read(),
      volume: read(),
    };
    this.#open = has ? bar : null;
    const lastMs = this.#open?.openTimeMs ?? this.#doneMs;
    this.#at = lastMs === -Infinity ? NOWHERE : this.#days.barAt(lastMs, this.#lengthMs);
  }

  #close(take: (closed: Bar) => void): void {
    const closed = this.#open;
    if (closed === null) return;
    this.#open = null;
    this.#doneMs = closed.openTimeMs;
    if (!this.#first) take(closed);
    this.#first = false;
  }
}

/** Before the first bar. */
const NOWHERE: ReturnType<SessionDays["barAt"]> = { openMs: -Infinity, endMs: -Infinity };
const NO_BAR: Bar = { openTimeMs: 0, open: 0, high: 0, low: 0, close: 0, volume: 0 };

function joined(long: Bar, short: Bar): Bar {
  return {
    openTimeMs: long.openTimeMs,
    open: long.open,
    high: Math.max(long.high, short.high),
    low: Math.min(long.low, short.low),
    close: short.close,
    volume: long.volume + short.volume,
  };
}
