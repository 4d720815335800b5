import assert from "node:assert/strict";
import { parseYaml } from "./load_yaml.ts";
import { loadMiscConfig, MiscConfig, tradeRules } from "./misc.ts";

const FILE = new URL("../../../docs/misc.yaml", import.meta.url).pathname;

Deno.test("docs/misc.yaml holds the defaults and nothing else", async () => {
  assert.deepEqual(await loadMiscConfig(FILE), MiscConfig.parse({}));
});

Deno.test("tradeRules() names the costs as accountStep takes them", () => {
  const config = MiscConfig.parse({ costs: { fee_bps: 2.5, half_spread_bps: 1, slippage_bps: 0.5 } });
  assert.deepEqual(tradeRules(config), {
    feeBps: 2.5,
    halfSpreadBps: 1,
    slippageBps: 0.5,
    cooldownBars: 0,
    stopCooldownBars: 0,
  });
});

Deno.test("MiscConfig refuses negative fees, fractions of a cent and a lease that is renewed too late", () => {
  const faults = (text: string) => () => parseYaml("misc.yaml", text, MiscConfig);
  assert.throws(faults("costs: {fee_bps: -3}"), { message: /line 1: costs\.fee_bps must be >= 0: it is -3/ });
  assert.throws(faults("account: {cash_per_lane: 1.005}"), {
    message: /must be a multiple of 0\.01: it is 1\.005/,
  });
  assert.throws(faults("lease: {ttl_ms: 900, renew_ms: 500}"), {
    message: /lease\.renew_ms must be at most half of ttl_ms/,
  });
  assert.throws(faults("exchange: {clock_warn_ms: 9000}"), {
    message: /exchange\.clock_warn_ms must be at most clock_refuse_ms/,
  });
});
