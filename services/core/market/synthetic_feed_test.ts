import assert from "node:assert/strict";
import { MiscConfig } from "../config/misc.ts";
import { Bar } from "../contracts/bar.ts";
import { SymbolName } from "../contracts/symbol.ts";
import type { BarSeries } from "./bar_series.ts";
import { openSyntheticFeed, SYNTHETIC_MARKETS } from "./synthetic_feed.ts";

const rules = MiscConfig.parse({});
const open = (market: string, symbols: string | null = null, seed = 1, bars = 5_000) =>
  openSyntheticFeed(market, { symbols, seed, bars, rules });
const seriesOf = (market: string, seed = 1, bars = 5_000) =>
  open(market, null, seed, bars).bars(`${market}-1`);
/** Log price over the start price at every close. */
const logPrices = (series: BarSeries) => Array.from(series, (bar) => Math.log(bar.close / 100));
const steps = (x: readonly number[]) => x.slice(1).map((value, index) => value - x[index]);
const mean = (x: readonly number[]) => x.reduce((sum, value) => sum + value, 0) / x.length;
function sd(x: readonly number[]): number {
  const center = mean(x);
  return Math.sqrt(mean(x.map((value) => (value - center) ** 2)));
}
function correlation(x: readonly number[], y: readonly number[]): number {
  const [meanX, meanY] = [mean(x), mean(y)];
  return mean(x.map((value, index) => (value - meanX) * (y[index] - meanY))) / (sd(x) * sd(y));
}
/** Correlation of a series with itself, so many bars before. */
const autocorrelation = (x: readonly number[], lag: number) => correlation(x.slice(lag), x.slice(0, -lag));

for (const market of SYNTHETIC_MARKETS) {
  Deno.test(`openSyntheticFeed(${market}) makes daily bars that keep their contract and join without gaps`, () => {
    const series = seriesOf(market);
    assert.equal(series.length, 5_000);
    let last: Bar | null = null;
    for (const bar of series) {
      assert.deepEqual(Bar.parse(bar), bar);
      assert.ok(bar.volume > 0);
      if (last !== null) {
        assert.equal(bar.open, last.close);
        assert.equal(bar.openTimeMs, last.openTimeMs + 86_400_000);
      }
      last = bar;
    }
    assert.equal(series.openTimeMs(0), Date.UTC(2000, 0, 1));
    const { dirt, barsPerYear } = open(market);
    assert.deepEqual([dirt.counts.size, dirt.warnings], [0, []]);
    assert.equal(barsPerYear(`${market}-1`), 365.2425);
  });

  Deno.test(`openSyntheticFeed(${market}) repeats itself by seed and symbol, and in any length`, () => {
    const four = open(market, "4");
    assert.deepEqual(four.symbols, [1, 2, 3, 4].map((number) => `${market}-${number}`));
    assert.ok(four.symbols.every((symbol) => SymbolName.safeParse(symbol).success));
    assert.deepEqual([...four.bars(`${market}-3`)], [...open(market, `${market}-3`).bars(`${market}-3`)]);
    assert.deepEqual([...seriesOf(market, 1, 100)], [...seriesOf(market)].slice(0, 100));
    assert.notDeepEqual([...seriesOf(market, 1)], [...seriesOf(market, 2)]);
    assert.notDeepEqual([...four.bars(`${market}-1`)], [...four.bars(`${market}-2`)]);
  });
}

Deno.test("market A reverts: AR(1) coefficient 0.9, noise 0.01, sd 0.022942", () => {
  const x = logPrices(seriesOf("A", 1, 100_000));
  const previous = x.slice(0, -1);
  const slope = correlation(previous, x.slice(1)) * sd(x.slice(1)) / sd(previous);
  const noise = x.slice(1).map((value, index) => value - 0.9 * x[index]);
  assert.ok(Math.abs(slope - 0.9) < 0.007, `slope ${slope}`);
  assert.ok(Math.abs(sd(noise) - 0.01) < 0.00012, `noise ${sd(noise)}`);
  assert.ok(Math.abs(sd(x) - 0.022942) < 0.0009, `sd ${sd(x)}`);
  assert.ok(Math.abs(mean(x)) < 0.0016, `mean ${mean(x)}`);
});

