/** Turns ticks into closed bars, each symbol by itself. Pure: it is told the time, and knows no stream and no feed.
 *
 * A bar closes once time has passed its end by the grace, as told by whoever feeds it, or by a tick of its symbol that is
 * later than that. An interval without ticks gives no bar. What it holds is bounded: the bars within the grace, and the
 * last trade ids of each symbol. */
import type { Bar } from "../contracts/bar.ts";
import type { Tick } from "../contracts/tick.ts";
import { barOpenMs } from "../contracts/bar_grid.ts";
import { RecentIds } from "./recent_ids.ts";

export interface TickBufferOptions {
  /** Length of the bars. */
  readonly stepMs: number;
  /** How long after a bar's end its ticks still count. */
  readonly graceMs: number;
  /** How far a tick's time may be ahead of the time at which it is taken. */
  readonly aheadMs: number;
}

/** A bar that nothing can change any more. */
export interface ClosedBar {
  readonly symbol: string;
  readonly bar: Bar;
}

/** Why a tick is in no bar. `doubled`: its trade was counted already. `before`: bars are made from a later time on. */
export interface TickRefusal {
  readonly kind: "doubled" | "before" | "late" | "ahead";
  readonly reason: string;
}

/** How many ticks went which way. */
export type TickCounts = Record<"taken" | TickRefusal["kind"], number>;

/** A trade that is doubled comes soon after its first, e.g. with the last trades after a reconnection. */
const TRADE_IDS_A_SYMBOL = 512;

interface MakingBar extends Bar {
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  firstMs: number;
  lastMs: number;
}

interface Lane {
  /** Bars are made from here on; null until the first tick has told where the interval after its own begins. */
  fromMs: number | null;
  /** The latest time that is known to have passed. */
  passedMs: number;
  /** Oldest first. */
  readonly making: MakingBar[];
  readonly tradeIds: RecentIds;
}

export class TickBuffer {
  readonly #options: TickBufferOptions;
  readonly #lanes = new Map<string, Lane>();
  #closed: ClosedBar[] = [];
  readonly counts: TickCounts = { taken: 0, doubled: 0, before: 0, late: 0, ahead: 0 };

  /** @throws {RangeError} If a number is out of its range. */
  constructor(options: TickBufferOptions) {
    for (const [name, least] of [["stepMs", 1], ["graceMs", 0], ["aheadMs", 0]] as const) {
      if (Number.isSafeInteger(options[name]) && options[name] >= least) continue;
      throw new RangeError(
        `Cannot make bars as ${name} must be a whole number from ${least} on: it is ${options[name]}`,
      );
    }
    this.#options = options;
  }

