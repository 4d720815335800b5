/** `deno task dev`: the whole system on this machine, from one command. */
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { loadConfigs } from "../core/config/load_configs.ts";
import { ConfigError } from "../core/config/load_yaml.ts";
import { venueLabel } from "../core/config/venue_config.ts";
import { stateBuilders } from "../core/features/state_builders.ts";
import { feedAt } from "../core/market/feed_options.ts";
import { marketOptions } from "../core/market/open_market.ts";
import { FolderModelStore } from "../core/model/folder_model_store.ts";
import { ModelStoreError } from "../core/model/model_store.ts";
import { versionFault } from "../core/model/resolve_version.ts";
import { WarmStartError } from "../core/model/warm_start_plan.ts";
import { RedisRefusedError, RedisUnavailableError } from "../core/redis/connection_errors.ts";
import { systemClock } from "../core/runtime/clock.ts";
import { helpText, mustBe, type Options, parseOptions, UsageError } from "../core/runtime/command_line.ts";
import { writeText } from "../core/runtime/write_text.ts";
import { ChildGaveUpError } from "./child.ts";
import { DevRun } from "./dev_run.ts";
import { claimDatabase, OccupiedRedisError } from "./own_database.ts";
import { isPortBusy } from "./private_redis.ts";
import type { RunChoices } from "./process_plan.ts";
import { machineContext } from "./setup/setup_context.ts";
import { SetupError } from "./setup/setup_error.ts";
import { checkStart } from "./start_checks.ts";
import { describeSummary, type Summary } from "./summary.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

const OPTIONS = {
  ...marketOptions,
  speed: { help: "Live bars a second, or max.", value: "BARS_PER_S", default: "2", check: mustBe.speed },
  bars: {
    help:
      "Stop after so many live bars of each symbol and print a summary; with --resume, those that are there count. In lockstep, so reproducible: a new version every 100 bars.",
    value: "N",
    check: mustBe.integer(1),
  },
  port: {
    excludes: ["no-ui"],
    help: "Port of the page. Default: the configured one, or the next that is free.",
    value: "PORT",
    check: mustBe.integer(1, 65_535),
  },
  "no-ui": { help: "Serve no page." },
  metrics: { help: "Serve /metrics, /healthz and /readyz of each process on a free port of loopback." },
  runner: {
    help: "Where the network runs: in each replica, or in the trainer.",
    value: "local|trainer",
    default: "local",
    check: mustBe.oneOf("local", "trainer"),
  },
  seed: { ...marketOptions.seed, help: "Seed of the weights, the draws and a synthetic feed." },
  replicas: { help: "Inference processes.", value: "N", default: "1", check: mustBe.integer(1, 16) },
  model: {
    excludes: ["warm-start"],
    help: "Decide with this version and learn nothing.",
    value: "VERSION",
    check: versionFault,
  },
  "warm-start": {
    help: "Begin learning with what this version has learned; features and heads may differ.",
    value: "VERSION",
    check: versionFault,
  },
  live: {
    help: "Trade real money: only where venue in misc.yaml says so too, and names exchange and account.",
  },
  resume: {
    help:
      "Go on with the run that lies in the database of REDIS_URL, with feed, network, account and costs as it was begun.",
  },
  config: { help: "The model's configuration. Default: docs/model_config.yaml.", value: "PATH" },
  misc: { help: "Everything else that is configured. Default: docs/misc.yaml.", value: "PATH" },
  json: { help: "Print the summary as one JSON document on stdout." },
} as const;

const EXIT_INTERRUPTED = 130;

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    writeText(
      Deno.stdout,
      helpText(
        "dev",
        "Runs the whole of RL Trader on this machine: Redis, core, trainer, inference and the page.",
        OPTIONS,
      ),
    );
    return 0;
  }
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(name, () => stop.abort(new Error(`stopped by ${name}`)));
  }
  try {
    return await dev(parseOptions(args, OPTIONS), stop.signal);
  } catch (cause) {
    if (stop.signal.aborted) {
      writeText(Deno.stderr, "\nStopped.\n");
      return EXIT_INTERRUPTED;
    }
    writeText(Deno.stderr, `\n${isForPeople(cause) ? (cause as Error).message : Deno.inspect(cause)}\n`);
    return 1;
  }
}

