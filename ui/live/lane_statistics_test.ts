import { equal, ok } from "node:assert/strict";
import { measurePerformance } from "../../services/core/metrics/performance.ts";
import { StatisticsCount } from "./lane_statistics.ts";

const DAY_MS = 86_400_000;

Deno.test("StatisticsCount counts a lane's figures by hand", () => {
  const count = new StatisticsCount("24x7", "1d");
  const equity = [1_000, 1_100, 990, 1_200];
  equity.forEach((value, index) =>
    count.addPoint({
      barMs: index * DAY_MS,
      equity: value,
      buyAndHold: 1_000 + index,
      position: index % 2 === 0 ? -0.5 : 1,
      drawdown: 0,
      holdDrawdown: 0,
    })
  );
  count.addFill({ quantity: "5", price: "100", fee: "0.5" });
  count.addFill({ quantity: "-5", price: "120", fee: "0.6" });
  const figures = count.figures();
  equal(figures.barsPerYear, 365.2425);
  equal(figures.exposure, 0.75);
  ok(Math.abs(figures.fees - 1.1) < 1e-12);
  equal(figures.trades, 1);
  equal(figures.hitRate, 1);
  const turnover = 1_100 / (4_290 / 4) / (3 / 365.2425);
  ok(Math.abs(figures.turnover! - turnover) < 1e-9);
  const whole = measurePerformance(equity, 365.2425);
  ok(Math.abs(figures.agent!.sharpe - whole.sharpe) < 1e-9);
  equal(figures.agent!.maxDrawdown, whole.maxDrawdown);
});

Deno.test("StatisticsCount has no figures before the second bar", () => {
  const { agent, turnover, exposure, hitRate } = new StatisticsCount("weekdays", "1d").figures();
  equal(agent ?? turnover ?? exposure ?? hitRate, null);
});
