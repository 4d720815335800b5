import assert from "node:assert/strict";
import { StateBuilder } from "../../core/features/state_builder.ts";
import { STRATEGY } from "../../core/lane/lane_testing.ts";
import { SeededRandom } from "../../core/market/seeded_random.ts";
import { returnsOf, sharpeOf } from "../../core/metrics/performance.ts";
import { fakeModel, openFakeNetwork } from "../../core/testing/fake_network.ts";
import { runBacktest } from "./backtest.ts";
import { DAY_MS, feedFrom } from "./backtest_testing.ts";
import { foldModels } from "./deciding_models.ts";
import { reportPage } from "./page/report_page.ts";
import { reportOf } from "./report.ts";
import { describeReport, type ReportHead } from "./report_text.ts";

const NAME = "X</script><b>&";
const HEAD: ReportHead = {
  feed: `csv:/tmp/<img src=x>.csv`,
  note: "no & dividends",
  symbols: [NAME],
  model: "model m-0123456789abcdef",
  costs: "4 bp a side",
  currency: "USD",
  warnings: ["A warning <that> matters"],
};

async function made(bars: number) {
  const random = new SeededRandom(4);
  let price = 100;
  const feed = feedFrom({
    X: Array.from({ length: bars }, () => price *= Math.exp(0.01 * random.normal())),
  });
  const norm = { kind: "none" as const };
  const features = [{ name: "r", source: "log_return", params: { bars: 1 }, norm }];
  const blob = fakeModel([[0], [100], [0]], { X: 0.01 });
  const backtest = await runBacktest({
    feed,
    span: { fromMs: 3 * DAY_MS, toMs: bars * DAY_MS },
    strategy: STRATEGY,
    account: "paper",
    models: foldModels([{ version: "m-1", blob, fromMs: 0 }], openFakeNetwork),
    confidenceAt: () => 0.5,
    makeStateBuilder: () => new StateBuilder(features),
    seed: 1,
    signal: new AbortController().signal,
  });
  const returns = [...returnsOf(backtest.model.curve.equity)];
  const other = returns.map((value, index) => index % 2 === 0 ? value : -value);
  const sameBars = [other, returns];
  const trials = [
    { kind: "training" as const, sharpe: 0.1 },
    ...sameBars.map((each) => ({ kind: "backtest" as const, sharpe: sharpeOf(each) })),
  ];
  const report = reportOf({ backtest, trials, sameBars, isTest: true, barsPerYear: 252, seed: 1 });
  return { feed, backtest, report };
}

Deno.test("describeReport() begins with what is proven, against buying and holding and against nothing", async () => {
  const { report } = await made(400);
  const lines = describeReport(HEAD, report).split("\n");
  assert.match(lines[0]!, /^No edge beyond chance|^It loses money beyond chance/);
  assert.match(
    lines[1]!,
    /^Against buying and holding: [+−][\d.]+ points of growth a year \(95 % interval [+−]/,
  );
  assert.match(lines[2]!, /^Against staying flat: .*, better with probability \d+ %$/);
  assert.equal(lines[3], HEAD.warnings[0]);
  assert.match(lines[4]!, /398 bars from 1970-01-04 to 1971-02-05; model m-0123456789abcdef; 4 bp a side$/);
  const table = lines.slice(6);
  assert.match(table[0]!, /model +buy and hold +flat +random +SMA 50\/200$/);
  for (const row of ["growth a year", "Sharpe ratio", "deepest drawdown", "turnover a year", "fees paid"]) {
    assert.ok(table.some((line) => line.startsWith(row)), row);
  }
  const tried = lines.find((line) => line.includes("different tries"))!;
  assert.match(
    tried,
    /3 different tries have seen these bars or some of them, this one included \(2 backtests, 1 training\), .* the best of the 2 on exactly these bars .*\(PBO\)/,
  );
});

Deno.test("reportOf() counts trials against the Sharpe ratio", async () => {
  const { report } = await made(400);
  const { trials, probabilisticSharpe, deflatedSharpe, overfitting } = report.significance;
  assert.equal(trials, 3);
  assert.ok(deflatedSharpe < probabilisticSharpe);
  assert.ok(overfitting !== null && overfitting >= 0 && overfitting <= 1);
});

Deno.test("reportOf() brings nothing to a year that is too short, and every form of it says so", async () => {
  const short = await made(65); // a quarter of a year of days takes 63 returns, and there are 62
  const { report } = short;
  const why =
    "Too few bars to annualise: it takes 63 returns of a bar, a quarter of a year and 60 at least, and there are 62.";
  assert.equal(report.notAnnual, why);
  const { figures, intervals } = report.strategies[0]!;
  for (const name of ["cagr", "volatility", "sharpe", "sortino", "calmar"] as const) {
    assert.deepEqual([figures[name], intervals![name]], [null, null], name);
  }
  assert.equal(figures.turnover, null);
  assert.ok(figures.maxDrawdown > 0 && intervals!.maxDrawdown !== null && figures.totalReturn !== 0);
  const text = describeReport(HEAD, report);
  assert.equal(text.split("\n")[3], why);
  assert.match(text, /^Against staying flat: [+−][\d.]+ points of growth \(95 %/m);
  assert.match(text, /^Sharpe ratio +–( +–)+$/m);
  assert.match(
    reportPage(HEAD, report, short.backtest, short.feed),
    new RegExp(`${why}.*<td>Sharpe ratio</td><td class="model">–</td>`, "s"),
  );
  assert.equal((await made(66)).report.notAnnual, null);
});

Deno.test("reportPage() is one file that asks for nothing, and lets no name break out", async () => {
  const { feed, backtest, report } = await made(700);
  const page = reportPage(HEAD, report, backtest, feed);
  assert.ok(
    !/https?:|src=|href=|@import|url\(/.test(page.replaceAll("&lt;img src=x&gt;", "")),
    "it asks for nothing",
  );
  assert.equal(page.match(/<\/script>/g)?.length, 2, "its own scripts alone end");
  assert.ok(!page.includes("<b>&") && page.includes("X&lt;/script&gt;&lt;b&gt;&amp;"));
  assert.match(page, /<h1>(No edge|It loses)/);
  assert.equal(page.match(/<svg /g)?.length, 1 + 3, "the curves, and three charts of candles");
  assert.match(page, /class="mark buy"/);
  assert.match(page, /<td>1971<\/td>/);
});
