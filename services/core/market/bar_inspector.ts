/** What stands between every feed and the rest: takes a symbol's bars one by one, as they came, and gives those that can
 * be used, in order, with all that was found wrong. Pure: no clock, no file, no Redis.
 *
 * **Invariant:** what it gives depends on the bars so far and on nothing else, and is never taken back. */
import type { DirtAction, DirtConfig, DirtRule } from "../config/dirt_config.ts";
import type { CalendarKind } from "../config/instruments_config.ts";
import type { Bar } from "../contracts/bar.ts";
import { type Timeframe, timeframeMs } from "../contracts/symbol.ts";
import { type Finding, isSound, pricesText, repairValues } from "./bar_repair.ts";
import { type Jump, JumpDetector } from "./jump_detector.ts";
import type { SessionDays } from "./session_days.ts";
import { StaleOpens } from "./stale_opens.ts";
import { GAP_TIMES, TradingCalendar } from "./trading_calendar.ts";

export interface Inspected {
  /** None, the bar, or filled ones and the bar; each opens later than all before. */
  readonly bars: readonly Bar[];
  readonly findings: readonly Finding[];
}

export interface InspectorOptions {
  readonly timeframe: Timeframe;
  readonly rules: Readonly<DirtConfig>;
  readonly calendar: CalendarKind;
  /** Which days and hours the calendar means. */
  readonly days: SessionDays;
  /** Rows of a file may be `unordered`; a live bar that comes too late is `late`. */
  readonly arrival: "recorded" | "live";
  /** False where the feed has no volume at all. */
  readonly hasVolume: boolean;
}

/** Later times are none that a calendar knows. */
const END_OF_TIME_MS = Date.UTC(10_000, 0, 1);
const NO_BARS: readonly Bar[] = [];
const NOTHING: readonly Finding[] = [];

export class BarInspector {
  readonly #rules: Readonly<DirtConfig>;
  readonly #stepMs: number;
  readonly #arrival: "recorded" | "live";
  readonly #hasVolume: boolean;
  readonly #calendar: TradingCalendar;
  readonly #jumps: JumpDetector;
  readonly #opens: StaleOpens | null;
  /** The last bar that was given, filled ones included: nothing before or at it may be given any more. */
  #last: Bar | null = null;
  /** The last bar that was taken, as it came. */
  #lastRaw: Bar | null = null;
  /** Latest time of any bar that came: one that was put aside is not missing too. */
  #seenMs = -1;
  #hadVolume = false;
  #isHalted = false;
  #findings: Finding[] = [];

  constructor({ timeframe, rules, calendar, days, arrival, hasVolume }: InspectorOptions) {
    this.#rules = rules;
    this.#stepMs = timeframeMs(timeframe);
    this.#arrival = arrival;
    this.#hasVolume = hasVolume;
    this.#calendar = new TradingCalendar(calendar, timeframe, days);
    this.#jumps = new JumpDetector({ sigmas: rules.jump_sigmas, least: rules.jump_least });
    // A market that never closes has no other open than its last close.
    this.#opens = calendar === "24x7" ? null : new StaleOpens();
  }

  /** Whether a rule has halted the symbol: no bar is given any more. */
  get isHalted(): boolean {
    return this.#isHalted;
  }

  /** Years in which most bars opened at the previous close: fills at the next open are optimistic there. */
  get staleOpenYears(): readonly number[] {
    return this.#opens?.years ?? [];
  }

  /** Takes the next bar, whatever it holds; a value that could not be read is NaN. */
  inspect(raw: Bar): Inspected {
    if (this.#isHalted) return { bars: NO_BARS, findings: NOTHING };
    if (this.#findings.length > 0) this.#findings = [];
    const filled = this.#placeInTime(raw);
    const bar = filled === null ? null : this.#takeIfSound(raw);
    const findings = this.#findings.length === 0 ? NOTHING : this.#findings;
    if (findings.some(({ action }) => action === "halt")) this.#isHalted = true;
    if (filled === null || bar === null) return { bars: filled ?? NO_BARS, findings };
    return { bars: filled.length === 0 ? [bar] : [...filled, bar], findings };
  }

  /** Checks a bar's time. @returns Bars that fill the gap before it; null if the bar cannot be taken. */
  #placeInTime(raw: Bar): readonly Bar[] | null {
    const { openTimeMs } = raw;
    if (!(openTimeMs >= 0 && openTimeMs < END_OF_TIME_MS && Number.isInteger(openTimeMs))) {
      const action = this.#rules.unreadable === "halt" ? "halt" : "quarantine";
      this.#find(
        "unreadable",
        action,
        raw,
        "openTimeMs",
        `must be a time from 1970 to 9999: it is ${openTimeMs}`,
      );
      return null;
    }
    if (this.#last !== null && openTimeMs <= this.#last.openTimeMs) {
      this.#findOutOfOrder(raw, this.#last);
      return null;
    }
    const seenMs = this.#seenMs;
    if (openTimeMs <= seenMs) return NO_BARS;
    this.#seenMs = openTimeMs;
    const filled = seenMs < 0 ? NO_BARS : this.#acrossGap(seenMs, raw);
    this.#calendar.seen(openTimeMs);
    return filled;
  }

