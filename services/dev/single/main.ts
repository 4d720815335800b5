/** `deno task trainer|inference|train|backtest|yardstick|ui`: one program with what it needs set up: its addons are found or built
 * first, or the page's bundle, and for a run that is replayed its Redis is started. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../core/runtime/clock.ts";
import { writeText } from "../../core/runtime/write_text.ts";
import { buildPage } from "../page_process.ts";
import { endedRun } from "../run_folder.ts";
import { machineContext } from "../setup/setup_context.ts";
import { setUp, type SetupResult, type SetupTarget } from "../setup/set_up.ts";
import { SetupError } from "../setup/setup_error.ts";
import { TerminalProgress } from "../setup/terminal_progress.ts";
import { startRecordedRedis } from "./recorded_redis.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
const REPLAY = "--replay-models";

/** Programs that run the network, and the addons that each takes as an option. */
const PROGRAMS: Readonly<Record<string, { readonly main: string; readonly want: readonly SetupTarget[] }>> = {
  trainer: { main: "services/trainer/main.ts", want: ["inference-addon", "trainer-addon"] },
  inference: { main: "services/inference/main.ts", want: ["inference-addon"] },
  yardstick: { main: "services/trainer/yardstick/main.ts", want: ["trainer-addon"] },
  backtest: { main: "services/trainer/backtest/main.ts", want: ["inference-addon", "trainer-addon"] },
  train: { main: "services/trainer/train/main.ts", want: ["inference-addon", "trainer-addon"] },
  ui: { main: "ui/main.ts", want: [] },
};

async function main([name, ...args]: readonly string[]): Promise<number> {
  const program = PROGRAMS[name ?? ""];
  if (program === undefined) {
    say(`Cannot run ${name ?? "nothing"} as it must be one of ${Object.keys(PROGRAMS).join(", ")}`);
    return 2;
  }
  if (args.includes("--help")) return await run(program.main, args);
  if (name === "ui") {
    await buildPage(ROOT, Deno.execPath(), Deno.env.toObject());
    return await run(program.main, args);
  }
  const replayed = name === "backtest" ? replayedRun(args) : null;
  const made = await setUpAll([...program.want, ...(replayed === null ? [] : ["redis" as const])]);
  const isGiven = (option: string) => args.some((arg) => arg.split("=")[0] === option.split("=")[0]);
  const own = [...addonOptions(made).filter((option) => !isGiven(option)), ...args];
  return replayed === null ? await run(program.main, own) : await replay(program.main, own, replayed, made);
}

/** The run that is named by its folder; null for one that is named by an address, and for none. */
function replayedRun(args: readonly string[]): string | null {
  const index = args.findIndex((arg) => arg === REPLAY || arg.startsWith(`${REPLAY}=`));
  if (index < 0) return null;
  const value = args[index] === REPLAY ? args[index + 1] : args[index].slice(REPLAY.length + 1);
  return value === undefined || value === "" || /^rediss?:/.test(value) ? null : value;
}

async function replay(program: string, args: string[], name: string, made: SetupResult): Promise<number> {
  const folder = await endedRun(
    join(ROOT, ".rltrader/runs"),
    name,
    Deno.env.get("INIT_CWD") ?? Deno.cwd(),
  );
  const server = made.redisServer;
  if (server === undefined || server.route === "REDIS_URL") {
    throw new SetupError(
      "Cannot replay a run from its folder as a Redis of its own must be started: REDIS_URL names another",
      "unset REDIS_URL, or name the run by the address of its Redis",
    );
  }
  await using redis = await startRecordedRedis(folder, server.path, Deno.env.toObject(), systemClock);
  const index = args.findIndex((arg) => arg === REPLAY || arg.startsWith(`${REPLAY}=`));
  args.splice(index, args[index] === REPLAY ? 2 : 1, `${REPLAY}=${redis.url}`, `--archive=${folder.archive}`);
  return await run(program, args);
}

async function run(program: string, args: readonly string[]): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `--config=${join(ROOT, "deno.json")}`, join(ROOT, program), ...args],
    cwd: ROOT,
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      if (signal === "SIGTERM") child.kill(signal); // Ctrl-C reaches the child by itself
    });
  }
  return (await child.status).code;
}

async function setUpAll(want: readonly SetupTarget[]): Promise<SetupResult> {
  const progress = new TerminalProgress(Deno.stderr, undefined, () => Deno.consoleSize().columns);
  return await setUp(machineContext(ROOT, Deno.env.toObject()), {
    want,
    onProgress: (step) => step.state === "skipped" ? undefined : progress.show(step),
  }).all;
}

function addonOptions(made: SetupResult): string[] {
  return [
    ...(made.inferenceAddon === undefined ? [] : [`--inference-addon=${made.inferenceAddon}`]),
    ...(made.trainerAddon === undefined ? [] : [`--trainer-addon=${made.trainerAddon}`]),
  ];
}

function say(text: string): void {
  writeText(Deno.stderr, `${text}\n`);
}

try {
  Deno.exit(await main(Deno.args));
} catch (cause) {
  const forPeople = cause instanceof SetupError || cause instanceof RangeError;
  say(forPeople ? cause.message : Deno.inspect(cause));
  Deno.exit(1);
}
