/** `deno task chaos`: kills every process of the system, again and again, and shows that nothing is lost, doubled or changed. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadMiscConfig } from "../../core/config/misc.ts";
import { systemClock } from "../../core/runtime/clock.ts";
import { helpText, mustBe, type Options, parseOptions, UsageError } from "../../core/runtime/command_line.ts";
import { writeText } from "../../core/runtime/write_text.ts";
import { machineContext } from "../setup/setup_context.ts";
import { setUp } from "../setup/set_up.ts";
import { SetupError } from "../setup/setup_error.ts";
import { TerminalProgress } from "../setup/terminal_progress.ts";
import { ChaosRun, isFaultless } from "./chaos_run.ts";
import type { Machine } from "./chaos_system.ts";
import { chaosReport, describeReport, killLine } from "./report.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
const FOLDER = join(ROOT, "services/dev/chaos");
const EXIT_INTERRUPTED = 130;

const OPTIONS = {
  kills: {
    help: "How many at least; from 200 on every command is hit on both sides of Redis.",
    value: "N",
    default: "200",
    check: mustBe.integer(1, 100_000),
  },
  seed: {
    help: "Seed of the market, the weights and the kills.",
    value: "N",
    default: "1",
    check: mustBe.integer(0, 4_294_967_295),
  },
  bars: {
    help: "Live bars of each symbol in a round.",
    value: "N",
    default: "1500",
    check: mustBe.integer(150, 100_000),
  },
  json: { help: "Print the outcome as one JSON document on stdout." },
} as const;

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    writeText(
      Deno.stdout,
      helpText(
        "chaos",
        "Kills core, trainer, two inference replicas and Redis under load, and compares what is left with a run without kills.",
        OPTIONS,
      ),
    );
    return 0;
  }
  const folder = join(
    ROOT,
    ".rltrader/chaos",
    `${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}-${Deno.pid}`,
  );
  const stop = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(name, () => stop.abort(new Error(`stopped by ${name}`)));
  }
  try {
    return await chaos(parseOptions(args, OPTIONS), folder, stop.signal);
  } catch (cause) {
    if (stop.signal.aborted) {
      await Deno.remove(folder, { recursive: true }).catch(() => {});
      writeText(Deno.stderr, "Stopped.\n");
      return EXIT_INTERRUPTED;
    }
    const isForPeople = cause instanceof UsageError || cause instanceof SetupError;
    writeText(Deno.stderr, `${isForPeople ? cause.message : Deno.inspect(cause)}\n`);
    return 1;
  }
}

/** @param folder Of this run: what a run that failed has left stays there. */
async function chaos(
  options: Options<typeof OPTIONS>,
  folder: string,
  signal: AbortSignal,
): Promise<number> {
  const startedMs = systemClock.monotonicMs();
  const machine = await prepare(folder, signal);
  const misc = join(FOLDER, "misc.yaml");
  const { account } = await loadMiscConfig(misc);
  const kills = Number(options.kills);
  say(`  logs        ${folder}`);
  const run = new ChaosRun({
    choices: {
      kills,
      seed: Number(options.seed),
      bars: Number(options.bars),
      config: join(FOLDER, "model_config.yaml"),
      misc,
      account: account.name,
      cashPerLane: String(account.cash_per_lane),
    },
    machine,
    folder,
    signal,
    onRound: (text) => say(`  ${text}`),
    onKill: (record, done) => say(`  ${killLine(record, done, kills)}`),
  });
  const result = await run.run();
  const report = chaosReport(result, {
    seed: Number(options.seed),
    bars: Number(options.bars),
    seconds: Math.round((systemClock.monotonicMs() - startedMs) / 1_000),
    load: Deno.loadavg().map((value) => Math.round(value * 100) / 100),
    cores: navigator.hardwareConcurrency,
  });
  writeText(
    Deno.stdout,
    options.json ? `${JSON.stringify(report, null, 2)}\n` : `\n${describeReport(report)}\n`,
  );
  if (!isFaultless(result)) return 1;
  await Deno.remove(folder, { recursive: true });
  return 0;
}

/** Finds or obtains what the system needs, with a Redis of its own whatever REDIS_URL says. */
async function prepare(folder: string, signal: AbortSignal): Promise<Machine> {
  const { REDIS_URL: _, ...environment } = Deno.env.toObject();
  const progress = new TerminalProgress(Deno.stderr, undefined, () => Deno.consoleSize().columns);
  const made = await setUp({ ...machineContext(ROOT, environment), signal }, {
    want: ["redis", "inference-addon", "trainer-addon"],
    onProgress: (step) => step.state === "skipped" ? undefined : progress.show(step),
  }).all;
  const { redisServer, inferenceAddon, trainerAddon } = made;
  if (
    redisServer === undefined || redisServer.route === "REDIS_URL" || inferenceAddon === undefined ||
    trainerAddon === undefined
  ) {
    throw new Error("Cannot start as the set-up must give a Redis server and both addons: it did not");
  }
  const models = join(folder, "models");
  await Deno.mkdir(models, { recursive: true });
  return {
    root: ROOT,
    denoPath: Deno.execPath(),
    environment,
    redisServer: redisServer.path,
    addons: { inference: inferenceAddon, trainer: trainerAddon },
    models,
    clock: systemClock,
  };
}

function say(text: string): void {
  writeText(Deno.stderr, `${text}\n`);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