  #findOutOfOrder(raw: Bar, last: Bar): void {
    const [before, now] = [timeText(last.openTimeMs), timeText(raw.openTimeMs)];
    const original = this.#lastRaw;
    if (original === null || original.openTimeMs !== raw.openTimeMs) {
      const rule = this.#arrival === "live" ? "late" : "unordered";
      const action = this.#rules[rule] === "halt" ? "halt" : "quarantine";
      this.#find(rule, action, raw, "openTimeMs", `must go up: after ${before} comes ${now}`);
      return;
    }
    const isCopy = (Object.keys(raw) as (keyof Bar)[]).every((field) =>
      Object.is(raw[field], original[field])
    );
    const action = this.#rules.doubled === "repair" && !isCopy ? "quarantine" : this.#rules.doubled;
    const told = isCopy ? "an exact copy" : `with other values: the first has ${pricesText(original)}`;
    this.#find("doubled", action, raw, "openTimeMs", `must be there once: ${now} comes again, ${told}`);
  }

  /** @returns Bars that fill the gap before a bar, if they are to be made; null if the gap halts the symbol. */
  #acrossGap(seenMs: number, raw: Bar): readonly Bar[] | null {
    const gap = this.#calendar.gap(seenMs, raw.openTimeMs);
    if (gap === null) return NO_BARS;
    const last = this.#last;
    const rule = this.#rules.missing;
    const most = Math.min(this.#rules.missing_fill_bars, GAP_TIMES);
    const action = rule === "repair" && (last === null || gap.bars > most) ? "quarantine" : rule;
    const when = gap.bars === 1
      ? timeText(gap.firstMs)
      : `${timeText(gap.firstMs)} to ${timeText(gap.lastMs)}`;
    const reason = `must come as the calendar expects: ${gap.bars} did not, ${when}`;
    this.#find("missing", action, raw, null, reason);
    if (action === "halt") return null;
    if (action === "quarantine" || last === null) return NO_BARS;
    const price = last.close;
    const filled = gap.times.filter((openTimeMs) => openTimeMs > last.openTimeMs).map((openTimeMs) => (
      { openTimeMs, open: price, high: price, low: price, close: price, volume: 0 }
    ));
    this.#last = filled.at(-1) ?? last;
    return filled;
  }

  /** Takes a bar of a good time if its values are sound, or can be made so; null if it is put aside. */
  #takeIfSound(raw: Bar): Bar | null {
    const lastClose = this.#last?.close ?? NaN;
    let bar: Bar | null = raw;
    if (!isSound(raw)) {
      const repaired = repairValues(raw, this.#rules, lastClose);
      this.#findings.push(...repaired.findings);
      bar = repaired.bar;
    }
    if (bar === null || !this.#mayLackVolume(bar)) return null;
    const steps = this.#lastRaw === null
      ? 1
      : Math.max(1, (raw.openTimeMs - this.#lastRaw.openTimeMs) / this.#stepMs);
    bar = this.#withoutJumps(bar, steps);
    if (bar === null) return null;
    this.#opens?.count(bar.openTimeMs, bar.open, lastClose);
    this.#jumps.take(bar.close, steps);
    if (bar.volume > 0) this.#hadVolume = true;
    [this.#last, this.#lastRaw] = [bar, raw];
    return bar;
  }

  #mayLackVolume(bar: Bar): boolean {
    if (bar.volume > 0 || !this.#hasVolume || !this.#hadVolume) return true;
    const action = this.#rules.zero_volume;
    this.#find(
      "zero_volume",
      action,
      bar,
      "volume",
      `must be above 0, as it was before: it is ${bar.volume}`,
    );
    return action === "repair";
  }

  /** The bar without highs and lows that are too far from all else; null if it is put aside. */
  #withoutJumps(bar: Bar, steps: number): Bar | null {
    let kept = bar;
    // Behind a high that is cut, the low may be too far as well.
    for (let jump = this.#jumps.judge(kept, steps); jump !== null; jump = this.#jumps.judge(kept, steps)) {
      const action = this.#actionOn(jump);
      this.#find("jump", action, bar, jump.field, jumpText(kept, jump));
      if (action !== "repair") return null;
      if (jump.kind === "level") return kept;
      const { open, close } = kept;
      kept = jump.field === "high"
        ? { ...kept, high: Math.max(open, close) }
        : { ...kept, low: Math.min(open, close) };
    }
    return kept;
  }

  #actionOn({ kind }: Jump): DirtAction {
    const rule = this.#rules.jump;
    if (rule === "halt" || kind === "wick") return rule;
    return kind === "level" ? "repair" : "quarantine";
  }

  #find(
    rule: DirtRule,
    action: DirtAction,
    { openTimeMs }: Bar,
    field: keyof Bar | null,
    reason: string,
  ): void {
    this.#findings.push({ rule, action, field, reason, openTimeMs });
  }
}

function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

function jumpText(bar: Bar, { kind, field, move, most }: Jump): string {
  const moved = `${move > 0 ? "+" : ""}${move.toFixed(3)}`;
  if (kind === "level") {
    return `must be within ${
      most.toFixed(3)
    } of the last close in log: ${bar.close} is ${moved} away, but stays there`;
  }
  const from = kind === "wick" ? "open and close" : "the last close";
  return `must be within ${most.toFixed(3)} of ${from} in log: ${bar[field]} is ${moved} away`;
}
