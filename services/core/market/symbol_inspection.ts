/** One symbol of a recorded feed on its way through the inspector: its bars into a series, what was wrong into the tally. */
import { type Bar, LOWEST_PRICE } from "../contracts/bar.ts";
import { BarInspector, type InspectorOptions } from "./bar_inspector.ts";
import type { Finding } from "./bar_repair.ts";
import { BarSeriesBuilder } from "./bar_series.ts";
import type { DirtTally } from "./dirt_tally.ts";

/** Where a bar came from, and how it was written there. */
export interface Origin {
  /** `prices.csv:17`. */
  readonly source: string;
  /** What is wrong, in better words than the inspector has; null where there are none. */
  readonly reason: string | null;
  readonly content: string;
}

/** The largest part of a price that a step of exact money may be without a word: a basis point. */
const MOST_COARSENESS = 1e-4;

export class SymbolInspection {
  readonly series = new BarSeriesBuilder();
  readonly #symbol: string;
  readonly #inspector: BarInspector;
  readonly #tally: DirtTally;
  #passedOver = 0;
  #lowest = Infinity;

  constructor(symbol: string, options: Omit<InspectorOptions, "arrival">, tally: DirtTally) {
    this.#symbol = symbol;
    this.#inspector = new BarInspector({ ...options, arrival: "recorded" });
    this.#tally = tally;
  }

  /** @param originOf Asked for each finding. @throws {RangeError} If too much is put aside. */
  push(raw: Bar, originOf: (finding: Finding) => Origin): void {
    if (this.#inspector.isHalted) {
      this.#passedOver++;
      return;
    }
    const { bars, findings } = this.#inspector.inspect(raw);
    for (const bar of bars) {
      this.series.append(bar);
      if (bar.low < this.#lowest) this.#lowest = bar.low;
    }
    for (const finding of findings) {
      const { rule, action, field, openTimeMs } = finding;
      const { source, reason, content } = originOf(finding);
      const time = Number.isNaN(openTimeMs) ? "" : ` ${timeText(openTimeMs)}`;
      this.#tally.add(action, {
        rule,
        source,
        entry: `${this.#symbol}${time}`,
        reason: `${rule}: ${reason ?? `${field ?? "bars"} ${finding.reason}`}`,
        content,
      });
    }
  }

  /** Tells what only all bars together show. */
  end(): void {
    const years = this.#inspector.staleOpenYears;
    if (years.length > 0) {
      this.#tally.warnings.push(
        `${this.#symbol}: opens equal the previous close in most bars of ${
          spans(years)
        }, so fills at the next open ` +
          "are optimistic there",
      );
    }
    const coarseness = LOWEST_PRICE / this.#lowest;
    if (coarseness > MOST_COARSENESS) {
      this.#tally.warnings.push(
        `${this.#symbol}: prices down to ${this.#lowest} are counted in steps of 0.00000001, so a fill may be off by ` +
          `${(coarseness * 100).toPrecision(2)} %; quote a thousand or a million of it instead`,
      );
    }
    if (this.#inspector.isHalted) {
      const last = this.series.length === 0
        ? "its start"
        : timeText(this.series.openTimeMs(this.series.length - 1));
      this.#tally.warnings.push(
        `${this.#symbol} is halted after ${last}: ${this.#passedOver} later rows are passed over`,
      );
    }
  }
}

function timeText(timeMs: number): string {
  return Math.abs(timeMs) <= 8.64e15 ? new Date(timeMs).toISOString() : String(timeMs);
}

/** `2000 to 2005, 2008`. */
function spans(years: readonly number[]): string {
  const starts = years.filter((year) => !years.includes(year - 1));
  const ends = years.filter((year) => !years.includes(year + 1));
  return starts.map((start, index) => start === ends[index] ? `${start}` : `${start} to ${ends[index]}`).join(
    ", ",
  );
}
