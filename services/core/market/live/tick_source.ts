/** Ticks that an external process puts into Redis (`ticks:redis`), made into bars.
 *
 * It keeps no position of its own: a bar is made of the ticks that arrived since its beginning, so after a restart those
 * of the first unpublished bar are read again. When a tick arrived is what its id says; that is what decides whether it
 * was late, so a bar is made of the same ticks whenever they are read. The clock closes bars too, but only of a symbol
 * whose ticks are read up to now: past ticks may still be put in, with their own times as ids. */
import { SymbolName, type Timeframe, timeframeMs } from "../../contracts/symbol.ts";
import { type Tick, tickStream } from "../../contracts/tick.ts";
import type { Stream } from "../../contracts/define.ts";
import { compareEntryIds, parseEntryId } from "../../redis/entry_id.ts";
import type { BadEntry, Entry, Store } from "../../redis/store.ts";
import type { Clock } from "../../runtime/clock.ts";
import { TickBuffer, type TickCounts } from "../tick_buffer.ts";
import type { Answer, LiveSource, TakeBar } from "./live_source.ts";

export interface TickSourceParts {
  readonly symbols: readonly string[];
  readonly timeframe: Timeframe;
  /** How long after a bar's end its ticks still count. */
  readonly graceMs: number;
  /** How far a tick's time may be ahead of its arrival. */
  readonly aheadMs: number;
  readonly store: Store;
  readonly clock: Clock;
  readonly quarantine: (bad: BadEntry) => void;
}

/** Ticks that one read brings of each symbol. */
const PAGE = 1_000;
const LONGEST_BLOCK_MS = 250;
/** A symbol of which nothing came for so long is read up to now. */
const IDLE_MS = 5_000;
/** What lies between a bar's end by the clock and the next look at it. */
const SLACK_MS = 1_000;
/** Ticks of published bars are dropped once they are so many bars old. */
const KEPT_BARS = 16;

interface Lane {
  readonly symbol: string;
  readonly nextMs: number | null;
  /** The newest tick that was there at the start. */
  readonly startId: string;
  /** When the last tick arrived that was read. */
  arrivedMs: number;
  /** When it was read, by the monotonic clock. */
  readMs: number;
}

export class TickSource implements LiveSource {
  readonly #parts: TickSourceParts;
  readonly #stepMs: number;
  readonly #trimmedMs = new Map<string, number>();
  #counts: TickCounts = { taken: 0, doubled: 0, before: 0, late: 0, ahead: 0 };
  #isCaughtUp = false;

  /** @throws {RangeError} If there is no symbol, or one has no valid name. */
  constructor(parts: TickSourceParts) {
    const wrong = parts.symbols.find((symbol) => !SymbolName.safeParse(symbol).success);
    if (wrong !== undefined || parts.symbols.length === 0) {
      throw new RangeError(
        `Cannot read ticks as --symbols must list names like BTC/USDT: ${
          wrong === undefined ? "it lists none" : `it holds ${wrong}`
        }`,
      );
    }
    this.#parts = parts;
    this.#stepMs = timeframeMs(parts.timeframe);
  }

  readonly name = "ticks:redis";
  readonly note = "Ticks that an external process puts into Redis";
  readonly hasPast = false;
  readonly askAfterMs = 0;

  get timeframe() {
    return this.#parts.timeframe;
  }
  get symbols() {
    return this.#parts.symbols;
  }

  get isCaughtUp(): boolean {
    return this.#isCaughtUp;
  }

  nowMs(): number {
    return this.#parts.clock.nowMs();
  }

  open(): Promise<void> {
    return Promise.resolve();
  }

  ask(symbol: string): Promise<Answer> {
    return Promise.reject(new RangeError(`Cannot ask for bars of ${symbol} as ${this.name} has no past`));
  }

