/** A run of the whole system the way a user runs it: real processes, real Redis, real data. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Stream } from "../core/contracts/define.ts";
import { type Decision, decisionStream } from "../core/contracts/lane.ts";
import { heartbeats } from "../core/contracts/system.ts";
import { connectRedis } from "../core/redis/connect.ts";
import { RedisStore } from "../core/redis/redis_store.ts";
import type { Entry, Store } from "../core/redis/store.ts";
import { systemClock, until } from "../core/runtime/clock.ts";
import { startRedisForTest } from "../core/testing/redis_server.ts";
import type { Summary } from "./summary.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));
const MISC = fileURLToPath(new URL("../../docs/misc.yaml", import.meta.url));
const DEADLINE_MS = 120_000;

/** docs/misc.yaml with another level of the gate. @returns The path. */
export async function miscWithGate(folder: string, level: "off" | "integrity" | "full"): Promise<string> {
  const path = join(folder, "misc.yaml");
  const text = await Deno.readTextFile(MISC);
  await Deno.writeTextFile(path, text.replace(/^ {2}level: \w+/m, `  level: ${level}`));
  return path;
}

/** `deno task dev --bars 300 …` on a server of its own, with a gate that lets every whole model pass, so that versions change. */
export class Run implements AsyncDisposable {
  readonly store: Store;
  /** Of its Redis. */
  readonly url: string;
  readonly #resources: AsyncDisposableStack;
  readonly #child: Deno.ChildProcess;
  readonly #output: Promise<Deno.CommandOutput>;
  #ended = false;

  private constructor(store: Store, url: string, child: Deno.ChildProcess, resources: AsyncDisposableStack) {
    this.store = store;
    this.url = url;
    this.#child = child;
    this.#output = child.output();
    this.#output.then(() => this.#ended = true, () => this.#ended = true);
    this.#resources = resources;
  }

  /** On a server of its own, that ends with the run. */
  static async start(...options: string[]): Promise<Run> {
    const resources = new AsyncDisposableStack();
    const server = resources.use(await startRedisForTest());
    return await Run.#spawn(server.url, withBars(options), resources);
  }

  /** On a server of its own; it stays when its feed has ended, until it is disposed of. */
  static async startWithoutEnd(...options: string[]): Promise<Run> {
    const resources = new AsyncDisposableStack();
    const server = resources.use(await startRedisForTest());
    return await Run.#spawn(server.url, options, resources);
  }

  /** On a server that is there. */
  static on(url: string, ...options: string[]): Promise<Run> {
    return Run.#spawn(url, withBars(options), new AsyncDisposableStack());
  }

  static async #spawn(url: string, options: string[], resources: AsyncDisposableStack): Promise<Run> {
    const connection = await connectRedis({ url, name: "test", onEvent: () => {} });
    const store = new RedisStore({
      connection,
      onBadEntry: (bad) => assert.fail(`${bad.key} ${bad.id}: ${bad.reason}`),
    });
    const folder = await Deno.makeTempDir();
    resources.defer(() => Deno.remove(folder, { recursive: true }));
    const isGiven = options.some((option) => option.startsWith("--misc="));
    const misc = isGiven ? [] : [`--misc=${await miscWithGate(folder, "integrity")}`];
    const fixed = ["--no-ui", ...misc];
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", `--config=${CONFIG}`, MAIN, ...fixed, ...options],
      env: { REDIS_URL: url },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const run = new Run(store, url, child, resources);
    resources.defer(async () => {
      await store[Symbol.asyncDispose]();
      await connection[Symbol.asyncDispose]();
    });
    return run;
  }

  /** Waits for the end. */
  async end(): Promise<{ code: number; stdout: string; stderr: string }> {
    const { code, stdout, stderr } = await this.#output;
    return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
  }

  /** As Ctrl-C does. */
  interrupt(): void {
    this.#child.kill("SIGINT");
  }

  /** Waits for an end without failure. @returns What it printed. */
  async summary(): Promise<Summary> {
    const { code, stdout, stderr } = await this.end();
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout);
  }

  /** Stops it as Ctrl-C does. */
  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#output;
  }

  /** Until so many decisions of all symbols are committed. */
  async untilDecided(count: number, symbols: readonly string[]): Promise<void> {
    const decided = async () => {
      if (this.#ended) await this.summary(); // fails with what it printed
      const lengths = await Promise.all(
        symbols.map((symbol) => this.store.length(decisionStream("paper", symbol))),
      );
      return lengths.reduce((sum, length) => sum + length, 0) >= count;
    };
    await until(systemClock, `${count} decisions`, decided, { everyMs: 2, deadlineMs: DEADLINE_MS });
  }

  async pidOf(id: string): Promise<number> {
    const beat = await this.store.getField(heartbeats(), id);
    assert.ok(beat, `${id} has no heartbeat`);
    return beat.pid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGTERM");
    } catch {
      // it has ended
    }
    await this.#output;
    await this.#resources.disposeAsync();
  }
}

function withBars(options: readonly string[]): string[] {
  const bars = options.some((option) => option.startsWith("--bars=")) ? [] : ["--bars=300"];
  return [...bars, "--json", ...options];
}

export async function all<T>(store: Store, stream: Stream<T>): Promise<Entry<T>[]> {
  return await store.range(stream);
}

/** What must be equal in two runs: everything but who decided, when, and how fast. */
export function essence({ latencyMs: _latency, replica: _replica, ...rest }: Decision) {
  return { ...rest, state: [...rest.state] };
}
