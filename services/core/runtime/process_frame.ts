/** What lies around the work of every service process: metrics and probes, Redis, the quarantine, the heartbeat. */
import type { Environment } from "../config/environment.ts";
import type { RedisConnection } from "../redis/redis_connection.ts";
import { RedisStore } from "../redis/redis_store.ts";
import { Telemetry } from "../telemetry/telemetry.ts";
import { systemClock } from "./clock.ts";
import type { Options, OptionSpecs } from "./command_line.ts";
import { startHeartbeat } from "./heartbeat.ts";
import type { Log } from "./log.ts";
import type { LogLines } from "./log_lines.ts";
import type { Host, ProcessBody, ProcessSpec, Report } from "./process_context.ts";
import { connectProcess } from "./process_redis.ts";
import { Quarantine } from "./quarantine.ts";

export interface FrameParts<S extends OptionSpecs> {
  readonly options: Options<S>;
  readonly environment: Environment;
  readonly id: string;
  readonly log: Log;
  readonly lines: LogLines;
  readonly signal: AbortSignal;
  readonly report: Report;
  /** Told of a failure of the body that the log has told of, while it could still be shipped. */
  readonly onTold: (failure: unknown) => void;
}

/** How long the last lines of the log may take into Redis. */
const LAST_LINES_MS = 300;

/** Opens the frame, runs a process's body in it, and closes it again. @throws What the body throws, or what cannot be opened. */
export async function runInFrame<S extends OptionSpecs>(
  host: Host,
  spec: ProcessSpec<S>,
  { options, environment, id, log, lines, signal, report, onTold }: FrameParts<S>,
  body: ProcessBody<S>,
): Promise<void> {
  const clock = systemClock;
  await using resources = new AsyncDisposableStack();
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
  const toldUrl = telemetry.url === undefined ? {} : { metricsUrl: telemetry.url };
  lines.countIn(telemetry.metrics);
  const redis = resources.use(await connectProcess(environment, id, log, Boolean(host.env.get("REDIS_URL"))));
  connected.redis = redis;
  const quarantine = new Quarantine({ id, log, clock, metrics: telemetry.metrics });
  const store = resources.use(new RedisStore({ connection: redis, onBadEntry: quarantine.take }));
  quarantine.keepIn(store);
  lines.shipper.sendTo(store);
  resources.use(
    startHeartbeat(store, log, () => ({
      process: spec.name,
      id,
      pid: host.pid,
      startedMs: telemetry.startedMs,
      atMs: clock.nowMs(),
      activity: report.activity,
      memoryMb: Math.round(host.memoryUsage().rss / 1e5) / 10,
      figures: report.figures,
      ...toldUrl,
    })),
  );
  log.info({ options, ...toldUrl }, "started");
  try {
    await body({
      ...{ options, environment, id, log, clock, signal, redis, store, report },
      say: (activity, figures) => void Object.assign(report, { activity, figures }),
      untilStopped: () => aborted(signal),
      quarantine: quarantine.take,
      metrics: telemetry.registry,
      countQuarantined: quarantine.count,
      readyUnless: (reason) => telemetry.readyUnless(reason),
    });
  } catch (cause) {
    if (!signal.aborted) {
      log.error({ err: cause }, (cause as Error).message);
      onTold(cause);
    } else if (cause !== signal.reason) {
      log.warn({ err: cause }, (cause as Error).message); // it ends all the same, and shall not end in silence
    }
    throw cause;
  } finally {
    const late = new AbortController();
    await Promise.race([lines.shipper.flushed(), clock.wait(LAST_LINES_MS, late.signal)]); // the last lines say most
    late.abort();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