async function dev(options: Options<typeof OPTIONS>, signal: AbortSignal): Promise<number> {
  const { bars, json } = options;
  if (options.resume && !Deno.env.get("REDIS_URL")) {
    throw new UsageError("Cannot resume as REDIS_URL must name the Redis that holds the run: it is not set");
  }
  const configPath = options.config === undefined
    ? join(ROOT, "docs/model_config.yaml")
    : fromCaller(options.config);
  const miscPath = options.misc === undefined ? join(ROOT, "docs/misc.yaml") : fromCaller(options.misc);
  const { config, misc } = await loadConfigs({ config: configPath, misc: miscPath });
  const choices: RunChoices = {
    feed: feedAt(options.feed, fromCaller),
    symbols: options.symbols,
    columns: options.columns,
    speed: options.speed,
    bars,
    seed: options.seed,
    runner: options.runner,
    frozenModel: await wholeVersion(options.model),
    warmStart: await wholeVersion(options["warm-start"]),
    lockstep: bars !== undefined,
    tradesAtVenue: misc.venue.broker === "ccxt",
    live: options.live,
    config: configPath,
    misc: miscPath,
    uiPort: uiPort(options, misc.ui.port),
    isUiPortWished: options.port !== undefined,
  };
  const environment = Deno.env.toObject();
  const say = (text: string) => writeText(Deno.stderr, `${text}\n`);
  await checkStart({
    ...{ choices, config, misc, root: ROOT, clock: systemClock, say, signal },
    resumes: options.resume,
    getVariable: (name) => environment[name],
  });
  const setup = machineContext(ROOT, environment);
  using _claim = environment.REDIS_URL ? await claimDatabase(environment.REDIS_URL, setup.cache.lock) : null;
  await using run = new DevRun({
    choices,
    replicas: Number(options.replicas),
    withUi: !options["no-ui"],
    withMetrics: options.metrics,
    endsWithFeed: bars !== undefined,
    resumes: options.resume,
    root: ROOT,
    account: misc.account.name,
    venue: venueLabel(misc.venue),
    makeStateBuilder: stateBuilders(config, misc),
    pid: Deno.pid,
    denoPath: Deno.execPath(),
    environment,
    setup,
    clock: systemClock,
    terminal: {
      writeSync: (bytes) => Deno.stderr.writeSync(bytes),
      isTerminal: () => Deno.stderr.isTerminal(),
      columns: () => Math.max(40, Deno.consoleSize().columns),
    },
    signal,
  });
  try {
    await run.run();
  } catch (cause) {
    if (!signal.aborted) throw cause;
  }
  tell(await run.finish(), json);
  if (!signal.aborted) return 0;
  writeText(Deno.stderr, "\nStopped.\n");
  return EXIT_INTERRUPTED;
}

function tell(summary: Summary | null, json: boolean): void {
  if (summary === null) {
    writeText(Deno.stderr, "\nCannot tell what the run did as its Redis must answer in time: it does not\n");
  }
  if (json) writeText(Deno.stdout, `${JSON.stringify(summary, null, 2)}\n`);
  else if (summary !== null && summary.bars > 0) writeText(Deno.stdout, `\n${describeSummary(summary)}\n`);
}

/** The version that is meant, of those that are kept in the checkout. */
async function wholeVersion(text: string | undefined): Promise<string | undefined> {
  if (text === undefined) return undefined;
  return await new FolderModelStore(join(ROOT, ".rltrader/models")).resolve(text);
}

/** The port that was asked for, refused early where it is taken; else the first to try. */
function uiPort(options: Options<typeof OPTIONS>, configured: number): number {
  if (options["no-ui"] || options.port === undefined) return configured;
  const port = Number(options.port);
  if (!isPortBusy(port)) return port;
  throw new UsageError(`Cannot serve the page as port ${port} must be free: another program listens on it`);
}

/** A task runs in the checkout: a relative path means the folder that its caller stands in. */
function fromCaller(path: string): string {
  return resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), path);
}

/** Errors whose message says all that a user needs. */
function isForPeople(cause: unknown): boolean {
  const types = [
    UsageError,
    ConfigError,
    SetupError,
    RangeError,
    ModelStoreError,
    WarmStartError,
    OccupiedRedisError,
    RedisRefusedError,
    RedisUnavailableError,
    ChildGaveUpError,
  ];
  return types.some((type) => cause instanceof type);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
