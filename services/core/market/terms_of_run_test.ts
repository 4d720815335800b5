import assert from "node:assert/strict";
import { parseYaml } from "../config/load_yaml.ts";
import { MiscConfig } from "../config/misc.ts";
import { ModelConfig } from "../config/model_config.ts";
import { checkSameRun, type RunIdentity } from "./same_run.ts";
import { type NamedFeed, termsOf } from "./terms_of_run.ts";

const MODEL = await Deno.readTextFile(new URL("../../../docs/model_config.yaml", import.meta.url));
const SP500: NamedFeed = { feed: "sp500", seed: "1" };

function terms({ named = SP500, misc = {}, model = ["", ""] }: {
  named?: NamedFeed;
  misc?: object;
  model?: readonly [string, string];
} = {}) {
  assert.ok(MODEL.includes(model[0]), `the file holds no ${model[0]}`);
  const config = parseYaml("model_config.yaml", MODEL.replace(...model), ModelConfig);
  return termsOf(named, config, MiscConfig.parse({ instruments: [], ...misc }), ["SPX"]);
}

/** The lines that name differences between the two runs. */
function differences(there: Parameters<typeof terms>[0], here: Parameters<typeof terms>[0]): string[] {
  const identity: RunIdentity = {
    ...{ feed: "sp500", symbols: ["SPX"], timeframe: "1d", bootstrapBars: 9, plannedLiveBars: 1 },
    lockstep: false,
  };
  const runs = [there, here].map((made) => ({ identity, terms: terms(made) }));
  try {
    checkSameRun(runs[0]!, runs[1]!);
    return [];
  } catch (cause) {
    return (cause as Error).message.split("\n").filter((line) => line.startsWith("  "));
  }
}

Deno.test("termsOf() holds what money and states depend on, and checkSameRun() names what differs, with both values", () => {
  const costs = (taker_bps: number) => ({ misc: { costs: { taker_bps } } });
  assert.deepEqual(differences(costs(3), costs(5)), ["  misc.yaml: costs.taker_bps: 5 here, 3 there"]);
  assert.deepEqual(differences({}, { model: ["{period: 14}", "{period: 13}"] }), [
    "  model_config.yaml: features[12].params.period: 13 here, 14 there",
  ]);
  for (
    const misc of [
      { account: { name: "other" } },
      { account: { cash_per_lane: 5 } },
      { margin: { bps_per_year: 2 } },
      { costs: { borrow_bps_per_year: 1 } },
      { venue: { broker: "ccxt" } },
      { instruments: [{ symbols: "SP*", lot: 1 }] },
    ]
  ) assert.ok(differences({}, { misc }).length > 0, JSON.stringify(misc));
  const seeded = (feed: string, seed: string) => ({ named: { feed, seed } });
  assert.equal(differences(seeded("synthetic:A", "1"), seeded("synthetic:A", "2")).length, 1);
  assert.equal(
    differences(seeded("ccxt:x", "1"), { ...seeded("ccxt:x", "1"), misc: { exchange: { sandbox: false } } })
      .length,
    1,
  );
});

Deno.test("termsOf() leaves out what may change while a run goes on", () => {
  for (
    const misc of [
      { risk: { lane: { max_position: 0.5 } } },
      { gate: { level: "off" } },
      { ui: { port: 9_000 } },
      { venue: { poll_ms: 5_000 } },
      { instruments: [{ symbols: "B*", lot: 1 }] },
      { feed: { timezone: "Asia/Kolkata" } },
    ]
  ) assert.deepEqual(differences({}, { misc }), [], JSON.stringify(misc));
  assert.deepEqual(differences({}, { model: ["learning_rate: 0.0006", "learning_rate: 0.01"] }), []);
  assert.deepEqual(differences({}, { named: { feed: "sp500", seed: "7" } }), []);
});

Deno.test("checkSameRun() goes by the market alone where a run was begun before terms were kept", () => {
  const identity: RunIdentity = {
    ...{
      feed: "ccxt:x",
      symbols: ["A"],
      timeframe: "1d",
      bootstrapBars: 9,
      plannedLiveBars: null,
      lockstep: false,
    },
  };
  checkSameRun({ identity, terms: null }, { identity: { ...identity, bootstrapBars: 12 }, terms: terms() });
  assert.throws(
    () =>
      checkSameRun({ identity, terms: null }, {
        identity: { ...identity, days: { A: "x" } },
        terms: terms(),
      }),
    { name: "OtherRunError", message: /days of features \(instruments\)\.A: "x" here, nothing there/ },
  );
});

Deno.test("checkSameRun() names no rules of another market, as each has its own", () => {
  const identity = (feed: string): RunIdentity => ({
    ...{ feed, symbols: ["SPX"], timeframe: "1d", bootstrapBars: 9, plannedLiveBars: 1, lockstep: false },
  });
  const there = { identity: identity("sp500"), terms: terms() };
  const here = {
    identity: identity("synthetic:A"),
    terms: terms({ named: { feed: "synthetic:A", seed: "1" } }),
  };
  assert.throws(() => checkSameRun(there, here), (cause: Error) => {
    assert.deepEqual(cause.message.split("\n").slice(1, -1), ['  --feed: "synthetic:A" here, "sp500" there']);
    return true;
  });
});
