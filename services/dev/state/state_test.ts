import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { MiscConfig } from "../../core/config/misc.ts";
import { loadModelConfig } from "../../core/config/model_config.ts";
import { laneRecord } from "../../core/contracts/lane.ts";
import type { FeatureConfig } from "../../core/features/feature_config.ts";
import { StateBuilder } from "../../core/features/state_builder.ts";
import { openFeed } from "../../core/market/open_feed.ts";
import { connectRedis } from "../../core/redis/connect.ts";
import { RedisStore } from "../../core/redis/redis_store.ts";
import { startRedisForTest } from "../../core/testing/redis_server.ts";
import { choosePortfolio, parsePortfolio } from "./portfolio.ts";
import { describeState, stateAt } from "./state_view.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const config = await loadModelConfig(`${ROOT}docs/model_config.yaml`);
const feed = await openFeed("sp500", {
  symbols: null,
  seed: 1,
  files: Deno,
  rules: MiscConfig.parse({}),
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
  const state = stateAt(config, feed, "SPX", Date.UTC(2015, 5, 6));
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
    () => stateAt(config, feed, "SPX", Date.UTC(2000, 5, 1)),
    {
      name: "RangeError",
      message: /500 bars or more must come up to it \(first: 2001-12-31T.*\): there are 105/,
    },
  );
});

Deno.test("choosePortfolio() takes the stored account before the supplied one, and cash without either", () => {
  const supplied = parsePortfolio("mine.json", JSON.stringify(ACCOUNT));
  const stored = { from: "the ledger", account: { ...ACCOUNT, quantity: "-1" } };
  const choose = (parts: Partial<Parameters<typeof choosePortfolio>[0]>) =>
    choosePortfolio({ stored: null, supplied: null, cash: 50, close: 100, ...parts });
  assert.equal(choose({ stored, supplied }).from, "the ledger");
  const mine = choose({ supplied });
  assert.deepEqual([mine.from, mine.equity, mine.position.scaled], ["mine.json", 300, 1]);
  assert.ok(Math.abs(mine.position.raw - 2 / 3) < 1e-12);
  const none = choose({});
  assert.deepEqual([none.from, none.equity, none.position.raw], ["nowhere: flat", 50, 0]);
});

Deno.test("parsePortfolio() names every fault of a file that is no lane's account", () => {
  assert.throws(() => parsePortfolio("p.json", "{"), /Cannot use portfolio p\.json as it must be JSON/);
  assert.throws(
    () => parsePortfolio("p.json", JSON.stringify({ ...ACCOUNT, cash: 5, barsInTrade: -1 })),
    /cash: .*\n {2}barsInTrade: /,
  );
});

Deno.test("describeState() names every element with its unit and range", () => {
  const state = stateAt(config, feed, "SPX", null);
  const text = describeState(
    state,
    choosePortfolio({ stored: null, supplied: null, cash: 9, close: state.close }),
  );
  for (const { name } of config.features) assert.match(text, new RegExp(`^${name} `, "m"));
  assert.match(text, /^rsi_14 +\d+\.\d{5} +-?0\.\d{4} +-1 … 1 +points$/m);
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
  const { code, stdout, stderr } = await state({ REDIS_URL: server.url }, "--symbol", "SPX", "--json");
  assert.equal(code, 0, stderr);
  const document = JSON.parse(stdout);
  assert.match(document.portfolio.from, /the ledger \(account paper, after bar 1970-01-01T00:00:01/);
  assert.deepEqual(document.portfolio.account, ACCOUNT);
  assert.equal(document.elements.length, config.features.length);
});

Deno.test("state ends with 1 and one message where something is wrong", async () => {
  const { code, stdout, stderr } = await state({ REDIS_URL: "" }, "--at", "yesterday", "--json");
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.match(stderr, /--at must be YYYY-MM-DD.*: it is yesterday/);
});