  async follow(
    nextMs: ReadonlyMap<string, number | null>,
    take: TakeBar,
    signal: AbortSignal,
  ): Promise<void> {
    const { graceMs, aheadMs, store, clock } = this.#parts;
    const buffer = new TickBuffer({ stepMs: this.#stepMs, graceMs, aheadMs });
    this.#counts = buffer.counts;
    const lanes = await this.#lanes(nextMs, buffer);
    let positions = new Map([...lanes].map(([stream, lane]) => [stream, this.#startOf(lane.nextMs)]));
    await using reader = store.openReader();
    while (!signal.aborted) {
      const restMs = Math.ceil(buffer.nextCloseMs() - clock.nowMs());
      const blockMs = Math.max(1, Math.min(LONGEST_BLOCK_MS, restMs));
      const page = await reader.read(positions, { count: PAGE, blockMs, signal });
      if (signal.aborted) return;
      positions = page.positions;
      const byStream = Map.groupBy(page.entries, ({ stream }) => stream.key);
      const behind = new Set<string>();
      for (const [stream, lane] of lanes) {
        const entries = byStream.get(stream.key) ?? [];
        for (const entry of entries) this.#take(buffer, lane, entry);
        if (this.#isBehind(lane, entries.length, positions.get(stream)!)) behind.add(lane.symbol);
      }
      this.#isCaughtUp = behind.size === 0;
      for (const { symbol, bar } of buffer.drain(clock.nowMs(), behind)) take(symbol, bar);
    }
  }

  async published(symbol: string, beforeMs: number): Promise<void> {
    const trimmedMs = this.#trimmedMs.get(symbol) ?? 0;
    if (beforeMs - trimmedMs < KEPT_BARS * this.#stepMs) return;
    this.#trimmedMs.set(symbol, beforeMs);
    const firstMs = beforeMs - this.#parts.aheadMs; // no earlier tick can be of a bar that is still to come
    if (firstMs > 0) await this.#parts.store.trimBefore(tickStream(symbol), `${firstMs}-0`);
  }

  figures(): Record<string, number> {
    const { taken, late, doubled, ahead } = this.#counts;
    return { ticks: taken, lateTicks: late, doubledTicks: doubled, aheadTicks: ahead };
  }

  async #lanes(nextMs: ReadonlyMap<string, number | null>, buffer: TickBuffer) {
    const lanes = new Map<Stream<Tick>, Lane>();
    for (const symbol of this.#parts.symbols) {
      const stream = tickStream(symbol);
      const [newest] = await this.#parts.store.newest(stream, 1);
      const lane = { symbol, nextMs: nextMs.get(symbol) ?? null, startId: newest?.id ?? "0-0" };
      buffer.start(symbol, lane.nextMs);
      lanes.set(stream, { ...lane, arrivedMs: 0, readMs: this.#parts.clock.monotonicMs() });
    }
    return lanes;
  }

  /** Whether ticks may lie between what was read of a symbol and now. @param read Ticks of the last page. */
  #isBehind(lane: Lane, read: number, position: string): boolean {
    // Bad entries are not counted, so half a page is taken for a full one.
    if (read > PAGE / 2 || isBefore(position, lane.startId)) return true;
    const { clock, graceMs } = this.#parts;
    const isRecent = clock.nowMs() - lane.arrivedMs <= this.#stepMs + graceMs + SLACK_MS;
    return !isRecent && clock.monotonicMs() - lane.readMs < IDLE_MS;
  }

  /** The position before the first tick that can be of a bar from `nextMs` on. */
  #startOf(nextMs: number | null): string {
    const lastMs = (nextMs ?? 0) - this.#parts.aheadMs - 1;
    return lastMs < 0 ? "0-0" : `${lastMs}-${Number.MAX_SAFE_INTEGER}`;
  }

  #take(buffer: TickBuffer, lane: Lane, { stream, id, value }: Entry<Tick>): void {
    lane.arrivedMs = parseEntryId(id).ms;
    lane.readMs = this.#parts.clock.monotonicMs();
    const refusal = buffer.take(lane.symbol, value, lane.arrivedMs);
    if (refusal === null || refusal.kind === "doubled") return;
    // Of a bar that was published before this start, or of the first interval, whose beginning nobody saw.
    if (refusal.kind === "before" && (lane.nextMs === null || !isBefore(lane.startId, id))) return;
    this.#parts.quarantine({ key: stream.key, id, reason: refusal.reason, content: JSON.stringify(value) });
  }
}

function isBefore(a: string, b: string): boolean {
  return compareEntryIds(parseEntryId(a), parseEntryId(b)) < 0;
}
