import assert from "node:assert/strict";
import { commonRules, MiscConfig } from "../../core/config/misc.ts";
import { describeCosts } from "./costs_text.ts";

const textOf = (costs: object, margin = {}) =>
  describeCosts(commonRules(MiscConfig.parse({ costs, margin })));

Deno.test("describeCosts() is one figure where nothing else counts, and names what does", () => {
  assert.equal(textOf({}), "3 bp a side");
  assert.equal(
    textOf({ half_spread_bps: 1, maker_bps: 4, slippage: { model: "fixed", bps: 0.5 } }),
    [
      "4.5 bp a side",
      "4 bp where it rests",
    ].join(", "),
  );
  const everything = {
    min_fee: 0.35,
    slippage: { model: "atr_share" },
    entry: "limit",
    borrow_bps_per_year: 300,
  };
  assert.equal(
    textOf(everything, { max_leverage: 2, maintenance: 0.2 }),
    "3 bp a side, at least 0.35 a fill, slippage by atr_share, entries by a limit, shorts at 300 bp a year, " +
      "up to 2 times the equity",
  );
});
