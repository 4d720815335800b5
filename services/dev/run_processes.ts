/** The processes of a run: each started with what it may know and no more, kept running, and stopped, Redis last. */
import { join } from "node:path";
import type { Role } from "../core/contracts/define.ts";
import type { Clock } from "../core/runtime/clock.ts";
import { Child } from "./child.ts";
import type { PrivateRedis } from "./private_redis.ts";
import type { DenoArgs } from "./process_plan.ts";
import { watchRedis } from "./redis_watch.ts";

export interface RunProcessesParts {
  readonly denoPath: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Each process tells its metrics on a free port of loopback. */
  readonly withMetrics: boolean;
  readonly clock: Clock;
  /** Tells people what became of a process. */
  readonly say: (text: string) => void;
}

/** Processes of one machine cannot share a port: each takes a free one and says which. */
export const METRICS = "127.0.0.1:0";
const REDIS = "redis";
const CORE = "core";

export class RunProcesses {
  readonly #parts: RunProcessesParts;
  readonly #children: Child[] = [];
  readonly #failed = Promise.withResolvers<never>();
  #watch: Disposable | null = null;
  #isStopping = false;

  constructor(parts: RunProcessesParts) {
    this.#parts = parts;
    this.#failed.promise.catch(() => {});
  }

  /** Rejects once the run cannot go on, as a process that it needs was given up. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /** How often a process was started again. */
  get restarts(): number {
    return this.#children.reduce((sum, child) => sum + child.restarts, 0);
  }

  startRedis(program: string, redis: PrivateRedis, logs: string): void {
    this.#watch = watchRedis(redis);
    this.#needed(this.#start(REDIS, program, [redis.configPath], { ...this.#parts.environment }, logs));
  }

  /** One without which the run cannot go on. @param url The role's own address of Redis.  @param logs Folder of the logs. */
  startDeno(name: string, role: Role, args: DenoArgs, url: string, logs: string): void {
    this.#needed(this.#startDeno(name, role, args, url, logs));
  }

  /** The page only shows: trading goes on without it. @returns Rejects once it was given up. */
  startPage(args: DenoArgs, url: string, logs: string): Promise<void> {
    return this.#startDeno("ui", "ui", args, url, logs);
  }

  /** Stops core, so that no bar is published from then on. */
  async stopCore(): Promise<void> {
    this.#isStopping = true;
    await stopAll(this.#children.filter(({ name }) => name === CORE));
  }

  /** Stops all but Redis, which they need to end well. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await stopAll(this.#children.filter(({ name }) => name !== REDIS));
  }

  async stopRedis(): Promise<void> {
    await stopAll(this.#children.filter(({ name }) => name === REDIS));
    this.#watch?.[Symbol.dispose]();
  }

  #startDeno(name: string, role: Role, args: DenoArgs, url: string, logs: string): Promise<void> {
    const { denoPath, environment, withMetrics } = this.#parts;
    const own = { REDIS_URL: url, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" };
    const env = { ...environmentOf(role, environment), ...own };
    const known = withMetrics ? { ...env, RLTRADER_METRICS: METRICS } : env;
    return this.#start(name, denoPath, args, known, logs);
  }

  #start(
    name: string,
    program: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    logs: string,
  ): Promise<void> {
    const { clock, say } = this.#parts;
    if (this.#isStopping) return Promise.resolve(); // what was under way when the stop came
    const onRestart = (name: string, reason: string) =>
      say(`  ${name} ended (${reason}) and is started again`);
    const child = new Child(
      { name, program, args, env, logPath: join(logs, `${name}.log`) },
      clock,
      onRestart,
    );
    this.#children.push(child);
    return child.run();
  }

  #needed(running: Promise<void>): void {
    running.catch((cause) => this.#failed.reject(cause));
  }
}

async function stopAll(children: readonly Child[]): Promise<void> {
  await Promise.all(children.map((child) => child.stop()));
}

/** What a process may know: the venue's keys are inference's alone. */
function environmentOf(role: Role, environment: Readonly<Record<string, string>>): Record<string, string> {
  const known = Object.entries(environment).filter(([name]) =>
    role === "inference" || !name.startsWith("RLTRADER_VENUE_")
  );
  return Object.fromEntries(known);
}
