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
  assert.throws(
    faults("account: {currency: USDT}\ninstruments: [{symbols: A, quote: USDT}, {symbols: B, quote: EUR}]"),
    {
      message:
        /line 2: instruments\[1\]\.quote must be account\.currency, USDT, as nothing converts: it is "EUR"/,
    },
  );
  assert.throws(faults("lease: {ttl_ms: 900, renew_ms: 500}"), {
    message: /lease\.renew_ms must be at most half of ttl_ms/,
  });
  assert.throws(faults("exchange: {clock_warn_ms: 9000}"), {
    message: /exchange\.clock_warn_ms must be at most clock_refuse_ms/,
  });
});

Deno.test("MiscConfig tells every fault of the risk limits at once, and takes null for no limit", () => {
  const text = `risk:
  lane: {max_position: 1.5, max_daily_loss: 0, max_orders_per_minute: 61, max_drawdown: null}
  portfolio: {max_notional: -1, max_loss: 0.1}
  on_drawdown: sell
  stale_after_ms: 0.5
`;
  assert.throws(() => parseYaml("misc.yaml", text, MiscConfig), (cause: Error) => {
    for (
      const fault of [
        "line 2: risk.lane.max_position must be <= 1: it is 1.5",
        "line 2: risk.lane.max_orders_per_minute must be <= 60: it is 61",
        "line 2: risk.lane.max_daily_loss must be > 0: it is 0",
        "line 3: risk.portfolio.max_notional must be > 0: it is -1",
        "line 3: risk.portfolio.max_loss must not be there: no such field is known",
        'line 4: risk.on_drawdown must be one of refuse, halt, flatten: it is "sell"',
        "line 5: risk.stale_after_ms must be a whole number: it is 0.5",
      ]
    ) {
      assert.ok(cause.message.includes(fault), `${fault}\nnot in\n${cause.message}`);
    }
    return true;
  });
  const { risk } = parseYaml("misc.yaml", "risk: {lane: {max_drawdown: null}}", MiscConfig);
  assert.deepEqual([risk.lane.max_drawdown, risk.lane.max_daily_loss], [null, 0.1]);
});
