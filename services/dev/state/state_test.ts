import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { MiscConfig, tradeRules } from "../../core/config/misc.ts";
import { loadModelConfig } from "../../core/config/model_config.ts";
import { laneRecord } from "../../core/contracts/lane.ts";
import { SCALARS } from "../../core/decisions/scalars.ts";
import type { FeatureConfig } from "../../core/features/feature_config.ts";
import { StateBuilder } from "../../core/features/state_builder.ts";
import { openFeed } from "../../core/market/open_feed.ts";
import { connectRedis } from "../../core/redis/connect.ts";
import { RedisStore } from "../../core/redis/redis_store.ts";
import { startRedisForTest } from "../../core/testing/redis_server.ts";
import { freshPortfolio, parsePortfolio, viewAccount } from "./portfolio.ts";
import { describeState, stateAt } from "./state_view.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const config = await loadModelConfig(`${ROOT}docs/model_config.yaml`);
const MISC = MiscConfig.parse({});
const feed = await openFeed("sp500", {
  symbols: null,
  seed: 1,
  files: Deno,
  rules: MISC,
});
const ACCOUNT = {
  cash: "100",
  quantity: "2",
  entryPrice: "90",
  barsInTrade: 3,
  feesPaid: "1.5",
  borrowPaid: "0",
  stopPrice: "80",
  takePrice: "0",
  trailDistance: "0",
  cooldownLeft: 0,
};

Deno.test("stateAt() shows the very state that trading sees at that bar, and what it was scaled from", () => {
  const state = stateAt(config, MISC, feed, "SPX", Date.UTC(2015, 5, 6));
  // A Saturday: the bar before it is Friday's.
  assert.equal(new Date(state.barMs).toISOString(), "2015-06-05T00:00:00.000Z");
  assert.equal(state.knownAtMs, Date.UTC(2015, 5, 6));
  const builder = new StateBuilder(
    config.features as readonly FeatureConfig[],
    config.data.warmup_bars,
    "1d",
  );
  let expected: Float32Array | null = null;
  for (const bar of feed.bars("SPX")) {
    if (bar.openTimeMs > state.barMs) break;
    expected = builder.push(bar);
  }
  assert.deepEqual(Float32Array.from(state.elements.map(({ scaled }) => scaled)), expected);
  assert.deepEqual(Float64Array.from(state.elements.map(({ raw }) => raw)), builder.raw);
});

Deno.test("stateAt() refuses a bar before the warm-up is over, and says which is the first", () => {
  assert.throws(
    () => stateAt(config, MISC, feed, "SPX", Date.UTC(2000, 5, 1)),
    {
      name: "RangeError",
      message: /500 bars or more must come up to it \(first: 2001-12-31T.*\): there are 105/,
    },
  );
});

const POSITION = {
  cash: 20_000,
  quantity: 500,
  entry_price: 100,
  bars_in_trade: 3,
  stop_price: 80,
  take_price: null,
};
const account = (portfolio: object, file = "mine.yaml") => parsePortfolio(file, JSON.stringify(portfolio));
const RULES = tradeRules(MISC)("SPX");

Deno.test("viewAccount() shows all scalars of an account as the network reads them, by hand", () => {
  const view = viewAccount(account(POSITION), { close: 120, atr: 4, sigma: 0.05 }, config, RULES);
  assert.equal(view.equity, 80_000);
  const shown = Object.fromEntries(view.entries.map(({ name, raw, scaled }) => [name, [raw, scaled]]));
  const close = (name: string, raw: number, scaled: number) => {
    const [is, scaledIs] = shown[name] as [number, number];
    assert.ok(Math.abs(is - raw) < 1e-9 && Math.abs(scaledIs - scaled) < 1e-6, `${name}: ${is}, ${scaledIs}`);
  };
  assert.deepEqual(shown.position, [500, 1]);
  close("exposure", 0.75, 0.75);
  close("unrealised_pnl", Math.log(1.2) / 0.05, Math.log(1.2) / 0.05 / 4);
  close("bars_in_trade", 3, Math.log(4) / Math.log(65));
  close("stop_distance", 10, Math.exp(-5));
  assert.deepEqual(shown.take_distance, [null, 0]);
  assert.deepEqual(shown.cooldown_left, [0, 0]);
  assert.deepEqual(view.entries.filter(({ isInput }) => isInput).map(({ name }) => name), ["position"]);
});

Deno.test("viewAccount() of a flat account shows what is left of its cooldown", () => {
  const rules = { ...RULES, cooldownBars: 4 };
  const view = viewAccount(
    account({ cash: 1, cooldown_left: 3 }),
    { close: 5, atr: null, sigma: 1 },
    config,
    rules,
  );
  const cooldown = view.entries.at(-1)!;
  assert.deepEqual([cooldown.name, cooldown.raw, cooldown.scaled], ["cooldown_left", 3, 0.75]);
});