  /** Begins a symbol, again after an interruption: what was being made of it is dropped.
   * @param fromMs Open time of the first bar to make; null leaves out the interval of the first tick, as its beginning
   * was not seen. */
  start(symbol: string, fromMs: number | null): void {
    this.#lanes.set(symbol, {
      fromMs,
      passedMs: -Infinity,
      making: [],
      tradeIds: this.#lanes.get(symbol)?.tradeIds ?? new RecentIds(TRADE_IDS_A_SYMBOL),
    });
  }

  /** Takes a tick of a symbol that was started.
   * @param atMs When it arrived: it closes what is over by then.  @returns Null, or why the tick counts in no bar.
   * @throws {RangeError} If the symbol was not started. */
  take(symbol: string, tick: Tick, atMs: number): TickRefusal | null {
    const lane = this.#lanes.get(symbol);
    if (lane === undefined) {
      throw new RangeError(`Cannot take a tick of ${symbol} as the symbol must be started: it is not`);
    }
    this.#pass(symbol, lane, atMs);
    const refusal = this.#refusal(lane, tick, atMs);
    this.counts[refusal?.kind ?? "taken"]++;
    if (refusal !== null) return refusal;
    this.#add(lane, tick);
    this.#pass(symbol, lane, tick.timeMs);
    return null;
  }

  /** Hands out what has closed since the last call, oldest first.
   * @param nowMs Time that has passed.  @param behind Symbols for which it has not, as earlier ticks are still to come. */
  drain(nowMs = -Infinity, behind: ReadonlySet<string> = new Set()): ClosedBar[] {
    for (const [symbol, lane] of this.#lanes) if (!behind.has(symbol)) this.#close(symbol, lane, nowMs);
    const closed = this.#closed;
    this.#closed = [];
    return closed.sort((a, b) => a.bar.openTimeMs - b.bar.openTimeMs);
  }

  /** When the next bar closes by the clock; Infinity while none is being made. */
  nextCloseMs(): number {
    let nextMs = Infinity;
    for (const { making: [oldest] } of this.#lanes.values()) {
      if (oldest !== undefined) nextMs = Math.min(nextMs, this.#closeMs(oldest.openTimeMs));
    }
    return nextMs;
  }

  #refusal(lane: Lane, tick: Tick, atMs: number): TickRefusal | null {
    const { stepMs, aheadMs } = this.#options;
    if (tick.tradeId !== undefined && lane.tradeIds.has(tick.tradeId)) {
      return { kind: "doubled", reason: `trade ${tick.tradeId} was counted already` };
    }
    const openMs = barOpenMs(tick.timeMs, stepMs);
    if (tick.timeMs > atMs + aheadMs) {
      const reason = `its time must be at most ${aheadMs} ms ahead: it is ${tick.timeMs - atMs} ms ahead`;
      return { kind: "ahead", reason };
    }
    lane.fromMs ??= openMs + stepMs;
    if (openMs < lane.fromMs) {
      return { kind: "before", reason: `bars are made from ${lane.fromMs} on: it is of ${openMs}` };
    }
    if (this.#closeMs(openMs) <= lane.passedMs) {
      const lateMs = lane.passedMs - openMs - stepMs;
      const reason = `it must come within ${this.#options.graceMs} ms after its bar's end: ` +
        `bar ${openMs} was over for ${lateMs} ms`;
      return { kind: "late", reason };
    }
    return null;
  }

  #closeMs(openMs: number): number {
    return openMs + this.#options.stepMs + this.#options.graceMs;
  }

  #pass(symbol: string, lane: Lane, timeMs: number): void {
    if (timeMs <= lane.passedMs) return;
    lane.passedMs = timeMs;
    this.#close(symbol, lane, timeMs);
  }

  /** Only what closes a bar makes ticks late: the clock says nothing of a symbol that has brought none yet. */
  #close(symbol: string, lane: Lane, timeMs: number): void {
    while (lane.making.length > 0 && this.#closeMs(lane.making[0].openTimeMs) <= timeMs) {
      const { openTimeMs, open, high, low, close, volume } = lane.making.shift()!;
      lane.passedMs = Math.max(lane.passedMs, this.#closeMs(openTimeMs));
      this.#closed.push({ symbol, bar: { openTimeMs, open, high, low, close, volume } });
    }
  }

  #add(lane: Lane, { timeMs, price, size, tradeId }: Tick): void {
    if (tradeId !== undefined) lane.tradeIds.add(tradeId);
    const openTimeMs = barOpenMs(timeMs, this.#options.stepMs);
    let index = lane.making.length;
    while (index > 0 && lane.making[index - 1].openTimeMs > openTimeMs) index--;
    const bar = lane.making[index - 1];
    if (bar?.openTimeMs !== openTimeMs) {
      const only = { open: price, high: price, low: price, close: price, volume: size };
      lane.making.splice(index, 0, { openTimeMs, ...only, firstMs: timeMs, lastMs: timeMs });
      return;
    }
    bar.high = Math.max(bar.high, price);
    bar.low = Math.min(bar.low, price);
    bar.volume += size;
    if (timeMs < bar.firstMs) {
      bar.firstMs = timeMs;
      bar.open = price;
    }
    if (timeMs >= bar.lastMs) {
      bar.lastMs = timeMs;
      bar.close = price;
    }
  }
}
