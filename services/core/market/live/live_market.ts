/** A market without an end: history, the bars that were missed, and the bars that close from now on, joined without a hole
 * or a doubled bar.
 *
 * One rule does all of it: a bar that is over and was not brought is asked for. So it joins history and live bars, fills
 * gaps, catches up after a restart, and polls where a source brings nothing by itself. */
import type { DirtRule } from "../../config/dirt_config.ts";
import { timeframeMs } from "../../contracts/symbol.ts";
import type { BadEntry } from "../../redis/store.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import { barOpenMs } from "../../contracts/bar_grid.ts";
import { CLEAN, type DirtCount, dirtFigures } from "../dirt_tally.ts";
import type { Batch, LiveBatch, Market, Reached, Room } from "../market.ts";
import type { LiveRules } from "./live_inspection.ts";
import { LiveLane } from "./live_lane.ts";
import { type LiveSource, type RawBar, SourceUnavailableError } from "./live_source.ts";
import { Wake } from "./wake.ts";

export interface LiveMarketParts {
  readonly source: LiveSource;
  /** Bars of history that each symbol starts with. */
  readonly historyBars: number;
  /** Fewer bars of history are no use: the configuration could not learn from them. */
  readonly leastBars: number;
  /** How long later bars wait for a hole to be filled. */
  readonly gapDeadlineMs: number;
  /** What is done with dirty bars. */
  readonly rules: LiveRules;
  readonly clock: Clock;
  readonly log: Log;
  readonly quarantine: (bad: BadEntry) => void;
}

/** How often a symbol without room is looked at again. */
const ROOM_POLL_MS = 20;
const LONGEST_WAIT_MS = 60_000;
const UNPUBLISHED: Reached = { recent: [], nextMs: null, bars: 0, liveBars: 0 };

export class LiveMarket implements Market {
  readonly #parts: LiveMarketParts;
  readonly #stepMs: number;
  readonly #lanes = new Map<string, LiveLane>();
  readonly #wake: Wake;
  readonly #dirt = new Map<DirtRule, DirtCount>();
  #missing = 0;
  #fault: { readonly cause: unknown } | null = null;

  /** @throws {RangeError} If the history is shorter than what is needed. */
  constructor(parts: LiveMarketParts) {
    const { source, historyBars, leastBars, clock } = parts;
    if (source.hasPast && historyBars < leastBars) {
      throw new RangeError(
        `Cannot learn ${source.name} as live.history_bars must be ${leastBars} or more for this configuration: ` +
          `it is ${historyBars}`,
      );
    }
    this.#parts = parts;
    this.#stepMs = timeframeMs(source.timeframe);
    this.#wake = new Wake(clock);
  }

  readonly speed = "max";
  readonly liveBars = null;
  readonly firstLiveMs = null;
  readonly dirt = CLEAN;

  get name() {
    return this.#parts.source.name;
  }
  get note() {
    return this.#parts.source.note;
  }
  get timeframe() {
    return this.#parts.source.timeframe;
  }
  get symbols() {
    return this.#parts.source.symbols;
  }
  get historyBars() {
    const { source, historyBars, leastBars } = this.#parts;
    return source.hasPast ? historyBars : leastBars;
  }