Deno.test("viewAccount() refuses an account that the configuration cannot decide for", () => {
  assert.throws(
    () =>
      viewAccount(
        account({ cash: 9, quantity: -1, entry_price: 3, bars_in_trade: 1 }),
        {
          close: 3,
          atr: 1,
          sigma: 1,
        },
        config,
        RULES,
      ),
    /a value of the action head must be on its side, -1/,
  );
});

Deno.test("parsePortfolio() names every fault of a file, with its line", () => {
  assert.throws(() => parsePortfolio("p.yaml", "cash: ["), {
    name: "ConfigError",
    message: /Cannot use p\.yaml as/,
  });
  assert.throws(
    () => parsePortfolio("p.yaml", "cash: much\nquantity: 2\nbars_in_trade: -1\nleverage: 3\n"),
    (error: Error) => {
      assert.match(error.message, /p\.yaml as it has 3 faults/);
      assert.match(error.message, /line 1: cash must be of type number: it is "much"/);
      assert.match(error.message, /line 3: bars_in_trade must be >= 0: it is -1/);
      assert.match(error.message, /line 4: leverage must not be there/);
      return true;
    },
  );
});

Deno.test("parsePortfolio() refuses an account that contradicts itself", () => {
  for (
    const [portfolio, fault] of [
      [{ ...POSITION, entry_price: null }, /entry_price must be given with a position/],
      [{ ...POSITION, bars_in_trade: 0 }, /bars_in_trade must be >= 1 with a position/],
      [{ ...POSITION, stop_price: 101 }, /stop_price must lie below the entry price/],
      [{ ...POSITION, quantity: -5, take_price: 120 }, /take_price must lie below the entry price/],
      [{ ...POSITION, cooldown_left: 2 }, /cooldown_left must be 0 with a position/],
      [{ cash: 5, stop_price: 4 }, /stop_price must be left out without a position/],
      [{ cash: 0 }, /cash must be > 0 without a position/],
    ] as const
  ) {
    assert.throws(() => account(portfolio), fault);
  }
});

Deno.test("describeState() names every entry with its unit, range and source", () => {
  const state = stateAt(config, MISC, feed, "SPX", null);
  const view = viewAccount(freshPortfolio(9), { ...state, sigma: 0.01 }, config, RULES);
  const text = describeState(state, view, { model: "m-1", choice: "keep flat", isSameState: true });
  for (const { name } of config.features) assert.match(text, new RegExp(`^${name} `, "m"));
  assert.match(
    text,
    /^rsi_14 +\d+\.\d{5} +-?0\.\d{4} +-1 … 1 +points +rsi\(period 14\), tanh\(centre 50, scale 15\)$/m,
  );
  assert.match(text, /^bars_in_trade .* bars +account, .*\(not an input here\)$/m);
  assert.match(text, /decided keep flat by m-1, on this very state, bit for bit/);
});

async function state(env: Record<string, string>, ...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "services/dev/state/main.ts", ...args],
    cwd: ROOT,
    env,
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

Deno.test("state takes the account from the ledger where REDIS_URL names one that holds it", async () => {
  await using server = await startRedisForTest();
  const lane = {
    account: ACCOUNT,
    benchmark: ACCOUNT,
    pending: null,
    lastBar: null,
    peakEquity: 300,
    risk: null,
  };
  {
    await using connection = await connectRedis({ url: server.url, name: "test", onEvent: () => {} });
    const store = new RedisStore({ connection, onBadEntry: () => assert.fail("bad entry") });
    await store.set(laneRecord("paper", "SPX"), { barMs: 1000, version: 1, fence: 1, state: lane });
  }
  const { code, stdout, stderr } = await state(
    { REDIS_URL: server.url },
    "--feed=sp500",
    "--symbol=SPX",
    "--json",
  );
  assert.equal(code, 0, stderr);
  const document = JSON.parse(stdout);
  assert.match(document.account.from, /the ledger \(account paper, after bar 1970-01-01T00:00:01/);
  assert.deepEqual([document.account.cash, document.account.quantity], [100, 2]);
  assert.deepEqual(document.account.entries.map(({ name }: { name: string }) => name), [
    "position",
    ...SCALARS,
  ]);
  assert.equal(document.elements.length, config.features.length);
});

Deno.test("state ends with 1 and one message where something is wrong", async () => {
  const { code, stdout, stderr } = await state({ REDIS_URL: "" }, "--at", "yesterday", "--json");
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.match(stderr, /--at must be YYYY-MM-DD.*: it is yesterday/);
});
