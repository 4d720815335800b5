/** The frame that every service process shares: options, environment, Redis, log, heartbeat, metrics, probes, signals, exit code.
 * `main.ts` hands in `Deno` itself, so that nothing else reads the environment or installs a signal handler. */
import type { Registry } from "prom-client";
import { type Environment, readEnvironment } from "../config/environment.ts";
import {
  type Heartbeat,
  heartbeats,
  QUARANTINE_LENGTH,
  type Quarantined,
  quarantineStream,
} from "../contracts/system.ts";
import { connectRedis } from "../redis/connect.ts";
import type { RedisConnection } from "../redis/redis_connection.ts";
import { RedisStore } from "../redis/redis_store.ts";
import type { BadEntry, Store } from "../redis/store.ts";
import type { ProcessMetrics } from "../telemetry/process_metrics.ts";
import { quarantineRule } from "../telemetry/quarantine_rule.ts";
import { Telemetry } from "../telemetry/telemetry.ts";
import { type Clock, systemClock } from "./clock.ts";
import { helpText, type Options, type OptionSpecs, parseOptions } from "./command_line.ts";
import { createLog, type Log } from "./log.ts";
import { LogShipper } from "./log_shipper.ts";

/** What a process gets of Deno. */
export type Host = Pick<
  typeof Deno,
  | "args"
  | "env"
  | "pid"
  | "exit"
  | "addSignalListener"
  | "memoryUsage"
  | "stdin"
  | "stdout"
  | "stderr"
  | "serve"
>;

export interface ProcessSpec<S extends OptionSpecs> {
  readonly name: Heartbeat["process"];
  readonly summary: string;
  readonly options: S;
}

/** What a process says of itself, once a second. */
export interface Report {
  activity: string;
  figures: Record<string, number>;
}

export interface ProcessContext<S extends OptionSpecs> {
  readonly options: Options<S>;
  readonly environment: Environment;
  readonly id: string;
  readonly log: Log;
  readonly clock: Clock;
  /** Aborts when the process is asked to stop. */
  readonly signal: AbortSignal;
  readonly redis: RedisConnection;
  readonly store: Store;
  /** What it said last; sent with each heartbeat. */
  readonly report: Readonly<Report>;
  say(activity: string, figures: Record<string, number>): void;
  /** Resolves when the process is asked to stop. */
  untilStopped(): Promise<void>;
  /** Keeps an input that broke its contract, with its reason. */
  quarantine(bad: BadEntry): void;
  /** Where it declares what `/metrics` tells beside what every process tells. */
  readonly metrics: Registry;
  /** Counts what the body itself has put into the quarantine. */
  countQuarantined(entry: Pick<Quarantined, "source" | "entry" | "reason">): void;
  /** Says how `/readyz` finds out why the process cannot do its work yet; null when it can. Until then it is starting. */
  readyUnless(reason: () => string | null): void;
}

/** Options of every process that reads the configuration. */
export const configOptions = {
  config: { help: "The model's configuration.", value: "PATH", default: "docs/model_config.yaml" },
  misc: { help: "Everything else that is configured.", value: "PATH", default: "docs/misc.yaml" },
} as const satisfies OptionSpecs;
/** Option of every process that reads what Redis no longer holds; core alone writes there. */
export const archiveOption = {
  archive: {
    help: "Folder of what was moved out of Redis; without it everything stays there.",
    value: "PATH",
  },
} as const satisfies OptionSpecs;
/** Options of every process that runs the network. */
export const addonOptions = {
  "inference-addon": { help: "The fused engine's addon.", value: "PATH", default: "inference.node" },
} as const satisfies OptionSpecs;

const HEARTBEAT_MS = 1_000;
/** A process that is asked to stop ends after this, even if Redis has gone before it. */
const STOP_DEADLINE_MS = 2_000;
/** How long the last lines of the log may take into Redis. */
const LAST_LINES_MS = 300;
const COMMON = {
  "end-with-parent": { help: "Stop when standard input closes, as it does when the supervisor dies." },
  id: { help: "Name of this process among its kind.", value: "NAME" },
  json: { help: "At its end print one JSON document on stdout: what it did last. Logs go to stderr." },
} as const satisfies OptionSpecs;

/** Runs a process until its body ends or a signal comes; exits non-zero after a failure, with one clear message. */
export async function runProcess<S extends OptionSpecs>(
  host: Host,
  spec: ProcessSpec<S>,
  body: (context: ProcessContext<S>) => Promise<void>,
): Promise<void> {
  const print = (text: string) => void host.stdout.writeSync(new TextEncoder().encode(text));
  const printError = (text: string) => void host.stderr.writeSync(new TextEncoder().encode(text));
  const specs = { ...spec.options, ...COMMON };
  if (host.args.includes("--help")) return void print(helpText(spec.name, spec.summary, specs));
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
  const told = new WeakSet<object>();
  let log: Log | null = null;
  try {
    const options = parseOptions(host.args, specs) as Options<S> & {
      id?: string;
      json: boolean;
      "end-with-parent": boolean;
    };
    asJson = options.json;
    if (options["end-with-parent"]) void endOfInput(host).then(() => askToStop("the parent ended"));
    const environment = readEnvironment((name) => host.env.get(name));
    id = options.id ?? spec.name;
    const lines = new LogLines(asJson ? printError : print);
    log = createLog(id, environment.logLevel, (line) => lines.take(line));
    await frame(host, spec, { options, environment, id, log, lines, stop, report, told }, body);
    log.info({}, "stopped");
  } catch (cause) {
    if (!stop.signal.aborted) {
      if (!told.has(cause as object)) log?.error({ err: cause }, (cause as Error).message);
      printError(`${spec.name}: ${(cause as Error).message}\n`);
      end(1);
    }
  }
  end(0);
}

