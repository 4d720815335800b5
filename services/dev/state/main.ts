/** `deno task state`: what the network sees at a bar, with names, raw and scaled values, units and ranges. */
import { ConfigError } from "../../core/config/load_yaml.ts";
import { loadMiscConfig, type MiscConfig } from "../../core/config/misc.ts";
import { loadModelConfig } from "../../core/config/model_config.ts";
import { type Environment, readEnvironment } from "../../core/config/environment.ts";
import { laneRecord } from "../../core/contracts/lane.ts";
import { CSV_TIME_RULE, parseCsvTime } from "../../core/market/csv_time.ts";
import { feedOptions, openNamedFeed } from "../../core/market/feed_options.ts";
import { connectRedis } from "../../core/redis/connect.ts";
import { RedisRefusedError, RedisUnavailableError } from "../../core/redis/connection_errors.ts";
import { RedisStore } from "../../core/redis/redis_store.ts";
import { helpText, parseOptions, UsageError } from "../../core/runtime/command_line.ts";
import { configOptions } from "../../core/runtime/process.ts";
import { choosePortfolio, parsePortfolio, type Portfolio } from "./portfolio.ts";
import { describeState, stateAt } from "./state_view.ts";

const time = (text: string) => Number.isFinite(parseCsvTime(text)) ? null : CSV_TIME_RULE;
const OPTIONS = {
  symbol: { help: "Whose state; by default the feed's first symbol.", value: "S" },
  at: {
    help: "The bar that opens then, or the last before it (UTC); by default the feed's last bar.",
    value: "TIME",
    check: time,
  },
  ...feedOptions,
  portfolio: {
    help:
      "JSON file with the lane's account, used where REDIS_URL is not set or holds none; else it is flat.",
    value: "FILE",
  },
  ...configOptions,
  json: { help: "One JSON document on stdout." },
} as const;

const SUMMARY =
  "Prints the state vector after a bar: what the network sees of the market, and the account it decides for.";
const REDIS_DEADLINE_MS = 3_000;

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    write(Deno.stdout, helpText("state", SUMMARY, OPTIONS));
    return 0;
  }
  try {
    const options = parseOptions(args, OPTIONS);
    const config = await loadModelConfig(options.config);
    const misc = await loadMiscConfig(options.misc);
    const feed = await openNamedFeed(options, misc, Deno);
    const symbol = options.symbol ?? feed.symbols[0]!;
    const state = stateAt(config, feed, symbol, options.at === undefined ? null : parseCsvTime(options.at));
    const file = options.portfolio;
    const portfolio = choosePortfolio({
      stored: await storedPortfolio(misc, symbol),
      supplied: file === undefined ? null : parsePortfolio(file, await readPortfolio(file)),
      cash: misc.account.cash_per_lane,
      close: state.close,
    });
    write(
      Deno.stdout,
      options.json
        ? `${JSON.stringify({ ...state, portfolio }, null, 2)}\n`
        : describeState(state, portfolio),
    );
    return 0;
  } catch (cause) {
    const known = [UsageError, ConfigError, RangeError, RedisUnavailableError, RedisRefusedError];
    const forPeople = known.some((type) => cause instanceof type);
    write(Deno.stderr, `${forPeople ? (cause as Error).message : Deno.inspect(cause)}\n`);
    return 1;
  }
}

/** The account that the ledger holds; null without REDIS_URL, or where this lane never traded. */
async function storedPortfolio(misc: MiscConfig, symbol: string): Promise<Portfolio | null> {
  if (!Deno.env.get("REDIS_URL")) return null;
  const environment: Environment = readEnvironment((name) => Deno.env.get(name));
  const ca = environment.redisCaFile;
  const account = misc.account.name;
  await using resources = new AsyncDisposableStack();
  const connection = resources.use(
    await connectRedis({
      url: environment.redisUrl,
      name: "rltrader-state",
      onEvent: () => {},
      deadlineMs: REDIS_DEADLINE_MS,
      ...(ca === null ? {} : { ca: await Deno.readTextFile(ca) }),
    }),
  );
  const store = resources.use(new RedisStore({ connection, onBadEntry: () => {} }));
  const record = await store.get(laneRecord(account, symbol));
  if (record === null) return null;
  return {
    from: `the ledger (account ${account}, after bar ${new Date(record.barMs).toISOString()})`,
    account: record.state.account,
  };
}

async function readPortfolio(file: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (cause) {
    throw new RangeError(
      `Cannot use portfolio ${file} as it must be a readable file: ${(cause as Error).message}`,
      { cause },
    );
  }
}

function write(stream: typeof Deno.stdout | typeof Deno.stderr, text: string): void {
  stream.writeSync(new TextEncoder().encode(text));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
