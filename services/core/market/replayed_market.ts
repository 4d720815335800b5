/** A feed that is in memory as a whole, published at a chosen pace. */
import type { Bar } from "../contracts/bar.ts";
import type { Clock } from "../runtime/clock.ts";
import { dirtFigures } from "./dirt_tally.ts";
import type { Feed } from "./feed.ts";
import type { Batch, LiveBatch, Market, Reached } from "./market.ts";
import { paced } from "./pace.ts";
import type { Round, Schedule } from "./schedule.ts";

export interface ReplayedMarketParts {
  readonly feed: Feed;
  readonly schedule: Schedule;
  /** Live bars a second of each symbol. */
  readonly speed: number | "max";
  readonly clock: Clock;
}

const NO_HOLES: Batch["holes"] = new Map();
/** Bars of history that are published at once. */
const PAGE = 2_000;

export class ReplayedMarket implements Market {
  readonly #parts: ReplayedMarketParts;

  constructor(parts: ReplayedMarketParts) {
    this.#parts = parts;
  }

  get name() {
    return this.#parts.feed.name;
  }
  get note() {
    return this.#parts.feed.note;
  }
  get timeframe() {
    return this.#parts.feed.timeframe;
  }
  get symbols() {
    return this.#parts.feed.symbols;
  }
  get dirt() {
    return this.#parts.feed.dirt;
  }
  get speed() {
    return this.#parts.speed;
  }
  get historyBars() {
    return this.#parts.schedule.bootstrapRounds;
  }
  get liveBars() {
    return this.#parts.schedule.liveRounds;
  }
  get firstLiveMs() {
    return this.#parts.schedule.firstLiveMs;
  }

  async *history(reached: ReadonlyMap<string, Reached>, signal: AbortSignal): AsyncGenerator<Batch> {
    const { feed, schedule } = this.#parts;
    for (const symbol of feed.symbols) {
      signal.throwIfAborted();
      const series = feed.bars(symbol);
      const end = schedule.bootstrapBars(symbol);
      for (let start = series.firstAfter(lastMs(reached, symbol)); start < end; start += PAGE) {
        signal.throwIfAborted();
        const length = Math.min(PAGE, end - start);
        const bars = Array.from({ length }, (_, index) => series.at(start + index));
        yield { bars: new Map([[symbol, bars]]), holes: NO_HOLES };
      }
    }
  }

  async *live(
    reached: ReadonlyMap<string, Reached>,
    _room: unknown,
    signal: AbortSignal,
  ): AsyncGenerator<LiveBatch> {
    const { speed, clock } = this.#parts;
    const paceClock = {
      nowMs: () => clock.monotonicMs(),
      sleep: async (ms: number, signal?: AbortSignal) => {
        await clock.wait(ms, signal);
        signal?.throwIfAborted();
      },
    };
    yield* paced(this.#unpublished(reached), { speed, clock: paceClock, signal });
  }

  figures() {
    return dirtFigures(this.#parts.feed.dirt);
  }

  /** The rounds that some symbol has a new bar of, after the last one of which none has. */
  *#unpublished(reached: ReadonlyMap<string, Reached>): Generator<LiveBatch> {
    const { schedule } = this.#parts;
    let before: LiveBatch | null = null;
    let liveBars = 0;
    for (const round of schedule.rounds(schedule.firstLiveMs - 1)) {
      liveBars++;
      const bars = newBars(round, reached);
      const batch = { bars, holes: NO_HOLES, openTimeMs: round.openTimeMs, liveBars };
      if (bars.size === 0) {
        before = batch;
        continue;
      }
      if (before !== null) yield before;
      before = null;
      yield batch;
    }
    if (before !== null) yield before;
  }
}

function newBars(round: Round, reached: ReadonlyMap<string, Reached>): Map<string, Bar[]> {
  const bars = new Map<string, Bar[]>();
  for (const [symbol, bar] of round.bars) {
    if (bar.openTimeMs > lastMs(reached, symbol)) bars.set(symbol, [bar]);
  }
  return bars;
}

function lastMs(reached: ReadonlyMap<string, Reached>, symbol: string): number {
  return reached.get(symbol)?.recent.at(-1)?.openTimeMs ?? -1;
}