/** Where the log's lines go: out, into Redis, and into a count. */
class LogLines {
  readonly shipper = new LogShipper();
  #metrics: ProcessMetrics | null = null;
  readonly #print: (line: string) => void;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  countIn(metrics: ProcessMetrics): void {
    this.#metrics = metrics;
  }

  take(line: string): void {
    this.#print(line);
    const level = this.shipper.take(line);
    if (level !== null) this.#metrics?.logged(level);
  }
}

async function endOfInput(host: Host): Promise<void> {
  for await (const _ of host.stdin.readable) continue;
}

interface Frame<S extends OptionSpecs> {
  readonly options: Options<S>;
  readonly environment: Environment;
  readonly id: string;
  readonly log: Log;
  readonly lines: LogLines;
  readonly stop: AbortController;
  readonly report: Report;
  /** Failures that the log has told of. */
  readonly told: WeakSet<object>;
}

async function frame<S extends OptionSpecs>(
  host: Host,
  spec: ProcessSpec<S>,
  { options, environment, id, log, lines, stop, report, told }: Frame<S>,
  body: (context: ProcessContext<S>) => Promise<void>,
): Promise<void> {
  await using resources = new AsyncDisposableStack();
  const clock = systemClock;
  const connected: { redis: RedisConnection | null } = { redis: null };
  const telemetry = resources.use(
    new Telemetry({
      ...{ process: spec.name, id, clock, needsRedis: true },
      address: environment.metrics,
      serve: host.serve,
      residentBytes: () => host.memoryUsage().rss,
      redis: () =>
        connected.redis === null ? null : { isUp: connected.redis.isUp, lost: connected.redis.outages },
      linesDropped: () => lines.shipper.dropped,
      activity: () => report.activity,
    }),
  );
  const { metrics, startedMs, url: metricsUrl } = telemetry;
  const toldUrl = metricsUrl === undefined ? {} : { metricsUrl };
  lines.countIn(metrics);
  const ca = environment.redisCaFile;
  const redis = resources.use(
    await connectRedis({
      url: environment.redisUrl,
      name: `rltrader-${id}`,
      onEvent: (event) => log.info(event, "redis connection"),
      ...(ca === null ? {} : { ca: await Deno.readTextFile(ca) }),
    }),
  );
  connected.redis = redis;
  let store: Store | null = null;
  const countQuarantined = (entry: Pick<Quarantined, "source" | "entry" | "reason">) =>
    metrics.quarantined(quarantineRule(entry));
  const quarantine = (bad: BadEntry) => {
    log.warn(bad, "quarantined");
    const entry = { source: bad.key, entry: bad.id, reason: bad.reason };
    countQuarantined(entry);
    void store?.append(quarantineStream(), "*", {
      process: id,
      ...entry,
      content: bad.content,
      atMs: clock.nowMs(),
    }, { maxLength: QUARANTINE_LENGTH }).catch((cause) => log.error({ err: cause }, "cannot quarantine"));
  };
  store = resources.use(new RedisStore({ connection: redis, onBadEntry: quarantine }));
  lines.shipper.sendTo(store);
  resources.use(
    heartbeat(store, log, (): Heartbeat => ({
      process: spec.name,
      id,
      pid: host.pid,
      startedMs,
      atMs: clock.nowMs(),
      activity: report.activity,
      memoryMb: Math.round(host.memoryUsage().rss / 1e5) / 10,
      figures: report.figures,
      ...toldUrl,
    })),
  );
  log.info({ options, ...toldUrl }, "started");
  const { signal } = stop;
  const say = (activity: string, figures: Record<string, number>) =>
    void Object.assign(report, { activity, figures });
  try {
    await body({
      ...{ options, environment, id, log, clock, signal, redis, store, report, say },
      untilStopped: () => aborted(signal),
      quarantine,
      metrics: telemetry.registry,
      countQuarantined,
      readyUnless: (reason) => telemetry.readyUnless(reason),
    });
  } catch (cause) {
    if (!signal.aborted) {
      log.error({ err: cause }, (cause as Error).message);
      told.add(cause as object);
    }
    throw cause;
  } finally {
    const late = new AbortController();
    await Promise.race([lines.shipper.flushed(), clock.wait(LAST_LINES_MS, late.signal)]); // the last lines say most
    late.abort();
  }
}

/** Says once a second that the process lives. */
function heartbeat(store: Store, log: Log, now: () => Heartbeat): Disposable {
  let beating = false;
  const beat = () => {
    if (beating) return; // in an outage one waits for the server, not one a second
    beating = true;
    const value = now();
    store.setField(heartbeats(), value.id, value)
      .catch((cause) => log.warn({ err: cause }, "cannot send the heartbeat"))
      .finally(() => beating = false);
  };
  beat();
  const timer = setInterval(beat, HEARTBEAT_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
