/** `deno task state`: what the network sees at a bar, with names, raw and scaled values, units, ranges and sources. */
import { fileURLToPath } from "node:url";
import { loadConfigs } from "../../core/config/load_configs.ts";
import { ConfigError } from "../../core/config/load_yaml.ts";
import { type MiscConfig, tradeRules } from "../../core/config/misc.ts";
import { CSV_TIME_RULE, parseCsvTime } from "../../core/market/csv_time.ts";
import type { Feed } from "../../core/market/feed.ts";
import { feedOptions, openNamedFeed } from "../../core/market/feed_options.ts";
import { RedisRefusedError, RedisUnavailableError } from "../../core/redis/connection_errors.ts";
import type { Store } from "../../core/redis/store.ts";
import { helpText, type Options, parseOptions, UsageError } from "../../core/runtime/command_line.ts";
import { configOptions } from "../../core/runtime/process_options.ts";
import { writeText } from "../../core/runtime/write_text.ts";
import { SetupError } from "../setup/setup_error.ts";
import { openRecorded } from "./open_recorded.ts";
import { freshPortfolio, parsePortfolio, type Portfolio, viewAccount } from "./portfolio.ts";
import { recordedFeed, type RecordedLane, recordedLane } from "./recorded_lane.ts";
import { type DecidedView, describeState, stateAt, type StateView } from "./state_view.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
const time = (text: string) => Number.isFinite(parseCsvTime(text)) ? null : CSV_TIME_RULE;
const { default: _, ...feed } = feedOptions.feed;
const OPTIONS = {
  symbol: { help: "Whose state; by default the feed's first symbol.", value: "S" },
  at: {
    help: "The bar that opens then, or the last before it (UTC); by default the feed's last bar.",
    value: "TIME",
    check: time,
  },
  run: {
    help:
      "The run whose bars and account are shown: last, the folder of one that has ended, or the address of a Redis. " +
      "Default: the one in REDIS_URL, if that is set.",
    value: "RUN",
  },
  ...feedOptions,
  feed: { ...feed, help: `${feed.help} Default: the run's bars, else sp500.` },
  portfolio: {
    help:
      "YAML or JSON file with the account, before the run's: cash, quantity, entry_price, bars_in_trade, stop_price, " +
      "take_price, cooldown_left (docs/dynamic_qnetwork_schema.md). Without any account it is flat.",
    value: "FILE",
  },
  ...configOptions,
  json: { help: "One JSON document on stdout." },
} as const;

const SUMMARY =
  "Prints the state vector after a bar: what the network sees of the market, and of the account that it decides for.";
const FOR_PEOPLE = [
  UsageError,
  ConfigError,
  SetupError,
  RangeError,
  RedisUnavailableError,
  RedisRefusedError,
];

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    writeText(Deno.stdout, helpText("state", SUMMARY, OPTIONS));
    return 0;
  }
  try {
    writeText(Deno.stdout, await show(parseOptions(args, OPTIONS)));
    return 0;
  } catch (cause) {
    const forPeople = FOR_PEOPLE.some((type) => cause instanceof type);
    writeText(Deno.stderr, `${forPeople ? (cause as Error).message : Deno.inspect(cause)}\n`);
    return 1;
  }
}

async function show(options: Options<typeof OPTIONS>): Promise<string> {
  const { config, misc } = await loadConfigs(options);
  const file = options.portfolio;
  const supplied = file === undefined ? null : parsePortfolio(file, await readPortfolio(file));
  await using run = await openRecorded(ROOT, options.run, Deno.env.toObject());
  const feed = await feedOf(options, misc, run?.store ?? null);
  const symbol = options.symbol ?? feed.symbols[0]!;
  const atMs = options.at === undefined ? null : parseCsvTime(options.at);
  const state = stateAt(config, misc, feed, symbol, atMs);
  const lane = run === null ? null : await recordedLane(run.store, misc.account.name, symbol, state.barMs);
  const portfolio = supplied ?? lane?.portfolio ?? freshPortfolio(misc.account.cash_per_lane);
  const { sigma, from: sigmaFrom } = scaleOf(state, lane, portfolio);
  const account = viewAccount(portfolio, { ...state, sigma }, config, tradeRules(misc)(symbol));
  const decided = lane === null ? null : decidedView(state, lane);
  return options.json
    ? `${JSON.stringify({ ...state, sigma, sigmaFrom, account, decided }, null, 2)}\n`
    : `${describeState(state, account, decided)}\nsigma of a bar ${sigma.toPrecision(4)} from ${sigmaFrom}\n`;
}

async function feedOf(
  options: Options<typeof OPTIONS>,
  misc: MiscConfig,
  store: Store | null,
): Promise<Feed> {
  if (options.feed === undefined && store !== null) return await recordedFeed(store, options.symbol);
  return await openNamedFeed({ ...options, feed: options.feed ?? feedOptions.feed.default }, misc, Deno);
}

/** What profits are counted in: the model's scale, or that of the bars up to here. */
function scaleOf(state: StateView, lane: RecordedLane | null, { account }: Portfolio) {
  if (lane?.scale) return { sigma: lane.scale.sigma, from: `model ${lane.scale.version}` };
  if (state.sigma !== null) return { sigma: state.sigma, from: "the bars up to this one" };
  if (account.quantity === 0n) {
    return { sigma: 1, from: "nowhere, as the price never moved: nothing is held" };
  }
  throw new RangeError(
    `Cannot show the account as the price of ${state.symbol} must have moved to scale its profit: it stands still`,
  );
}

function decidedView({ elements }: StateView, { decision }: RecordedLane): DecidedView | null {
  if (decision === null) return null;
  const { state, modelVersion: model, action, isKeep } = decision;
  const isSameState = state.length === elements.length &&
    elements.every(({ scaled }, index) => Object.is(scaled, state[index]));
  return { model, choice: action === null ? "nothing" : isKeep ? `keep ${action}` : action, isSameState };
}

async function readPortfolio(file: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (cause) {
    throw new ConfigError(file, [`it must be a readable file: ${(cause as Error).message}`]);
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
