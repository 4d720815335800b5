/** One whole system for a chaos run: its own Redis, every process behind a proxy of its own, all of them started again when they
 * are killed. Product code runs as in `deno task dev`, with the same rights. */
import { join } from "node:path";
import { readingArchive } from "../../core/archive/archived_store.ts";
import type { Role } from "../../core/contracts/define.ts";
import { feedStatus } from "../../core/contracts/feed_status.ts";
import { connectRedis } from "../../core/redis/connect.ts";
import { RedisStore } from "../../core/redis/redis_store.ts";
import type { Store } from "../../core/redis/store.ts";
import type { Clock } from "../../core/runtime/clock.ts";
import { Child } from "../child.ts";
import { configurePrivateRedis } from "../private_redis.ts";
import { coreArgs, inferenceArgs, type Places, type RunChoices, trainerArgs } from "../process_plan.ts";
import { KillProxy, type Passing, type Side } from "./kill_proxy.ts";

export const PROCESSES = ["core", "inference-1", "inference-2", "trainer"] as const;
export type ProcessName = typeof PROCESSES[number];
export type Victim = ProcessName | "redis";
export const VICTIMS: readonly Victim[] = [...PROCESSES, "redis"];

/** What is the same for every system of a chaos run. */
export interface Machine {
  readonly root: string;
  readonly denoPath: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly redisServer: string;
  readonly addons: { readonly inference: string; readonly trainer: string };
  /** Keeps every version that was adopted. */
  readonly models: string;
  readonly clock: Clock;
}

/** Told of everything that passes between the processes and Redis. */
export interface Watch {
  /** True: it goes no further, and its connection ends. */
  isLast(process: ProcessName, passing: Passing, side: Side): boolean;
  onReply(process: ProcessName, passing: Passing, reply: Uint8Array): void;
}

export class ChaosSystem implements AsyncDisposable {
  readonly store: Store;
  /** Deaths that nobody asked for: the process, and how it ended. */
  readonly deaths: string[];
  readonly #children: ReadonlyMap<Victim, Child>;
  readonly #resources: AsyncDisposableStack;

  private constructor(
    store: Store,
    deaths: string[],
    children: ReadonlyMap<Victim, Child>,
    resources: AsyncDisposableStack,
  ) {
    this.store = store;
    this.deaths = deaths;
    this.#children = children;
    this.#resources = resources;
  }

  /** @param folder Of this system alone.  @param signal Ends the start. */
  static async start(
    machine: Machine,
    choices: RunChoices,
    folder: string,
    watch: Watch,
    signal: AbortSignal,
  ): Promise<ChaosSystem> {
    await using resources = new AsyncDisposableStack();
    const folders = await makeFolders(folder);
    const deaths: string[] = [];
    const children = new Map<Victim, Child>();
    const start = (name: Victim, program: string, args: readonly string[], env: Record<string, string>) => {
      const logPath = join(folders.logs, `${name}.log`);
      const spec = { name, program, args, env: { ...machine.environment, ...env }, logPath };
      const child = new Child(spec, machine.clock, (_, reason) => deaths.push(`${name}: ${reason}`));
      children.set(name, child);
      child.run().catch((cause: Error) => deaths.push(cause.message));
      return child;
    };
    const { port, configPath, url } = await configurePrivateRedis(folders.redis);
    const redis = start("redis", machine.redisServer, [configPath], {});
    resources.defer(() => redis.stop());
    const store = await openStore(url("dev"), folders.archive, resources);
    signal.throwIfAborted();
    const proxies = new Map(PROCESSES.map((name) => {
      const isLast = (passing: Passing, side: Side) => watch.isLast(name, passing, side);
      const onReply = (passing: Passing, reply: Uint8Array) => watch.onReply(name, passing, reply);
      return [name, resources.use(new KillProxy({ port, isLast, onReply }))];
    }));
    resources.defer(async () => {
      await Promise.all(PROCESSES.map((name) => children.get(name)?.stop()));
    });
    for (const [name, proxy] of proxies) {
      const address = new URL(url(roleOf(name)));
      address.port = String(proxy.port);
      const places = {
        ...folders,
        root: machine.root,
        redisHost: address.host,
        modelArchive: machine.models,
        metrics: null,
      };
      const env = { REDIS_URL: address.href, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" };
      start(name, machine.denoPath, argsOf(name, choices, places, machine), env);
    }
    return new ChaosSystem(store, deaths, children, resources.move());
  }

  /** @returns False where it does not run just now. */
  kill(victim: Victim): boolean {
    return this.#children.get(victim)!.kill();
  }

  async isEnded(): Promise<boolean> {
    return (await this.store.get(feedStatus()))?.state === "ended";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}

export function roleOf(process: ProcessName): Role & ("core" | "trainer" | "inference") {
  return process === "core" || process === "trainer" ? process : "inference";
}

function argsOf(name: ProcessName, choices: RunChoices, places: Places, { addons }: Machine) {
  if (name === "core") return coreArgs(choices, places);
  if (name === "trainer") return trainerArgs(choices, places, addons);
  return inferenceArgs(choices, places, addons.inference, name);
}

async function makeFolders(folder: string) {
  const [logs, redis, checkpoints, archive] = ["logs", "redis", "checkpoints", "archive"].map((name) =>
    join(folder, name)
  ) as [string, string, string, string];
  for (const path of [logs, redis, checkpoints, archive]) await Deno.mkdir(path, { recursive: true });
  return { logs, redis, checkpoints, archive };
}

/** Past the proxies: what reads the outcome shall not be counted. */
async function openStore(url: string, archive: string, resources: AsyncDisposableStack): Promise<Store> {
  const connection = resources.use(await connectRedis({ url, name: "rltrader-chaos", onEvent: () => {} }));
  const onBadEntry = () => {};
  const store = resources.use(new RedisStore({ connection, onBadEntry }));
  const runId = async () => (await store.get(feedStatus()))?.runId ?? null;
  return readingArchive(store, archive, runId, { onBadEntry, isDurable: false });
}
