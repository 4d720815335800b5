import assert from "node:assert/strict";
import { join } from "node:path";
import { loadMiscConfig, MiscConfig } from "../core/config/misc.ts";
import { loadModelConfig } from "../core/config/model_config.ts";
import { FolderModelStore } from "../core/model/folder_model_store.ts";
import { contentAddress } from "../core/model/model_store.ts";
import { hashOf, schemaHash, schemaText } from "../core/model/schema_hash.ts";
import { ManualClock } from "../core/testing/manual_clock.ts";
import { storedModel } from "../core/testing/stored_model.ts";
import type { RunChoices } from "./process_plan.ts";
import { checkStart, type StartParts } from "./start_checks.ts";

const CONFIG = await loadModelConfig("docs/model_config.yaml");
const MISC = await loadMiscConfig("docs/misc.yaml");
const CHOICES: RunChoices = {
  ...{
    feed: "synthetic:A",
    symbols: "2",
    columns: undefined,
    speed: "max",
    bars: "30",
    seed: "1",
    runner: "local",
  },
  ...{ frozenModel: undefined, warmStart: undefined, lockstep: true, tradesAtVenue: false, live: false },
  ...{ config: "", misc: "", uiPort: 1, isUiPortWished: false },
};

/** A checkout with one model of the delivered configuration, that has learned on `symbols` up to a bar of 1970. */
async function checkoutWith(symbols: readonly string[], schema = schemaText(CONFIG)) {
  const root = await Deno.makeTempDir({ prefix: "rltrader-start-" });
  const rewardSigma = Object.fromEntries(symbols.map((symbol) => [symbol, 0.01]));
  const header = new TextEncoder().encode(
    JSON.stringify({
      __metadata__: { schema, schema_hash: hashOf(schema), passport: JSON.stringify({ rewardSigma }) },
    }),
  );
  const blob = new Uint8Array(8 + header.length);
  new DataView(blob.buffer).setBigUint64(0, BigInt(header.length), true);
  blob.set(header, 8);
  const learnedThroughMs = Date.UTC(2030, 0, 1);
  const model = await storedModel(blob, { schemaHash: schemaHash(CONFIG), learnedThroughMs });
  await new FolderModelStore(join(root, ".rltrader/models")).put(model);
  const said: string[] = [];
  const check = (choices: Partial<RunChoices> = {}, parts: Partial<StartParts> = {}) =>
    checkStart({
      ...{ choices: { ...CHOICES, ...choices }, config: CONFIG, misc: MISC, resumes: false, root },
      ...{ getVariable: () => undefined, clock: new ManualClock(), say: (text: string) => said.push(text) },
      signal: new AbortController().signal,
      ...parts,
    });
  const { version } = await contentAddress(blob);
  return { version, said, check, [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }) };
}

Deno.test("checkStart() lets a model decide that has learned the feed's symbols, and says what it knows of the future", async () => {
  await using checkout = await checkoutWith(["A-1", "A-2", "B-1"]);
  await checkout.check();
  assert.deepEqual(checkout.said, []);
  await checkout.check({ frozenModel: checkout.version });
  assert.match(
    checkout.said.join("\n"),
    /^ {2}note {8}m-\w+ knows bars up to 2030-01-01, and live bars begin at \d{4}-/,
  );
});

Deno.test("checkStart() refuses a model that has not learned a symbol of the feed", async () => {
  await using checkout = await checkoutWith(["A-1", "SPX"]);
  await assert.rejects(checkout.check({ frozenModel: checkout.version }), {
    name: "ModelStoreError",
    message:
      `Cannot decide with ${checkout.version} as it must have learned on A-2: it has learned on A-1, SPX`,
  });
});

Deno.test("checkStart() refuses to begin with a version that is unknown, or that differs in more than features and heads", async () => {
  await using checkout = await checkoutWith(
    ["A-1"],
    JSON.stringify({ ...JSON.parse(schemaText(CONFIG)), value: "branching" }),
  );
  for (const choice of ["warmStart", "frozenModel"] as const) {
    await assert.rejects(checkout.check({ [choice]: "m-0123456789abcdef" }), {
      name: "ModelStoreError",
      message: /^Cannot find model m-0123456789abcdef as it must be in .*\.rltrader\/models: it is not$/,
    });
  }
  await assert.rejects(checkout.check({ warmStart: checkout.version }), {
    name: "WarmStartError",
    message: /as it must differ in features and heads alone: value: "afterstate" here, "branching" there/,
  });
});

Deno.test("checkStart() holds environment, venue and exchange to the rules of the processes", async () => {
  await using checkout = await checkoutWith(["A-1"]);
  const variables = (given: Record<string, string>) => ({ getVariable: (name: string) => given[name] });
  const faulty = { RLTRADER_UI_TOKEN: "short", RLTRADER_VENUE_KEY: "k" };
  await assert.rejects(checkout.check({}, variables(faulty)), (cause: Error) => {
    assert.equal(cause.name, "ConfigError");
    assert.match(cause.message, /RLTRADER_UI_TOKEN must have 16 characters or more: it has 5/);
    assert.match(cause.message, /RLTRADER_VENUE_KEY and RLTRADER_VENUE_SECRET must be set together/);
    return true;
  });
  const misc = MiscConfig.parse({ instruments: [], venue: { broker: "ccxt" } });
  await assert.rejects(checkout.check({ tradesAtVenue: true }, { misc }), (cause: Error) => {
    assert.match(cause.message, /RLTRADER_VENUE_KEY and RLTRADER_VENUE_SECRET must hold the account's keys/);
    assert.match(cause.message, /orders must follow a market in real time, .*: the feed is synthetic:A/);
    return true;
  });
  await assert.rejects(
    checkout.check({ live: true }),
    /--live must come with venue\.broker ccxt in misc\.yaml: it is paper/,
  );
  const endless = { symbols: "BTC/USD", bars: undefined, lockstep: false };
  await assert.rejects(
    checkout.check({ ...endless, feed: "ccxt:kraken" }),
    /^RangeError: Cannot use ccxt:kraken in its sandbox as ccxt must know one: it knows none/,
  );
  await assert.rejects(checkout.check({ ...endless, feed: "ccxt:nowhere" }), /ccxt must know the exchange/);
  await checkout.check({ ...endless, feed: "ccxt:binance", symbols: "BTC/USDT" });
});
