/** Walks through what a lane decided, bar by bar. What is shown ends with the bar that was reached: later steps may have been loaded
 * already, but no widget is handed them. Browser only. */
import { signal } from "@preact/signals";
import type { Frame } from "../history/frame.ts";
import { markOf } from "./decision_mark.ts";
import type { MarketSeries } from "./market_chart.ts";

/** Bars that the chart holds before the one that was asked for. */
const CONTEXT = 500;
const CHUNK = 50;
/** So much is loaded back when stepping before the first loaded step. */
const BACK = 30;

interface Place {
  readonly place: { readonly barMs: number } | null;
  readonly extent: { readonly firstMs: number; readonly lastMs: number } | null;
}

export class ReplaySession {
  readonly symbol: string;
  /** The step that was reached; null before one is there. */
  readonly frame = signal<Frame | null>(null);
  readonly extent = signal<{ readonly firstMs: number; readonly lastMs: number } | null>(null);
  /** What went wrong or is at its end, in words. */
  readonly notice = signal<string | null>(null);
  readonly isPlaying = signal(false);
  /** Bars a second. */
  readonly speed = signal(4);
  /** Counts the changes of `market`, which is changed in place. */
  readonly version = signal(0);
  /** Bars, marks and fills up to the step that was reached. */
  market: MarketSeries = { bars: [], marks: [], trades: [], holes: [] };
  #frames: Frame[] = [];
  #index = -1;
  /** Jumps outrun what an earlier one still loads. */
  #jump = 0;
  #work: Promise<void> = Promise.resolve();
  #owed = 0;
  #tickedMs = 0;

  constructor(symbol: string) {
    this.symbol = symbol;
  }

  /** Goes to the bar at or before a time; to the newest where it is null. */
  async goTo(atMs: number | null): Promise<void> {
    const jump = ++this.#jump;
    const { place, extent } = await this.#ask<Place>("replay", atMs === null ? {} : { at: atMs });
    if (jump !== this.#jump) return;
    this.extent.value = extent;
    if (place === null) {
      this.notice.value = extent === null
        ? `Nothing was decided for ${this.symbol} yet: the first step appears with the first live bar.`
        : "There is no step so early: the first one is shown.";
      if (extent !== null) await this.goTo(extent.firstMs);
      return;
    }
    const { barMs } = place;
    const [market, frames] = await Promise.all([
      this.#ask<MarketSeries>("lane", { through: barMs, count: CONTEXT }),
      this.#ask<Frame[]>("frames", { from: barMs, count: CHUNK }),
    ]);
    if (jump !== this.#jump) return;
    if (atMs !== null && barMs !== atMs && this.notice.value === null) {
      this.notice.value = "Nothing was decided at that time: the step before it is shown.";
    }
    this.market = market;
    this.#frames = frames;
    this.#reach(0);
  }

  /** One step on (1) or back (−1). Steps follow each other, however fast they are asked for. */
  step(by: 1 | -1): Promise<void> {
    this.notice.value = null;
    return this.#work = this.#work.then(() => by === 1 ? this.#stepOn() : this.#stepBack()).catch(this.#fail);
  }

  play(): void {
    if (this.isPlaying.peek()) return;
    this.notice.value = null;
    this.isPlaying.value = true;
    this.#owed = 0;
    this.#tickedMs = performance.now();
    requestAnimationFrame(() => void this.#tick());
  }

  pause(): void {
    this.isPlaying.value = false;
  }

  readonly #fail = (cause: Error): void => {
    this.isPlaying.value = false;
    this.notice.value = cause.message;
  };

  /** Takes as many steps as are due since the last picture. */
  async #tick(): Promise<void> {
    if (!this.isPlaying.peek()) return;
    const nowMs = performance.now();
    this.#owed = Math.min(
      this.speed.peek(),
      this.#owed + (nowMs - this.#tickedMs) / 1_000 * this.speed.peek(),
    );
    this.#tickedMs = nowMs;
    while (this.#owed >= 1 && this.isPlaying.peek()) {
      this.#owed--;
      await this.step(1);
    }
    if (this.isPlaying.peek()) requestAnimationFrame(() => void this.#tick());
  }

  async #stepOn(): Promise<void> {
    if (this.#index + 1 >= this.#frames.length) {
      const reached = this.frame.peek();
      if (reached === null) return;
      const more = await this.#ask<Frame[]>("frames", { from: reached.bar.openTimeMs + 1, count: CHUNK });
      if (more.length === 0) {
        this.pause();
        this.notice.value = "This is the last step so far.";
        return;
      }
      this.#frames = [...this.#frames.slice(-BACK), ...more];
      this.#index = Math.min(this.#index, BACK - 1);
    }
    const { bar, decision, trades } = this.#frames[this.#index + 1]!;
    this.market.bars.push(bar);
    this.market.marks.push(markOf(decision));
    this.market.trades.push(...trades);
    this.#reach(this.#index + 1);
  }

  async #stepBack(): Promise<void> {
    const reachedMs = this.frame.peek()?.bar.openTimeMs;
    if (reachedMs === undefined) return;
    if (this.#index <= 0) {
      const from = this.market.marks.at(-1 - BACK)?.barMs ?? this.market.marks[0]?.barMs ?? reachedMs;
      if (from === reachedMs) {
        this.notice.value = "This is the first step.";
        return;
      }
      this.#frames = await this.#ask<Frame[]>("frames", { from, count: CHUNK });
      this.#index = this.#frames.findIndex(({ bar }) => bar.openTimeMs === reachedMs);
      if (this.#index < 1) return;
    }
    const lastMs = this.#frames[this.#index - 1]!.bar.openTimeMs;
    const { bars, marks, trades, holes } = this.market;
    this.market = {
      bars: bars.filter(({ openTimeMs }) => openTimeMs <= lastMs),
      marks: marks.filter(({ barMs }) => barMs <= lastMs),
      trades: trades.filter(({ barMs }) => barMs <= lastMs),
      holes: holes.filter(({ fromMs }) => fromMs <= lastMs),
    };
    this.#reach(this.#index - 1);
  }

  #reach(index: number): void {
    this.#index = index;
    this.frame.value = this.#frames[index] ?? null;
    this.version.value++;
  }

  async #ask<T>(what: string, query: Record<string, number>): Promise<T> {
    const words = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
    const answer = await fetch(`/data/${what}/${encodeURIComponent(this.symbol)}?${words}`);
    if (answer.ok) return await answer.json() as T;
    const { error } = await answer.json().catch(() => ({})) as { error?: string };
    throw new Error(error ?? `Cannot load this step as the server must answer: it said ${answer.status}.`);
  }
}
