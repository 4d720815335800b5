import assert from "node:assert/strict";
import { type ConfigError, parseYaml } from "./load_yaml.ts";
import { loadMiscConfig, MiscConfig, tradeRules } from "./misc.ts";

const FILE = new URL("../../../docs/misc.yaml", import.meta.url).pathname;

Deno.test("MiscConfig names a cost model that is none, and a currency that is none once", () => {
  const faults = (text: string) => {
    try {
      parseYaml("misc.yaml", text, MiscConfig);
    } catch (cause) {
      return (cause as ConfigError).faults;
    }
  };
  assert.deepEqual(faults("costs: {slippage: {}}"), [
    "line 1: costs.slippage.model must be fixed, atr_share or volume_share: it is missing",
  ]);
  assert.deepEqual(faults("account: {currency: dollars}\ninstruments: [{symbols: A, quote: EUR}]"), [
    'line 1: account.currency must be 3 to 5 capital letters: it is "dollars"',
  ]);
});

Deno.test("docs/misc.yaml holds the defaults and nothing else", async () => {
  assert.deepEqual(await loadMiscConfig(FILE), MiscConfig.parse({}));
});

Deno.test("tradeRules() names the costs as accountStep takes them", () => {
  const config = MiscConfig.parse({
    costs: {
      taker_bps: 2.5,
      maker_bps: 1.5,
      min_fee: 0.35,
      half_spread_bps: 1,
      slippage: { model: "volume_share", bps_at_1pct: 8 },
      entry: "limit",
      borrow_bps_per_year: 300,
    },
    margin: { max_leverage: 2, bps_per_year: 600, maintenance: 0.25 },
    instruments: [{ symbols: "ES*", tick: 0.25, lot: 1, min_notional: 10, multiplier: 50 }],
  });
  const rulesOf = tradeRules(config);
  assert.deepEqual(rulesOf("ESZ6"), {
    takerBps: 2.5,
    makerBps: 1.5,
    minFee: 0.35,
    halfSpreadBps: 1,
    slippage: { model: "volume_share", bpsAtOnePercent: 8, power: 0.5, mostBps: 500 },
    entry: "limit",
    borrowBps: 300,
    marginBps: 600,
    maxLeverage: 2,
    maintenanceMargin: 0.25,
    cooldownBars: 0,
    stopCooldownBars: 0,
    cash: 100_000,
    tick: 0.25,
    lot: 1,
    minNotional: 10,
    multiplier: 50,
  });
  assert.equal(rulesOf("ESZ6"), rulesOf("ESZ6"));
  const { tick, lot, minNotional, multiplier } = rulesOf("SPX");
  assert.deepEqual([tick, lot, minNotional, multiplier], [1e-8, 1e-8, 0, 1]);
});

Deno.test("MiscConfig refuses negative fees, fractions of a cent and a lease that is renewed too late", () => {
  const faults = (text: string) => () => parseYaml("misc.yaml", text, MiscConfig);
  assert.throws(faults("costs: {taker_bps: -3}"), {
    message: /line 1: costs\.taker_bps must be >= 0: it is -3/,
  });
  assert.throws(faults("costs: {fee_bps: 3}"), {
    message: /line 1: costs\.fee_bps must not be there: no such field is known/,
  });
  assert.throws(faults("costs: {slippage: {model: volume_share, share: 0.1}}"), {
    message: /costs\.slippage\.share must not be there: no such field is known/,
  });
  assert.throws(faults("margin: {max_leverage: 2}"), {
    message: /margin\.maintenance must be > 0 where max_leverage is above 1/,
  });
  assert.throws(faults("margin: {max_leverage: 3, maintenance: 0.4}"), {
    message:
      /margin\.maintenance must be below 1 \/ max_leverage, or every full position is closed at once: it is 0\.4/,
  });
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
  lane: {max_position: 3.5, max_daily_loss: 0, max_orders_per_minute: 61, max_drawdown: null}
  portfolio: {max_notional: -1, max_loss: 0.1}
  on_drawdown: sell
  stale_after_ms: 0.5
`;
  assert.throws(() => parseYaml("misc.yaml", text, MiscConfig), (cause: Error) => {
    for (
      const fault of [
        "line 2: risk.lane.max_position must be <= 3: it is 3.5",
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
