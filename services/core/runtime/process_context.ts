/** What a service process is, and what it is given to work with. */
import type { Registry } from "prom-client";
import type { Environment } from "../config/environment.ts";
import type { Heartbeat, Quarantined } from "../contracts/system.ts";
import type { RedisConnection } from "../redis/redis_connection.ts";
import type { BadEntry, Store } from "../redis/store.ts";
import type { Clock } from "./clock.ts";
import type { Options, OptionSpecs } from "./command_line.ts";
import type { Log } from "./log.ts";

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

/** What a process does with it. */
export type ProcessBody<S extends OptionSpecs> = (context: ProcessContext<S>) => Promise<void>;
