/** Markets with dirt in them, for properties: a sound series of bars, and what happens to it on its way. */
import fc from "fast-check";
import { DIRT_RULES, DirtAction, DirtConfig } from "../config/dirt_config.ts";
import type { Bar } from "../contracts/bar.ts";
import { SeededRandom } from "./seeded_random.ts";

const HOUR_MS = 3_600_000;
/** A Monday. */
export const START_MS = Date.UTC(2021, 0, 4);

/** One thing that goes wrong: at which bar (as a share of all), and how. */
export interface Mishap {
  readonly kind: keyof typeof MISHAPS;
  readonly at: number;
  readonly size: number;
}

const FIELDS = ["open", "high", "low", "close", "volume"] as const;
const fieldOf = (size: number) => FIELDS[Math.floor(size * FIELDS.length)];
type Change = (bars: Bar[], index: number, size: number) => void;
const set = (changes: (bar: Bar, size: number) => Partial<Bar>): Change => (bars, index, size) => {
  bars[index] = { ...bars[index], ...changes(bars[index], size) };
};
const times = (factor: number) => ({ open, high, low, close }: Bar): Partial<Bar> => ({
  open: open * factor,
  high: high * factor,
  low: low * factor,
  close: close * factor,
});

/** Every kind of dirt that the rules know, each in its variants. */
export const MISHAPS = {
  copy: (bars, index) => void bars.splice(index, 0, { ...bars[index] }),
  other_double: (bars, index, size) =>
    void bars.splice(index + 1, 0, { ...bars[index], volume: bars[index].volume + 1 + size }),
  late: (bars, index, size) =>
    void bars.splice(index + 1 + Math.floor(size * 9), 0, ...bars.splice(index, 1)),
  swapped: (bars, index) => void bars.splice(index, 2, ...bars.slice(index, index + 2).toReversed()),
  missing: (bars, index, size) => void bars.splice(index, 1 + Math.floor(size * 40)),
  zero_volume: set(() => ({ volume: 0 })),
  nan: set((_, size) => ({ [fieldOf(size)]: NaN })),
  infinite: set((_, size) => ({ [fieldOf(size)]: size > 0.5 ? Infinity : -Infinity })),
  huge: set((_, size) => ({ [fieldOf(size)]: 1e300 })),
  no_time: set((_, size) => ({ openTimeMs: size > 0.5 ? NaN : size > 0.25 ? -1 : 0.5 })),
  far_time: set((_, size) => ({ openTimeMs: START_MS + Math.floor(size * 1e15) })),
  zero: set((_, size) => ({ [fieldOf(size)]: 0 })),
  negative: set((_, size) => ({ [fieldOf(size)]: -1 - size })),
  high_below_low: set(({ high, low }) => ({ high: low, low: high })),
  inside: set(({ open, close }) => ({ high: Math.min(open, close), low: Math.max(open, close) })),
  spike: set((bar, size) => times(size > 0.5 ? 100 : 0.01)(bar)),
  wick: set(({ high, low }, size) => size > 0.5 ? { high: high * 100 } : { low: low / 100 }),
  level: (bars, index, size) => {
    const factor = size > 0.5 ? 10 : 0.1;
    for (let later = index; later < bars.length; later++) set(times(factor))(bars, later, size);
  },
  stale_opens: (bars, index) => {
    for (let later = Math.max(1, index); later < bars.length; later++) {
      const { close } = bars[later - 1];
      set(({ high, low }) => ({ open: close, high: Math.max(high, close), low: Math.min(low, close) }))(
        bars,
        later,
        0,
      );
    }
  },
} satisfies Record<string, Change>;

/** Sound hourly bars, every hour of every day. */
export function soundBars(seed: number, count: number): Bar[] {
  const random = new SeededRandom(seed);
  let last = 100;
  return Array.from({ length: count }, (_, index) => {
    const open = last * Math.exp(0.002 * random.normal());
    const close = open * Math.exp(0.01 * random.normal());
    last = close;
    return {
      openTimeMs: START_MS + index * HOUR_MS,
      open,
      high: Math.max(open, close) * (1 + 0.003 * random.uniform()),
      low: Math.min(open, close) * (1 - 0.003 * random.uniform()),
      close,
      volume: Math.round(1 + 1_000 * random.uniform()),
    };
  });
}

/** What comes instead of sound bars. */
export function dirtyBars(sound: readonly Bar[], mishaps: readonly Mishap[]): Bar[] {
  const bars = [...sound];
  for (const { kind, at, size } of mishaps) {
    if (bars.length > 0) MISHAPS[kind](bars, Math.floor(at * bars.length), size);
  }
  return bars;
}

/** Evenly from 0 to below 1; `fc.double` is mostly next to 0. */
export const share = fc.nat(999).map((thousandth) => thousandth / 1_000);
const mishap = fc.record<Mishap>({
  kind: fc.constantFrom(...Object.keys(MISHAPS) as Mishap["kind"][]),
  at: share,
  size: share,
});

/** A market of up to so many bars, with up to 30 mishaps. */
export const dirtyMarkets = (mostBars: number): fc.Arbitrary<Bar[]> =>
  fc.tuple(fc.nat(1_000), fc.integer({ min: 1, max: mostBars }), fc.array(mishap, { maxLength: 30 }))
    .map(([seed, count, mishaps]) => dirtyBars(soundBars(seed, count), mishaps));

/** Any rules; halts are rare, as they end everything. */
export const anyRules: fc.Arbitrary<DirtConfig> = fc.record({
  ...Object.fromEntries(DIRT_RULES.map((rule) => [
    rule,
    fc.oneof(
      {
        weight: 30,
        arbitrary: fc.constantFrom(...rule === "late" ? ["quarantine"] : ["repair", "quarantine"]),
      },
      { weight: 1, arbitrary: fc.constant<DirtAction>("halt") },
    ),
  ])),
  missing_fill_bars: fc.integer({ min: 1, max: 50 }),
}).map((rules) => DirtConfig.parse(rules));