Deno.test("market B is a cycle of 24 bars: 0.02 [sin w + ½ sin(2w + 1)]", () => {
  const x = logPrices(seriesOf("B", 1, 96));
  const cycle = Array.from({ length: 24 }, (_, k) => {
    const w = 2 * Math.PI * k / 24;
    return 0.02 * (Math.sin(w) + 0.5 * Math.sin(2 * w + 1));
  });
  const start = cycle.findIndex((value) => Math.abs(value - x[0]) < 1e-9 && Math.abs(value - x[24]) < 1e-9);
  assert.ok(start >= 0);
  x.forEach((value, index) => assert.ok(Math.abs(value - cycle[(start + index) % 24]) < 1e-9));
});

Deno.test("market C trends: sd and autocorrelation of a regime that turns with probability 0.02", () => {
  const r = steps(logPrices(open("C", null, 3, 20_000).bars("C-1")));
  const variance = 0.004 ** 2 + 0.01 ** 2;
  assert.ok(Math.abs(sd(r) - Math.sqrt(variance)) < 0.0003, `sd ${sd(r)}`);
  for (const lag of [1, 5, 20]) {
    const expected = 0.004 ** 2 * 0.96 ** lag / variance;
    assert.ok(Math.abs(autocorrelation(r, lag) - expected) < 0.04, `lag ${lag}: ${autocorrelation(r, lag)}`);
  }
});

Deno.test("market D is noise of 1 % a bar", () => {
  const r = steps(logPrices(seriesOf("D", 1, 20_000)));
  assert.ok(Math.abs(sd(r) - 0.01) < 0.00025);
  for (const lag of [1, 2, 10]) assert.ok(Math.abs(autocorrelation(r, lag)) < 5 / Math.sqrt(20_000));
});

Deno.test("openSyntheticFeed() gives symbols with independent noise", () => {
  const feed = open("D", "2", 1, 20_000);
  const [one, other] = feed.symbols.map((symbol) => steps(logPrices(feed.bars(symbol))));
  assert.ok(Math.abs(correlation(one, other)) < 5 / Math.sqrt(20_000));
});

Deno.test("openSyntheticFeed() names the rule that an option breaks", () => {
  const cases: [() => unknown, RegExp][] = [
    [() => open("Z"), /must be one of A, B, C, D: it is "Z"/],
    [() => open("constructor"), /must be one of A, B, C, D: it is "constructor"/],
    [() => open("A", "0"), /a number must be from 1 to 500: it is 0/],
    [() => open("A", "501"), /a number must be from 1 to 500: it is 501/],
    [() => open("A", "SPX"), /--symbols SPX as synthetic:A holds A-1 to A-500/],
    [() => open("A", "A-0"), /A-0 as synthetic:A holds/],
    [() => open("A", null, 1, 0), /bars must be a whole number from 1 to 1000000: there are 0/],
    [() => open("A", null, -1), /seed must be a whole number from 0 on: it is -1/],
    [() => open("A", null, 1.5), /seed must be a whole number from 0 on: it is 1.5/],
    [() => open("A").bars("A-2"), /bars of A-2 as synthetic:A holds A-1/],
    [() => open("C", "20", 1, 100_000), /price must stay between 0.01 and 90000000: bar [0-9]+ closes at/],
  ];
  for (const [action, message] of cases) assert.throws(action, { name: "RangeError", message });
});

Deno.test("openSyntheticFeed() takes the number of bars with the market", () => {
  const options = { symbols: null, seed: 1, rules };
  const [short, long] = ["A:30", "A:40"].map((spec) => openSyntheticFeed(spec, options).bars("A-1"));
  assert.deepEqual([short!.length, long!.length], [30, 40]);
  assert.deepEqual([...short!], [...long!].slice(0, 30));
  assert.throws(
    () => openSyntheticFeed("A:many", options),
    /^RangeError: Cannot open synthetic:A:many as bars must be a whole number from 1 to 1000000: there are many$/,
  );
});