  figures(): Record<string, number> {
    let held = 0;
    let openGaps = 0;
    for (const { sequence } of this.#lanes.values()) {
      held += sequence.held;
      if (sequence.hasGap) openGaps++;
    }
    const dirt = dirtFigures({ ...CLEAN, counts: this.#dirt });
    return { ...dirt, held, openGaps, missing: this.#missing, ...this.#parts.source.figures() };
  }

  async *history(reached: ReadonlyMap<string, Reached>, signal: AbortSignal): AsyncGenerator<Batch> {
    const { source } = this.#parts;
    const endMs = await this.#start(reached, signal);
    if (source.hasPast) {
      for (const lane of this.#lanes.values()) yield* this.#past(lane, endMs, signal);
      this.#checkHistory();
    } else if (!this.#isWarm()) {
      for await (const batch of this.#join(() => Infinity, signal)) {
        yield batch;
        if (this.#isWarm() && source.isCaughtUp && this.#isEmpty()) return;
      }
    }
    signal.throwIfAborted();
  }

  async *live(
    reached: ReadonlyMap<string, Reached>,
    room: Room,
    signal: AbortSignal,
  ): AsyncGenerator<LiveBatch> {
    if (this.#lanes.size === 0) await this.#start(reached, signal);
    for await (const batch of this.#join(room, signal)) {
      let openTimeMs = 0;
      for (const [symbol, bars] of batch.bars) {
        this.#lanes.get(symbol)!.liveBars += bars.length;
        openTimeMs = Math.max(openTimeMs, bars.at(-1)?.openTimeMs ?? 0);
      }
      const liveBars = Math.max(...[...this.#lanes.values()].map((lane) => lane.liveBars));
      yield { ...batch, openTimeMs, liveBars };
    }
    signal.throwIfAborted();
  }

  /** Takes up what is published. Returns where history ends: the open time of the first bar that is not over yet. */
  async #start(reached: ReadonlyMap<string, Reached>, signal: AbortSignal): Promise<number> {
    const { source, historyBars } = this.#parts;
    await source.open(signal);
    const endMs = barOpenMs(source.nowMs() - source.askAfterMs, this.#stepMs);
    for (const symbol of source.symbols) {
      const lane = new LiveLane({
        ...this.#parts,
        ...{ symbol, name: source.name, timeframe: source.timeframe, stepMs: this.#stepMs },
        counts: this.#dirt,
        reached: reached.get(symbol) ?? UNPUBLISHED,
        startMs: Math.max(0, endMs - historyBars * this.#stepMs),
      });
      this.#lanes.set(symbol, lane);
    }
    return endMs;
  }

  /** A symbol's history up to a time, page by page. */
  async *#past(lane: LiveLane, endMs: number, signal: AbortSignal): AsyncGenerator<Batch> {
    const { source, clock } = this.#parts;
    while (!lane.isHalted && !lane.sequence.hasAnswered(endMs)) {
      signal.throwIfAborted();
      await this.#ask(lane, endMs, signal);
      const batch = this.#take([lane], () => Infinity);
      if (batch !== null) yield batch;
      const waitMs = lane.sequence.hasAnswered(endMs) ? 0 : lane.askAtMs - source.nowMs();
      if (waitMs > 0) await clock.wait(waitMs, signal);
    }
  }

  /** @throws {RangeError} If a symbol has less history than what is needed. */
  #checkHistory(): void {
    const { source, leastBars } = this.#parts;
    for (const { symbol, bars } of this.#lanes.values()) {
      if (bars >= leastBars) continue;
      throw new RangeError(
        `Cannot learn ${symbol} of ${source.name} as its history must hold ${leastBars} bars or more: it holds ${bars}`,
      );
    }
  }

  #isWarm(): boolean {
    return [...this.#lanes.values()].every(({ bars }) => bars >= this.#parts.leastBars);
  }

  #isEmpty(): boolean {
    return [...this.#lanes.values()].every(({ sequence }) => sequence.held === 0);
  }

  /** What comes from now on, in order, with what lies between. Ends when the signal aborts. */
  async *#join(room: Room, signal: AbortSignal): AsyncGenerator<Batch> {
    const { source } = this.#parts;
    const over = new AbortController();
    const ended = AbortSignal.any([signal, over.signal]);
    const wake = () => this.#wake.up();
    ended.addEventListener("abort", wake);
    const running = new Set<Promise<void>>();
    const run = (work: Promise<void>) => {
      const watched = work.catch((cause) => {
        if (!ended.aborted) this.#fault ??= { cause };
        this.#wake.up();
      });
      running.add(watched);
      void watched.finally(() => running.delete(watched));
    };
    const nextMs = new Map([...this.#lanes].map(([symbol, lane]) => [symbol, lane.sequence.nextMs]));
    run(source.follow(nextMs, (symbol, bar) => this.#offer(symbol, bar), ended));
    try {
      while (!ended.aborted) {
        if (this.#fault !== null) throw this.#fault.cause;
        for (const lane of this.#lanes.values()) {
          if (this.#askDueMs(lane) <= source.nowMs()) run(this.#ask(lane, this.#closedMs(lane), ended));
        }
        const batch = this.#take(this.#lanes.values(), room);
        if (batch === null) {
          await this.#wake.wait(this.#restMs(room));
          continue;
        }
        yield batch;
        for (const symbol of batch.bars.keys()) {
          await source.published(symbol, this.#lanes.get(symbol)!.sequence.nextMs!);
        }
      }
    } finally {
      over.abort();
      ended.removeEventListener("abort", wake);
      await Promise.all(running);
    }
  }

  #offer(symbol: string, bar: RawBar): void {
    this.#lanes.get(symbol)?.offer(bar, this.#parts.source.nowMs());
    this.#wake.up();
  }

  /** What is in order by now; null where nothing is. */
  #take(lanes: Iterable<LiveLane>, room: Room): Batch | null {
    const nowMs = this.#parts.source.nowMs();
    const batch = { bars: new Map(), holes: new Map() };
    for (const lane of lanes) {
      if (lane.sequence.held === 0) continue;
      const { bars, holes } = lane.take(nowMs, room(lane.symbol));
      if (bars.length + holes.length === 0) continue;
      batch.bars.set(lane.symbol, bars);
      if (holes.length > 0) batch.holes.set(lane.symbol, holes);
      for (const hole of holes) this.#missing += hole.bars;
    }
    return batch.bars.size === 0 ? null : batch;
  }

  #askDueMs(lane: LiveLane): number {
    const { source } = this.#parts;
    return source.hasPast ? lane.askDueMs(source.askAfterMs) : Infinity;
  }

  /** End of the last bar that is over. */
  #closedMs({ sequence }: LiveLane): number {
    const { source } = this.#parts;
    const sinceMs = source.nowMs() - source.askAfterMs - sequence.nextMs!;
    return sequence.nextMs! + Math.floor(sinceMs / this.#stepMs) * this.#stepMs;
  }

  async #ask(lane: LiveLane, closedMs: number, signal: AbortSignal): Promise<void> {
    const { source, log } = this.#parts;
    const wanted = lane.sequence.ask(closedMs);
    if (wanted === null) return;
    const { fromMs, untilMs } = wanted;
    try {
      lane.answered(await source.ask(lane.symbol, wanted, signal), fromMs, untilMs, source.nowMs());
    } catch (cause) {
      lane.answered(null, fromMs, untilMs, source.nowMs());
      if (!(cause instanceof SourceUnavailableError)) throw cause;
      log.debug({ symbol: lane.symbol, reason: cause.message }, "the source cannot answer");
    }
    this.#wake.up();
  }

  /** How long nothing can happen by itself. */
  #restMs(room: Room): number {
    const nowMs = this.#parts.source.nowMs();
    let untilMs = nowMs + LONGEST_WAIT_MS;
    for (const lane of this.#lanes.values()) {
      const isFull = lane.sequence.held > 0 && room(lane.symbol) === 0;
      const takeMs = isFull ? nowMs + ROOM_POLL_MS : lane.sequence.deadlineMs;
      untilMs = Math.min(untilMs, this.#askDueMs(lane), takeMs);
    }
    return Math.max(0, untilMs - nowMs);
  }
}
