/** One symbol of a market without an end on its way through the rules for dirty input: what they repair, put aside or halt
 * is the same as in a file. A bar that is put aside for its values may still come right: it is asked for again. */
import type { DirtAction, DirtRule } from "../../config/dirt_config.ts";
import { instrumentOf } from "../../config/instruments_config.ts";
import type { MiscConfig } from "../../config/misc.ts";
import type { Bar } from "../../contracts/bar.ts";
import type { Timeframe } from "../../contracts/symbol.ts";
import type { BadEntry } from "../../redis/store.ts";
import { BarInspector } from "../bar_inspector.ts";
import { isSound, repairValues } from "../bar_repair.ts";
import type { DirtCount } from "../dirt_tally.ts";
import { sessionDaysOf } from "../session_days.ts";
import { TradingCalendar } from "../trading_calendar.ts";
import type { BarRefusal } from "./bar_sequence.ts";
import type { RawBar } from "./live_source.ts";

export type LiveRules = Pick<MiscConfig, "dirt" | "instruments">;

export interface LiveInspectionParts {
  /** Of the source. */
  readonly name: string;
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly rules: LiveRules;
  /** What was found of all symbols, by rule. */
  readonly counts: Map<DirtRule, DirtCount>;
  readonly quarantine: (bad: BadEntry) => void;
}

/** A symbol that no instrument names trades around the clock. */
const USUAL_CALENDAR = "24x7";

export class LiveInspection {
  readonly #parts: LiveInspectionParts;
  readonly #inspector: BarInspector;
  readonly #calendar: TradingCalendar;
  #lastClose = NaN;
  #isHalted = false;

  constructor(parts: LiveInspectionParts) {
    const { symbol, timeframe, rules } = parts;
    const { calendar = USUAL_CALENDAR } = instrumentOf(rules.instruments, symbol) ?? {};
    const days = sessionDaysOf(rules.instruments, symbol, timeframe);
    this.#parts = parts;
    this.#calendar = new TradingCalendar(calendar, timeframe, days);
    this.#inspector = new BarInspector({
      ...{ timeframe, rules: rules.dirt, calendar, days },
      arrival: "live",
      hasVolume: true,
    });
  }

  /** Whether a rule has halted the symbol. */
  get isHalted(): boolean {
    return this.#isHalted || this.#inspector.isHalted;
  }

  /** Takes up what is published: what follows is judged by it. */
  prime(bars: readonly Bar[]): void {
    for (const bar of bars) {
      this.#inspector.inspect(bar);
      this.#calendar.seen(bar.openTimeMs);
      this.#lastClose = bar.close;
    }
  }

  /** How many bars should have come between two that came. */
  expected(afterMs: number, beforeMs: number): number {
    return this.#calendar.gap(afterMs, beforeMs)?.bars ?? 0;
  }

  /** A bar whose values can be used, whenever it comes; null if it is put aside. */
  sound(raw: RawBar): Bar | null {
    const { openTimeMs = NaN, open = NaN, high = NaN, low = NaN, close = NaN, volume = NaN } = raw;
    const bar = { openTimeMs, open, high, low, close, volume };
    if (isSound(bar)) return bar;
    if (!(openTimeMs >= 0 && Number.isSafeInteger(openTimeMs))) {
      this.#find("unreadable", this.#unlessHalt("unreadable"), bar, "openTimeMs must be a time");
      return null;
    }
    const { dirt } = this.#parts.rules;
    const repaired = repairValues(bar, dirt, this.#lastClose);
    for (const { rule, action, field, reason } of repaired.findings) {
      this.#find(rule, action, bar, `${field ?? "bars"} ${reason}`);
    }
    return repaired.bar;
  }

  /** Says why a bar finds no place in the order. */
  refuse(bar: Bar, { kind, reason }: BarRefusal): void {
    const { doubled, late } = this.#parts.rules.dirt;
    if (kind === "full") return; // it is asked for when there is room
    if (kind === "doubled") return this.#find("doubled", doubled, bar, reason);
    if (kind === "differs") {
      return this.#find("doubled", doubled === "halt" ? "halt" : "quarantine", bar, reason);
    }
    if (kind === "passed") return this.#find("late", late, bar, reason);
    this.#find("unreadable", this.#unlessHalt("unreadable"), bar, reason);
  }

  /** A bar whose turn it is: none, itself, or what fills the hole before it and itself. */
  pass(bar: Bar): readonly Bar[] {
    const { bars, findings } = this.#inspector.inspect(bar);
    for (const { rule, action, field, reason } of findings) {
      // A hole that is left as it is has its own record.
      if (rule !== "missing" || action !== "quarantine") {
        this.#find(rule, action, bar, `${field ?? "bars"} ${reason}`);
      }
    }
    this.#calendar.seen(bar.openTimeMs);
    this.#lastClose = bars.at(-1)?.close ?? this.#lastClose;
    return bars;
  }

  #unlessHalt(rule: DirtRule): DirtAction {
    return this.#parts.rules.dirt[rule] === "halt" ? "halt" : "quarantine";
  }

  #find(rule: DirtRule, action: DirtAction, bar: Bar, reason: string): void {
    const { name, symbol, counts, quarantine } = this.#parts;
    const told = `${rule}: ${reason}`;
    const count = counts.get(rule) ?? { repaired: 0, quarantined: 0, halted: 0, first: `${symbol} ${told}` };
    counts.set(rule, count);
    count[action === "repair" ? "repaired" : action === "halt" ? "halted" : "quarantined"]++;
    if (action === "halt") this.#isHalted = true;
    if (action === "repair") return;
    const halts = action === "halt" ? "; the symbol is halted" : "";
    quarantine({
      key: `${name} ${symbol}`,
      id: String(bar.openTimeMs),
      reason: `${told}${halts}`,
      content: JSON.stringify(bar),
    });
  }
}
