/** Short runs with the built addon: the learner must be well on its way. Needs the file in `RLTRADER_ADDON_TRAINER`. */
import assert from "node:assert/strict";
import { loadModelConfig } from "../../core/config/model_config.ts";
import { openTrainerEngine } from "../../core/model/engine.ts";
import { runAblation } from "./ablation/ablation.ts";
import { tablesOf } from "./ablation/ablation_report.ts";
import { VARIANTS } from "./ablation/variants.ts";
import { loadCartPoleConfig } from "./cartpole/cart_pole_config.ts";
import { LearnerMaker } from "./learner_maker.ts";
import { makeMarket } from "./markets.ts";
import { makeYardstick } from "./yardsticks.ts";

const addon = Deno.env.get("RLTRADER_ADDON_TRAINER");
const ignore = !addon;
const fileOf = (path: string) => new URL(path, import.meta.url).pathname;

async function parts() {
  const config = await loadModelConfig(fileOf("../../../docs/model_config.yaml"));
  const cartPole = await loadCartPoleConfig(fileOf("cartpole/cart_pole.yaml"));
  return { maker: new LearnerMaker(config, openTrainerEngine(addon!)), cartPole };
}

for (
  const [name, ticks, floor] of [["A", 600, 0.9], ["CartPole", 8_000, 0.2]] as const
) {
  Deno.test({
    name: `${name} is learned to a score of ${floor} within ${ticks}`,
    ignore,
    fn: async () => {
      const { final, curve } = await makeYardstick(name, {}, await parts()).run(1, ticks);
      assert.ok(final.score >= floor, `${final.score}`);
      assert.ok(curve.every(({ score }) => Number.isFinite(score)));
    },
  });
}

Deno.test({
  name: "A-stop-rebate is learned beyond the optimum without stops within 500 ticks, by using them",
  ignore,
  fn: async () => {
    const { final } = await makeYardstick("A-stop-rebate", {}, await parts()).run(1, 500);
    assert.ok(final.score > 1 && final.stopExits! > 0.005, `${final.score}, ${final.stopExits}`);
  },
});

Deno.test({
  name: "runAblation() runs every variant as the learner is configured, and the default configuration",
  ignore,
  fn: async () => {
    const { maker } = await parts();
    const cells = await runAblation({
      maker,
      markets: [makeMarket("A")],
      seeds: 1,
      ticks: 500,
      parallel: 1,
      onCell: () => {},
    });
    assert.equal(cells.length, VARIANTS.length + 1);
    const results = new Set(
      cells.map(({ runs: [{ final, earned }] }) => `${final.score} ${earned.expected}`),
    );
    assert.equal(results.size, cells.length, "no two variants are the same");
    assert.match(tablesOf(cells), /plain DQN .*\n.*double/);
  },
});
