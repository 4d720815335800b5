/** What is wrong with the values of one bar, and the bar as the rules repair it. Pure; knows of other bars only the last
 * close. */
import type { DirtAction, DirtConfig, DirtRule } from "../config/dirt_config.ts";
import { type Bar, HIGHEST_PRICE, LOWEST_PRICE } from "../contracts/bar.ts";

/** One thing that was wrong, and what was done. */
export interface Finding {
  readonly rule: DirtRule;
  readonly action: DirtAction;
  /** The value that breaks the rule; null where it is the bar. */
  readonly field: keyof Bar | null;
  /** `must be a number from 1e-8 to 9e7: it is -9`. */
  readonly reason: string;
  /** NaN where the time is what cannot be read. */
  readonly openTimeMs: number;
}

export interface Repaired {
  /** Sound; null where the bar is put aside. */
  readonly bar: Bar | null;
  /** What put it aside, or all that was repaired. */
  readonly findings: readonly Finding[];
}

export const PRICES = ["open", "high", "low", "close"] as const;

/** What the contract of a bar says, at a twentieth of its schema's price; the tests hold both to the same verdict. */
export function isSound({ openTimeMs, open, high, low, close, volume }: Bar): boolean {
  return openTimeMs >= 0 && Number.isSafeInteger(openTimeMs) &&
    low >= LOWEST_PRICE && low <= open && low <= close && high >= open && high >= close && high >= low &&
    high <= HIGHEST_PRICE && volume >= 0 && volume < Infinity;
}

/** Repairs the values of a bar whose time is sound. @param lastClose NaN where there is none. */
export function repairValues(raw: Bar, rules: Readonly<DirtConfig>, lastClose: number): Repaired {
  const bar = { ...raw };
  const findings: Finding[] = [];
  for (const field of [...PRICES, "volume"] as const) {
    const rule = ruleAgainst(field, raw[field]);
    if (rule === null) continue;
    const canRepair = field !== "close" && (field !== "open" || lastClose > 0);
    const action = rules[rule] === "repair" && !canRepair ? "quarantine" : rules[rule];
    const bound = field === "volume" ? "from 0 on" : "from 1e-8 to 9e7";
    const reason = `must be a number ${bound}: it is ${raw[field]}`;
    findings.push({ rule, action, field, reason, openTimeMs: raw.openTimeMs });
    bar[field] = NaN;
  }
  const decisive = findings.find(({ action }) => action === "halt") ??
    findings.find(({ action }) => action === "quarantine");
  if (decisive !== undefined) return { bar: null, findings: [decisive] };
  if (Number.isNaN(bar.open)) bar.open = lastClose;
  if (Number.isNaN(bar.high)) bar.high = highest(bar);
  if (Number.isNaN(bar.low)) bar.low = lowest(bar);
  if (Number.isNaN(bar.volume)) bar.volume = 0;
  if (isSound(bar)) return { bar, findings };
  const [field, which] = bar.high === highest(bar)
    ? ["low", "lowest"] as const
    : ["high", "highest"] as const;
  const action = rules.high_below_low;
  const { openTimeMs } = raw;
  const reason = `must be the ${which} price: the bar has ${pricesText(bar)}`;
  const finding: Finding = { rule: "high_below_low", action, field, reason, openTimeMs };
  if (action !== "repair") return { bar: null, findings: [finding] };
  return { bar: { ...bar, high: highest(bar), low: lowest(bar) }, findings: [...findings, finding] };
}

export function pricesText({ open, high, low, close }: Bar): string {
  return `open ${open}, high ${high}, low ${low}, close ${close}`;
}

function ruleAgainst(field: keyof Bar, value: number): "unreadable" | "not_positive" | null {
  if (field === "volume") return value < 0 ? "not_positive" : value < Infinity ? null : "unreadable";
  if (value <= 0) return "not_positive";
  return value >= LOWEST_PRICE && value <= HIGHEST_PRICE ? null : "unreadable";
}

/** The highest price that is there. */
function highest(bar: Bar): number {
  return Math.max(...PRICES.map((price) => bar[price]).filter((price) => !Number.isNaN(price)));
}

function lowest(bar: Bar): number {
  return Math.min(...PRICES.map((price) => bar[price]).filter((price) => !Number.isNaN(price)));
}
