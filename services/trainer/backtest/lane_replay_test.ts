import assert from "node:assert/strict";
import type { Decision } from "../../core/contracts/lane.ts";
import { FeatureConfig } from "../../core/features/feature_config.ts";
import { StateBuilder } from "../../core/features/state_builder.ts";
import { loadedModel, NO_RULES, STRATEGY } from "../../core/lane/lane_testing.ts";
import { LaneTrader } from "../../core/lane/lane_trader.ts";
import { LocalRunner } from "../../core/lane/model_runner.ts";
import { fakeModel } from "../../core/testing/fake_network.ts";
import { replayLane } from "./lane_replay.ts";

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

Deno.test("replayLane() is held to the limits of trading, and stays halted once one was broken", async () => {
  const longAlways = await loadedModel(fakeModel([[0], [9], [0]], { SPX: 0.01 }));
  const risk = { ...NO_RULES, lane: { ...NO_RULES.lane, maxDrawdown: 0.2 }, onDrawdown: "flatten" as const };
  await using runner = new LocalRunner();
  const decisions: Decision[] = [];
  await replayLane(barsOf([100, 110, 121, 80, 90, 120, 130]), {
    fromMs: 0,
    toMs: 10 * DAY_MS,
  }, {
    trader: new LaneTrader({
      account: "backtest",
      symbol: "SPX",
      strategy: { ...STRATEGY, risk, clips: [null] },
      runner,
      confidenceAt: () => 1,
      replica: "backtest",
    }),
    builder: new StateBuilder([MONTH]),
    modelAt: () => longAlways,
    onBar: ({ decision }) => decisions.push(decision),
  });
  const orders = decisions.map(({ order }) => order?.target ?? null);
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
