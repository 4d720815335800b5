/** Markets with a known optimum, as bars: a learner that cannot earn on A, B and C, or that trades on D, does not learn. */
import { instrumentOf } from "../config/instruments_config.ts";
import type { Bar } from "../contracts/bar.ts";
import type { BarSeries } from "./bar_series.ts";
import { DirtTally } from "./dirt_tally.ts";
import { type Feed, feedOf } from "./feed.ts";
import type { FeedRules } from "./inspect_rows.ts";
import { SeededRandom } from "./seeded_random.ts";
import { UTC_DAYS } from "./session_days.ts";
import { SymbolInspection } from "./symbol_inspection.ts";
import { MAX_SYMBOLS, splitSymbols } from "./symbol_selection.ts";

const FIRST_OPEN_MS = Date.UTC(2000, 0, 1);
const DAY_MS = 86_400_000;
const START_PRICE = 100;
/** Prices have 8 places, and those are exact only up to 9e7; below the lower bound their steps would be visible. */
const LOWEST_PRICE = 0.01;
const HIGHEST_PRICE = 9e7;
const PRICE_STEPS = 1e8;
/** How far a bar's range exceeds its open and close at most. */
const WICK = 0.0025;
const MAX_BARS = 1_000_000;

interface SyntheticMarket {
  /** Part of the random stream's name. */
  readonly id: number;
  readonly about: string;
  /** Log price over the start price, bar by bar; the first is the open of the first bar. */
  logPrices(random: SeededRandom): Generator<number>;
}

/** The markets by name; `logPrices` is the definition. */
const MARKETS: Readonly<Record<string, SyntheticMarket>> = {
  A: {
    id: 1,
    about: "mean reversion, x' = 0.9x + 0.01ε",
    *logPrices(random) {
      for (let x = 0.01 / Math.sqrt(1 - 0.9 ** 2) * random.normal();; x = 0.9 * x + 0.01 * random.normal()) {
        yield x;
      }
    },
  },
  B: {
    id: 2,
    about: "a cycle of 24 bars without noise",
    *logPrices(random) {
      for (let k = random.bits() % 24;; k++) {
        const w = 2 * Math.PI * (k % 24) / 24;
        yield 0.02 * (Math.sin(w) + Math.sin(2 * w + 1) / 2);
      }
    },
  },
  C: {
    id: 3,
    about: "a hidden trend of ±0.4 % a bar that turns with probability 0.02, under 1 % of noise",
    *logPrices(random) {
      let trend = random.uniform() < 0.5 ? -1 : 1;
      for (let x = 0;; x += 0.004 * trend + 0.01 * random.normal()) {
        yield x;
        if (random.uniform() < 0.02) trend = -trend;
      }
    },
  },
  D: {
    id: 4,
    about: "noise alone: there is nothing to learn, and not to trade is best",
    *logPrices(random) {
      for (let x = 0;; x += 0.01 * random.normal()) yield x;
    },
  },
};

export const SYNTHETIC_MARKETS: readonly string[] = Object.keys(MARKETS);

export interface SyntheticOptions {
  /** A count, or a comma list of `NAME-1`, `NAME-2`, …; null for one. */
  readonly symbols: string | null;
  readonly seed: number;
  /** Bars of each symbol. */
  readonly bars?: number;
  readonly rules: FeedRules;
}

/** It never closes. */
const CALENDAR = "24x7";
const TIMEFRAME = "1d";

/** Makes a market's bars. The same market, symbol and seed give the same bars, however many are made.
 * @param spec A market, or `MARKET:BARS`, e.g. `A:100000`.
 * @throws {RangeError} If there is no such market or symbol, or a number is out of its range. */
