/** What every process tells of itself, whatever its work is. */
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { readCounter, readGauge } from "./metric_makers.ts";
import { QUARANTINE_RULES, type QuarantineRule } from "./quarantine_rule.ts";

/** What of a process is read when somebody asks. */
export interface ProcessFacts {
  readonly process: string;
  readonly id: string;
  readonly startedMs: number;
  /** Bytes. */
  readonly residentBytes: () => number;
  /** Seconds of user and system time so far. */
  readonly cpuSeconds: () => number;
  /** Why it is not ready; null where it is. */
  readonly notReady: () => string | null;
  /** Null before there was one. */
  readonly redis: () => { readonly isUp: boolean; readonly lost: number } | null;
  readonly linesDropped: () => number;
}

const LAG_BUCKETS = [0.001, 0.005, 0.025, 0.1, 0.25, 1, 5];
const LAG_EVERY_MS = 500;
const LOG_LEVELS = ["info", "warn", "error"] as const;

export class ProcessMetrics implements Disposable {
  readonly #lag: Histogram;
  readonly #quarantined: Counter;
  readonly #lines: Counter;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(registry: Registry, facts: ProcessFacts) {
    const registers = [registry];
    declareFacts(registry, facts);
    this.#lag = new Histogram({
      name: "rltrader_event_loop_lag_seconds",
      help:
        "How much later than due a timer of half a second fires: how long other work holds the process up.",
      buckets: LAG_BUCKETS,
      registers,
    });
    this.#quarantined = new Counter({
      name: "rltrader_quarantined_total",
      help: "Inputs that this process has put into the quarantine, by the rule that they broke.",
      labelNames: ["rule"],
      registers,
    });
    for (const rule of QUARANTINE_RULES) this.#quarantined.inc({ rule }, 0);
    this.#lines = new Counter({
      name: "rltrader_log_lines_total",
      help: "Lines of the log, by level.",
      labelNames: ["level"],
      registers,
    });
    for (const level of LOG_LEVELS) this.#lines.inc({ level }, 0);
    this.#timer = this.#watchLag();
  }

  quarantined(rule: QuarantineRule): void {
    this.#quarantined.inc({ rule });
  }

  logged(level: typeof LOG_LEVELS[number]): void {
    this.#lines.inc({ level });
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #watchLag(): ReturnType<typeof setInterval> {
    let lastMs = performance.now();
    return setInterval(() => {
      const nowMs = performance.now();
      this.#lag.observe(Math.max(0, nowMs - lastMs - LAG_EVERY_MS) / 1_000);
      lastMs = nowMs;
    }, LAG_EVERY_MS);
  }
}

function declareFacts(registry: Registry, facts: ProcessFacts): void {
  new Gauge({
    name: "rltrader_process_info",
    help: "Always 1: which process this is, and its name among its kind.",
    labelNames: ["process", "id"],
    registers: [registry],
  }).set({ process: facts.process, id: facts.id }, 1);
  const gauge = (name: string, help: string, read: () => number | null) =>
    readGauge(registry, { name, help }, read);
  gauge(
    "process_start_time_seconds",
    "When it started, in seconds since 1970.",
    () => facts.startedMs / 1_000,
  );
  gauge("process_resident_memory_bytes", "Memory that it holds.", facts.residentBytes);
  readCounter(
    registry,
    { name: "process_cpu_seconds_total", help: "Processor time, user and system." },
    facts.cpuSeconds,
  );
  gauge("rltrader_ready", "1 where /readyz says yes.", () => facts.notReady() === null ? 1 : 0);
  gauge("rltrader_redis_up", "1 while its connection to Redis is open.", () => {
    const redis = facts.redis();
    return redis === null ? 0 : Number(redis.isUp);
  });
  readCounter(registry, {
    name: "rltrader_redis_connections_lost_total",
    help: "How often its connection to Redis was lost; each is opened again.",
  }, () => facts.redis()?.lost ?? 0);
  readCounter(registry, {
    name: "rltrader_log_lines_dropped_total",
    help: "Lines that system:log lacks, as they came faster than Redis took them; the log itself has them.",
  }, facts.linesDropped);
}
