/** A source whose market is in memory and whose behaviour a test decides, on a clock that the test moves. */
import type { Bar } from "../../contracts/bar.ts";
import { ManualClock } from "../../testing/manual_clock.ts";
import type { Wanted } from "./bar_sequence.ts";
import { type Answer, type LiveSource, SourceUnavailableError, type TakeBar } from "./live_source.ts";

export const MINUTE = 60_000;
export const START = Date.UTC(2024, 0, 1);
export const at = (index: number) => START + index * MINUTE;

export function barAt(index: number): Bar {
  const open = 100 + index % 7;
  return { openTimeMs: at(index), open, high: open + 1, low: open - 1, close: open + 0.5, volume: 1 };
}

export class FakeSource implements LiveSource {
  readonly name = "fake:market";
  readonly note = "made up";
  readonly timeframe = "1m";
  readonly askAfterMs = 1_000;
  readonly clock: ManualClock;
  hasPast = true;
  isCaughtUp = true;
  /** The most bars of an answer. */
  page = 50;
  /** Bars that the past does not hold, as `A 7`. */
  readonly absent = new Set<string>();
  /** So many questions fail first. */
  failures = 0;
  /** Questions that were asked, as `A 3-9` (by index, end excluded). */
  readonly asked: string[] = [];
  readonly published_: string[] = [];
  opened = 0;
  #take: TakeBar | null = null;
  /** What `follow` was started from. */
  from: ReadonlyMap<string, number | null> = new Map();

  constructor(readonly symbols: readonly string[], nowMs: number) {
    this.clock = new ManualClock({ startMs: nowMs });
  }

  nowMs(): number {
    return this.clock.nowMs();
  }

  open(): Promise<void> {
    this.opened++;
    return Promise.resolve();
  }

  get isFollowed(): boolean {
    return this.#take !== null;
  }

  /** Brings bars that have closed. */
  bring(symbol: string, ...bars: readonly Bar[]): void {
    for (const bar of bars) this.#take?.(symbol, bar);
  }

  // deno-lint-ignore require-await -- the interface is asynchronous
  async ask(symbol: string, { fromMs, untilMs }: Wanted): Promise<Answer> {
    const [from, until] = [fromMs, untilMs].map((timeMs) => (timeMs - START) / MINUTE);
    this.asked.push(`${symbol} ${from}-${until}`);
    if (this.failures-- > 0) throw new SourceUnavailableError("out of order");
    const coveredMs = Math.min(untilMs, fromMs + this.page * MINUTE);
    const bars: Bar[] = [];
    for (let index = from; at(index) < coveredMs; index++) {
      const isClosed = at(index + 1) <= this.nowMs();
      if (isClosed && index >= 0 && !this.absent.has(`${symbol} ${index}`)) bars.push(barAt(index));
    }
    return { bars, coveredMs };
  }

  async follow(
    nextMs: ReadonlyMap<string, number | null>,
    take: TakeBar,
    signal: AbortSignal,
  ): Promise<void> {
    this.from = nextMs;
    this.#take = take;
    const { promise, resolve } = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    this.#take = null;
  }

  published(symbol: string, beforeMs: number): Promise<void> {
    this.published_.push(`${symbol} ${(beforeMs - START) / MINUTE}`);
    return Promise.resolve();
  }

  figures() {
    return {};
  }
}