export function openSyntheticFeed(spec: string, options: SyntheticOptions): Feed {
  const name = `synthetic:${spec}`;
  const [marketName = "", length] = spec.split(":");
  const market = Object.hasOwn(MARKETS, marketName) ? MARKETS[marketName] : undefined;
  if (market === undefined) {
    throw new RangeError(
      `Cannot open ${name} as the market must be one of ${
        SYNTHETIC_MARKETS.join(", ")
      }: it is "${marketName}"`,
    );
  }
  const { symbols, seed, rules } = options;
  const bars = length === undefined ? options.bars ?? 5_000 : Number(length);
  if (!Number.isInteger(bars) || bars < 1 || bars > MAX_BARS) {
    throw new RangeError(
      `Cannot open ${name} as bars must be a whole number from 1 to ${MAX_BARS}: there are ${length ?? bars}`,
    );
  }
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`Cannot open ${name} as the seed must be a whole number from 0 on: it is ${seed}`);
  }
  const tally = new DirtTally(name, rules.dirt.most_quarantined);
  const series = new Map<string, BarSeries>();
  for (const number of symbolNumbers(marketName, symbols)) {
    const symbol = `${marketName}-${number}`;
    const instrument = instrumentOf(rules.instruments, symbol);
    const inspection = new SymbolInspection(symbol, {
      timeframe: TIMEFRAME,
      rules: rules.dirt,
      calendar: instrument?.calendar ?? CALENDAR,
      days: UTC_DAYS,
      hasVolume: true,
    }, tally);
    for (const bar of makeBars(symbol, market, number, seed, bars)) {
      inspection.push(bar, () => ({ source: name, reason: null, content: JSON.stringify(bar) }));
    }
    series.set(symbol, inspection.series);
  }
  return feedOf(
    { name, note: `A made-up market: ${market.about}; seed ${seed}`, timeframe: TIMEFRAME },
    series,
    { dirt: tally, instruments: rules.instruments, calendar: CALENDAR },
  );
}

/** Which of `NAME-1` … `NAME-500` are asked for. */
function symbolNumbers(market: string, selection: string | null): readonly number[] {
  const names = splitSymbols(selection);
  if (names === null) return [1];
  if (names.length === 1 && /^[0-9]+$/.test(names[0])) {
    const count = Number(names[0]);
    if (count >= 1 && count <= MAX_SYMBOLS) return Array.from({ length: count }, (_, index) => index + 1);
    throw new RangeError(
      `Cannot take --symbols as a number must be from 1 to ${MAX_SYMBOLS}: it is ${count}`,
    );
  }
  return names.map((name) => {
    const digits = name.startsWith(`${market}-`) ? name.slice(market.length + 1) : "";
    const number = /^[1-9][0-9]{0,3}$/.test(digits) ? Number(digits) : 0;
    if (number >= 1 && number <= MAX_SYMBOLS) return number;
    throw new RangeError(
      `Cannot take --symbols ${name} as synthetic:${market} holds ${market}-1 to ${market}-${MAX_SYMBOLS}`,
    );
  });
}

/** A bar opens where the last one closed. Ranges and volumes have a random stream of their own, so that the price path
 * is the market's definition and nothing else. */
function* makeBars(
  symbol: string,
  market: SyntheticMarket,
  number: number,
  seed: number,
  bars: number,
): Generator<Bar> {
  const path = market.logPrices(new SeededRandom(seed, market.id, number, 0));
  const ranges = new SeededRandom(seed, market.id, number, 1);
  let open = priceAt(path.next().value);
  for (let index = 0; index < bars; index++) {
    const close = priceAt(path.next().value);
    if (close < LOWEST_PRICE || close > HIGHEST_PRICE / (1 + WICK)) {
      throw new RangeError(
        `Cannot make ${bars} bars of ${symbol} as its price must stay between ${LOWEST_PRICE} and ` +
          `${HIGHEST_PRICE}: bar ${index + 1} closes at ${close}; ask for fewer bars or another seed`,
      );
    }
    yield {
      openTimeMs: FIRST_OPEN_MS + index * DAY_MS,
      open,
      high: toPriceStep(Math.max(open, close) * (1 + WICK * ranges.uniform())),
      low: toPriceStep(Math.min(open, close) * (1 - WICK * ranges.uniform())),
      close,
      volume: Math.round(1_000 * (0.5 + ranges.uniform())),
    };
    open = close;
  }
}

function priceAt(logPrice: number): number {
  return toPriceStep(START_PRICE * Math.exp(logPrice));
}

function toPriceStep(price: number): number {
  return Math.round(price * PRICE_STEPS) / PRICE_STEPS;
}
