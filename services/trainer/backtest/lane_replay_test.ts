import assert from "node:assert/strict";
import type { Decision } from "../../core/contracts/lane.ts";
import { FeatureConfig } from "../../core/features/feature_config.ts";
import { StateBuilder } from "../../core/features/state_builder.ts";
import { loadedModel, NO_RULES, STRATEGY } from "../../core/lane/lane_testing.ts";
import { LaneTrader } from "../../core/lane/lane_trader.ts";
import { LocalRunner } from "../../core/lane/model_runner.ts";
import type { RiskRules } from "../../core/risk/risk_rules.ts";
import { fakeModel } from "../../core/testing/fake_network.ts";
import { replayLanes } from "./lane_replay.ts";

const DAY_MS = 86_400_000;
/** About 1 in January: what the fake network multiplies. */
const MONTH = FeatureConfig.parse({ name: "month", source: "month_cos", norm: { kind: "none", clip: 1 } });

/** Bars that close at these prices, and open at the close before. */
const barsOf = (closes: readonly number[]) =>
  closes.map((close, index) => {
    const open = closes[Math.max(0, index - 1)];
    const [low, high] = [Math.min(open, close), Math.max(open, close)];
    return { openTimeMs: (index + 1) * DAY_MS, open, high, low, close, volume: 1 };
  });

/** What was decided on prices by symbol, in its order. @param late First bars that a symbol does not have. */
async function replayed(
  prices: Readonly<Record<string, readonly number[]>>,
  risk: RiskRules,
  late: Readonly<Record<string, number>> = {},
): Promise<Decision[]> {
  const sigma = Object.fromEntries(Object.keys(prices).map((symbol) => [symbol, 0.01]));
  const longAlways = await loadedModel(fakeModel([[0], [9], [0]], sigma));
  await using runner = new LocalRunner();
  const strategy = { ...STRATEGY, risk, clips: [null] };
  const lane = { account: "backtest", strategy, runner, confidenceAt: () => 1, replica: "backtest" };
  const lanes = Object.entries(prices).map(([symbol, closes]) => ({
    symbol,
    bars: barsOf(closes).slice(late[symbol] ?? 0),
    trader: new LaneTrader({ ...lane, symbol }),
    builder: new StateBuilder([MONTH]),
    modelAt: () => longAlways,
  }));
  const decisions: Decision[] = [];
  const span = { fromMs: 0, toMs: 10 * DAY_MS };
  await replayLanes(lanes, span, ({ decision }) => decisions.push(decision));
  return decisions;
}

const ordersOf = (decisions: readonly Decision[]) => decisions.map(({ order }) => order?.target ?? null);
const of = (decisions: readonly Decision[], name: string) =>
  decisions.filter(({ symbol }) => symbol === name);

const FLATTENING = {
  ...NO_RULES,
  lane: { ...NO_RULES.lane, maxDrawdown: 0.2 },
  onDrawdown: "flatten" as const,
};
const FALLING = [100, 110, 121, 80, 90, 120, 130];

Deno.test("replayLanes() is held to the limits of trading, and stays halted once one was broken", async () => {
  const decisions = await replayed({ SPX: FALLING }, FLATTENING);
  const orders = ordersOf(decisions);
  assert.deepEqual(orders.slice(0, 3).filter((target) => target !== null), [1]);
  assert.deepEqual(orders.slice(3), [0, null, null, null]);
  for (const { verdict } of decisions.slice(3)) {
    assert.match(
      verdict.reason,
      /trading is halted since bar 1970-01-05: SPX: drawdown 3\d.* over the limit of 20 %/,
    );
  }
  assert.equal(decisions.at(-1)!.laneAccount.quantity, "0");
});

Deno.test("replayLanes() halts every lane with the one that broke a limit: later lanes on its bar, earlier ones on the next", async () => {
  const calm = FALLING.map(() => 100);
  const decisions = await replayed({ A: calm, SPX: FALLING, Z: calm }, FLATTENING);
  assert.deepEqual(
    decisions.slice(0, 4).map(({ symbol, barMs }) => [symbol, barMs / DAY_MS]),
    [["A", 1], ["SPX", 1], ["Z", 1], ["A", 2]],
    "in bar time",
  );
  const closing = (name: string) => ordersOf(of(decisions, name)).lastIndexOf(0);
  assert.deepEqual([closing("A"), closing("SPX"), closing("Z")], [4, 3, 3]);
  for (const name of ["A", "SPX", "Z"]) {
    assert.match(of(decisions, name).at(-1)!.verdict.reason, /halted since bar 1970-01-05: SPX: drawdown/);
  }
});

Deno.test("replayLanes() holds all lanes to the limits of the account, by their bars before", async () => {
  const portfolio = { ...NO_RULES.portfolio, maxPosition: 0.6 };
  const flat = Array<number>(6).fill(100);
  const decisions = await replayed({ A: flat, Z: flat.slice(0, 5) }, { ...NO_RULES, portfolio });
  const [a, z] = [of(decisions, "A"), of(decisions, "Z")];
  assert.deepEqual([a[0]!.outside?.account?.equity, z[0]!.outside?.account?.equity], [100_000, 100_000]);
  const last = a.at(-1)!.outside!.account!;
  assert.ok(last.heldElsewhere > 0 && last.equity > 190_000, "Z counts after its last bar");
  for (const [index, { outside }] of z.entries()) {
    const before = a[index - 1];
    const held = Number(before?.laneAccount.quantity ?? 0) * 100;
    const counted = Math.max(held, 100_000 * (before?.order?.target ?? 0)); // the first bar's order fills on the second
    assert.ok(Math.abs(outside!.account!.heldElsewhere - counted) < 1e-6, `bar ${index + 1}`);
  }
});

Deno.test("replayLanes() counts what another lane has ordered on its bar before, though it is not filled yet", async () => {
  const portfolio = { ...NO_RULES.portfolio, maxPosition: 0.6 };
  const flat = Array<number>(6).fill(100);
  const decisions = await replayed({ A: flat, Z: flat }, { ...NO_RULES, portfolio }, { Z: 1 });
  assert.equal(ordersOf(of(decisions, "A"))[0], 0.6); // of its 100,000, as Z is not there yet
  const [z] = of(decisions, "Z");
  assert.equal(z!.outside!.account!.heldElsewhere, 60_000);
});
