/** A process's metrics and probes, put together: what it tells, whether it is ready, and where it can be asked. */
import { cpuUsage } from "node:process";
import { Registry } from "prom-client";
import type { ListenAddress } from "../config/environment.ts";
import type { Clock } from "../runtime/clock.ts";
import { ProbeServer } from "./probe_server.ts";
import { type ProcessFacts, ProcessMetrics } from "./process_metrics.ts";

export interface TelemetryParts
  extends Pick<ProcessFacts, "process" | "id" | "residentBytes" | "redis" | "linesDropped"> {
  /** Where it answers; null for nowhere. */
  readonly address: ListenAddress | null;
  /** `Deno.serve`. */
  readonly serve: typeof Deno.serve;
  readonly clock: Clock;
  /** What the process is doing, in a few words. */
  readonly activity: () => string;
  /** It can do nothing without Redis. */
  readonly needsRedis: boolean;
}

export class Telemetry implements AsyncDisposable {
  readonly registry = new Registry();
  readonly metrics: ProcessMetrics;
  readonly startedMs: number;
  readonly #probes: ProbeServer | null;
  #reasonOf: () => string | null = () => "it is starting";

  /** Answers from now on. @throws {Error} If the address is not free. */
  constructor(parts: TelemetryParts) {
    const { address, clock, redis, needsRedis } = parts;
    this.startedMs = clock.nowMs();
    const notReady = () => needsRedis && redis()?.isUp !== true ? "Redis does not answer" : this.#reasonOf();
    const facts = { ...parts, startedMs: this.startedMs, notReady };
    const asked = { ...facts, registry: this.registry, nowMs: () => clock.nowMs() };
    this.#probes = address === null ? null : ProbeServer.listen({ ...asked, address });
    this.metrics = new ProcessMetrics(this.registry, {
      ...facts,
      cpuSeconds: () => (cpuUsage().user + cpuUsage().system) / 1e6,
    });
  }

  /** Absent where it answers nowhere. */
  get url(): string | undefined {
    return this.#probes?.url;
  }

  /** Says how `/readyz` finds out why the process cannot do its work yet; null when it can. */
  readyUnless(reason: () => string | null): void {
    this.#reasonOf = reason;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.metrics[Symbol.dispose]();
    await this.#probes?.[Symbol.asyncDispose]();
  }
}
