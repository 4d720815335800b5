/** How every service process starts and ends: options, environment, log, signals, exit code.
 * `main.ts` hands in `Deno` itself, so that nothing else reads the environment or installs a signal handler. */
import { readEnvironment } from "../config/environment.ts";
import { ConfigError } from "../config/load_yaml.ts";
import { RedisRefusedError, RedisUnavailableError } from "../redis/connection_errors.ts";
import { helpText, type Options, type OptionSpecs, parseOptions, UsageError } from "./command_line.ts";
import { endOfInput } from "./end_of_input.ts";
import { createLog, type Log } from "./log.ts";
import { LogLines } from "./log_lines.ts";
import type { Host, ProcessBody, ProcessSpec, Report } from "./process_context.ts";
import { runInFrame } from "./process_frame.ts";
import { parentOption } from "./process_options.ts";
import { writeText } from "./write_text.ts";

/** A process that is asked to stop ends after this, even if Redis has gone before it. */
const STOP_DEADLINE_MS = 2_000;
const COMMON = {
  ...parentOption,
  id: { help: "Name of this process among its kind.", value: "NAME" },
  json: { help: "At its end print one JSON document on stdout: what it did last. Logs go to stderr." },
} as const satisfies OptionSpecs;

/** Its message says all: where in the code it came up helps nobody. */
function isForPeople(cause: unknown): boolean {
  return [ConfigError, RedisRefusedError, RedisUnavailableError, UsageError].some((type) =>
    cause instanceof type
  );
}

/** Runs a process until its body ends or a signal comes; exits non-zero after a failure, with one clear message. */
export async function runProcess<S extends OptionSpecs>(
  host: Host,
  spec: ProcessSpec<S>,
  body: ProcessBody<S>,
): Promise<void> {
  const print = (text: string) => writeText(host.stdout, text);
  const printError = (text: string) => writeText(host.stderr, text);
  const specs = { ...spec.options, ...COMMON };
  if (host.args.includes("--help")) return print(helpText(spec.name, spec.summary, specs));
  const stop = new AbortController();
  const report: Report = { activity: "starting", figures: {} };
  let id: string = spec.name;
  let asJson = false;
  const end = (code: number): never => {
    if (asJson) print(`${JSON.stringify({ process: spec.name, id, ...report }, null, 2)}\n`);
    return host.exit(code);
  };
  const askToStop = (reason: string) => {
    stop.abort(new DOMException(reason, "AbortError"));
    setTimeout(() => end(0), STOP_DEADLINE_MS);
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    host.addSignalListener(name, () => askToStop(`${name} received`));
  }
  let log: Log | null = null;
  let told: unknown = null;
  try {
    const options = parseOptions(host.args, specs) as Options<S> & Options<typeof COMMON>;
    asJson = options.json;
    if (options["end-with-parent"]) void endOfInput(host).then(() => askToStop("the parent ended"));
    const environment = readEnvironment((name) => host.env.get(name));
    id = options.id ?? spec.name;
    const lines = new LogLines(asJson ? printError : print);
    log = createLog(id, environment.logLevel, (line) => lines.take(line));
    const { signal } = stop;
    const onTold = (failure: unknown) => told = failure;
    await runInFrame(host, spec, { options, environment, id, log, lines, signal, report, onTold }, body);
  } catch (cause) {
    if (!stop.signal.aborted) {
      if (told !== cause) log?.error(isForPeople(cause) ? {} : { err: cause }, (cause as Error).message);
      printError(`${spec.name}: ${(cause as Error).message}\n`);
      return end(1);
    }
  }
  log?.info({}, "stopped");
  end(0);
}
