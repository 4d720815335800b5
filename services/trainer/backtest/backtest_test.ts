import assert from "node:assert/strict";
import { FREE } from "../../core/account/account_testing.ts";
import type { TradeRules } from "../../core/account/trade_rules.ts";
import { StateBuilder } from "../../core/features/state_builder.ts";
import { STRATEGY } from "../../core/lane/lane_testing.ts";
import { loadModel } from "../../core/lane/loaded_model.ts";
import { fakeModel, openFakeNetwork } from "../../core/testing/fake_network.ts";
import { type BacktestParts, runBacktest } from "./backtest.ts";
import { DAY_MS, feedFrom } from "./backtest_testing.ts";
import { foldModels } from "./deciding_models.ts";

/** Down on three days, up on the next three, twice over. */
const PRICES = [100, 99, 97, 94, 96, 99, 103, 102, 100, 97, 99, 102, 106];
const FEATURES = [
  { name: "r", source: "log_return", params: { bars: 1 }, norm: { kind: "none" as const } },
];
/** Likes to be long after a rise, as long as that is worth its cost. */
const FOLLOWER = fakeModel([[0], [100], [0]], { X: 0.01, Y: 0.01 });

function partsOf(changes: Partial<BacktestParts> = {}): BacktestParts {
  return {
    feed: feedFrom({ X: PRICES }),
    span: { fromMs: 3 * DAY_MS, toMs: 13 * DAY_MS },
    strategy: STRATEGY,
    account: "paper",
    models: foldModels([{ version: "m-1", blob: FOLLOWER, fromMs: 0 }], openFakeNetwork),
    confidenceAt: () => 0.5,
    makeStateBuilder: () => new StateBuilder(FEATURES),
    seed: 1,
    signal: new AbortController().signal,
    ...changes,
  };
}

Deno.test("runBacktest() decides on a close, fills at the next open, and keeps every lane's money apart", async () => {
  const { model } = await runBacktest(partsOf({ feed: feedFrom({ X: PRICES, Y: PRICES.toReversed() }) }));
  const [x, y] = model.books as [typeof model.books[0], typeof model.books[0]];
  assert.deepEqual(x.timesMs.map((ms) => ms / DAY_MS), [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
  // Up at the close of day 5, so in from day 6 to day 9, which follows the fall of day 8; in again on day 12.
  assert.deepEqual(x.position.map((each) => Math.round(each)), [0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1]);
  assert.equal(x.fills.length, 3);
  assert.notDeepEqual(x.equity, y.equity);
  assert.equal(model.curve.equity[0], 200_000);
  assert.equal(model.curve.equity.at(-1), x.equity.at(-1)! + y.equity.at(-1)!);
});

Deno.test("runBacktest() gives every lane the same, whichever symbol comes first", async () => {
  const rules: TradeRules = {
    ...FREE,
    takerBps: 3,
    minFee: 1,
    slippage: { model: "volume_share", bpsAtOnePercent: 1, power: 0.5, mostBps: 20 },
  };
  const strategy = {
    ...STRATEGY,
    rulesOf: (symbol: string) => symbol === "X" ? { ...rules, lot: 10 } : rules,
  };
  const prices = { X: PRICES, Y: PRICES.toReversed(), Z: PRICES.map((price) => price * 1.5) };
  const orders = [["X", "Y", "Z"], ["Z", "X", "Y"], ["Y", "Z", "X"]] as const;
  const runs = await Promise.all(orders.map(async (order) => {
    const feed = feedFrom(Object.fromEntries(order.map((symbol) => [symbol, prices[symbol]])));
    const { model, buyAndHold } = await runBacktest(partsOf({ feed, strategy }));
    const lanes = [...model.books, ...buyAndHold.books].sort((a, b) => a.symbol.localeCompare(b.symbol));
    return { lanes, equity: model.curve.equity.map((value) => Math.round(value * 1e6)) };
  }));
  assert.equal(runs[0]!.lanes.filter(({ fills }) => fills.length > 0).length, 5); // nobody knows Z
  for (const run of runs.slice(1)) assert.deepEqual(run, runs[0]);
});

Deno.test("runBacktest() gives each bar the model of its fold, and tells what could not be decided", async () => {
  const models = foldModels([
    { version: "m-1", blob: FOLLOWER, fromMs: 5 * DAY_MS },
    { version: "m-2", blob: fakeModel([[1], [0], [0]], { X: 0.01 }), fromMs: 9 * DAY_MS },
  ], openFakeNetwork);
  const decided: [number, string | null][] = [];
  const { refusals } = await runBacktest(partsOf({
    models,
    onBar: ({ decision }) => decided.push([decision.barMs / DAY_MS, decision.modelVersion]),
  }));
  const versions = [null, null, "m-1", "m-1", "m-1", "m-1", "m-2", "m-2", "m-2", "m-2", "m-2"];
  assert.deepEqual(decided, versions.map((version, index) => [index + 3, version]));
  assert.deepEqual([...refusals], [["no model has passed the gate yet", 2]]);
});

Deno.test("runBacktest() never lets later bars change what came before", async () => {
  const whole = await runBacktest(partsOf());
  for (const days of [6, 9, 12]) {
    const cut = await runBacktest(partsOf({
      feed: feedFrom({ X: PRICES.slice(0, days) }),
      span: { fromMs: 3 * DAY_MS, toMs: days * DAY_MS },
    }));
    assert.deepEqual(cut.model.books[0]!.equity, whole.model.books[0]!.equity.slice(0, days - 2));
  }
});

Deno.test("runBacktest() sets the model beside rules that know nothing, over the same bars", async () => {
  const found = await runBacktest(partsOf());
  for (const run of [found.buyAndHold, found.flat, found.random, found.smaCrossover]) {
    assert.deepEqual(run.curve.timesMs, found.model.curve.timesMs);
    assert.equal(run.curve.equity[0], 100_000);
  }
  assert.equal(found.randomTraders, 100);
  assert.ok(found.aheadOfRandom >= 0 && found.aheadOfRandom <= 1);
});

Deno.test("runBacktest() stops when it is told to", async () => {
  const stop = new AbortController();
  const onBar = () => stop.abort();
  await assert.rejects(runBacktest(partsOf({ signal: stop.signal, onBar })), { name: "AbortError" });
});

Deno.test("foldModels() refuses bytes that are no model, and closes what it opened", () => {
  const blob = new TextEncoder().encode("nothing");
  assert.throws(() => foldModels([{ version: "m-1", blob, fromMs: 0 }], openFakeNetwork), /not a model file/);
  const models = foldModels([{ version: "m-1", blob: FOLLOWER, fromMs: 0 }], openFakeNetwork);
  const { net } = models.modelAt("X", 1) ?? loadModel("m-1", FOLLOWER, openFakeNetwork);
  models[Symbol.dispose]();
  assert.throws(() => net.forward(Float32Array.of(0), new Float32Array(3)), /closed/);
});
