/** One run of the whole system on this machine: set-up, Redis, the processes, the live line, the end.
 * The processes meet only in Redis; this supervisor starts and stops them and reads what they did. */
import { join } from "node:path";
import type { Role } from "../core/contracts/define.ts";
import { type FeedStatus, feedStatus } from "../core/contracts/feed_status.ts";
import { setupSteps } from "../core/contracts/system.ts";
import { connectRedis } from "../core/redis/connect.ts";
import { readingArchive } from "../core/archive/archived_store.ts";
import type { MakeStateBuilder } from "../core/features/state_builders.ts";
import { RedisStore } from "../core/redis/redis_store.ts";
import type { Store } from "../core/redis/store.ts";
import { type Clock, until } from "../core/runtime/clock.ts";
import { writeText } from "../core/runtime/write_text.ts";
import { LiveLine, type Terminal } from "./live_line.ts";
import { configurePrivateRedis } from "./private_redis.ts";
import {
  coreArgs,
  inferenceArgs,
  type Places,
  type RunChoices,
  trainerArgs,
  uiArgs,
} from "./process_plan.ts";
import { makeRunFolder, type RunFolder } from "./run_folder.ts";
import { METRICS, RunProcesses } from "./run_processes.ts";
import { setUp, type SetupRun } from "./setup/set_up.ts";
import type { SetupContext } from "./setup/setup_context.ts";
import type { StepProgress } from "./setup/setup_step.ts";
import { TerminalProgress } from "./setup/terminal_progress.ts";
import { summarise, type Summary } from "./summary.ts";

export interface DevParts {
  readonly choices: RunChoices;
  readonly replicas: number;
  readonly withUi: boolean;
  /** Each process tells its metrics on a free port of loopback. */
  readonly withMetrics: boolean;
  /** Ends by itself after the last bar, with a summary. */
  readonly endsWithFeed: boolean;
  /** Goes on with what lies in the user's Redis. */
  readonly resumes: boolean;
  readonly root: string;
  readonly account: string;
  /** Where orders go, for people. */
  readonly venue: string;
  readonly makeStateBuilder: MakeStateBuilder;
  readonly pid: number;
  readonly denoPath: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly setup: SetupContext;
  readonly clock: Clock;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** Raised when the user's Redis holds a run and nobody said that it shall go on. */
export class OccupiedRedisError extends Error {
  override name = "OccupiedRedisError";
}

const COLUMN = 12;
/** How long a stop may wait for its summary. */
const LAST_READ_MS = 10_000;

export class DevRun implements AsyncDisposable {
  readonly #parts: DevParts;
  readonly #processes: RunProcesses;
  readonly #resources = new AsyncDisposableStack();
  /** Rejects where the run can no longer be shown. */
  readonly #unshown = Promise.withResolvers<never>();
  #store: Store | null = null;
  #line: LiveLine | null = null;
  #steps: StepProgress[] = [];
  /** A private server ends with this run; the user's may hold it for another, with the archive beside it. */
  #isPrivateRedis = false;

  constructor(parts: DevParts) {
    this.#parts = parts;
    this.#processes = new RunProcesses({ ...parts, say: (text) => this.#say(text) });
    this.#unshown.promise.catch(() => {});
  }

  /** Runs until the signal aborts, or the feed's end. @returns The summary, where the run ends with its feed. */
  async run(): Promise<Summary | null> {
    const { clock, pid, root, signal, withUi, choices } = this.#parts;
    const folder = await makeRunFolder(join(root, ".rltrader/runs"), clock.nowMs(), pid);
    const setup = this.#startSetup();
    const urls = await this.#startRedis(folder, setup);
    const archive = this.#isPrivateRedis ? folder.archive : join(root, ".rltrader/archive");
    const store = await this.#openStore(urls("dev"), archive);
    await this.#checkDatabase(store);
    const places: Places = {
      root,
      redisHost: new URL(urls("dev")).host,
      modelArchive: join(root, ".rltrader/models"),
      checkpoints: folder.checkpoints,
      archive,
      metrics: this.#parts.withMetrics ? METRICS : null,
    };
    await Deno.mkdir(places.modelArchive, { recursive: true });
    await Deno.mkdir(places.archive, { recursive: true });
    this.#processes.startDeno("core", "core", coreArgs(choices, places), urls("core"), folder.logs);
    if (withUi) await this.#startUi(places, urls, folder);
    this.#say(`  ${"logs".padEnd(COLUMN)}${folder.logs}`);
    if (this.#parts.withMetrics) {
      this.#say(
        `  ${"metrics".padEnd(COLUMN)}each process says its address as it starts, in its log and on the page`,
      );
    }
    await this.#race(this.#startLearning(setup, places, urls, folder));
    this.#line = new LiveLine({ store, account: this.#parts.account, clock, terminal: this.#parts.terminal });
    const showing = this.#line.run(signal);
    showing.catch((cause) => this.#unshown.reject(cause)); // once the run is over, its store is closed under it
    return await this.#race(this.#untilOver(store, showing));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#processes.stop();
    await this.#resources.disposeAsync();
    await this.#processes.stopRedis();
  }

  /** What comes first: the work, a process that was given up, or the wish to stop. */
  async #race<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#parts;
    const stopped = Promise.withResolvers<never>();
    const onAbort = () => stopped.reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work.catch(() => {});
    return await Promise.race([work, this.#processes.failed, this.#unshown.promise, stopped.promise]);
  }

  #startSetup(): SetupRun {
    const { setup, terminal, signal } = this.#parts;
    const progress = new TerminalProgress(terminal, undefined, () => terminal.columns());
    const onProgress = (step: StepProgress) => {
      if (step.state !== "skipped") progress.show(step);
      const known = this.#steps.findIndex((other) => other.name === step.name);
      if (known < 0) this.#steps.push(step);
      else this.#steps[known] = step;
      void this.#shareSetup(step);
    };
    const ended = new AbortController();
    this.#resources.defer(() => ended.abort(new Error("the run is over")));
    return setUp({ ...setup, signal: AbortSignal.any([signal, ended.signal]) }, {
      want: ["redis", "inference-addon", "trainer-addon"],
      onProgress,
    });
  }

  /** The page shows the set-up too. */
  async #shareSetup(step: StepProgress): Promise<void> {
    const order = this.#steps.findIndex((other) => other.name === step.name);
    await this.#store?.setField(setupSteps(), step.name, {
      order,
      title: step.title,
      state: step.state,
      doneBytes: step.doneBytes ?? null,
      totalBytes: step.totalBytes ?? null,
      detail: step.error ?? step.detail ?? "",
      seconds: step.seconds,
    }).catch(() => {}); // the terminal shows it all the same
  }

  /** Starts a private server, or takes the one that the user named. */
  async #startRedis(folder: RunFolder, setup: SetupRun): Promise<(role: Role) => string> {
    const server = await this.#race(setup.redisServer);
    if (server === undefined) {
      throw new Error("Cannot start as the set-up must give a Redis server: it gave none");
    }
    if (server.route === "REDIS_URL") return () => server.url;
    this.#isPrivateRedis = true;
    const redis = await configurePrivateRedis(folder.redis, this.#parts.choices.tradesAtVenue);
    this.#processes.startRedis(server.path, redis.configPath, folder.logs);
    if (this.#parts.choices.feed === "ticks:redis") await this.#tellTicks(redis.url("feed"), folder);
    return redis.url;
  }

  /** Nobody else knows the private server: who puts ticks in finds its address in a file that only the user can read. */
  async #tellTicks(url: string, folder: RunFolder): Promise<void> {
    const file = join(folder.path, "ticks.url");
    await Deno.writeTextFile(file, `${url}\n`, { mode: 0o600 });
    this.#say(
      `  ${"ticks".padEnd(COLUMN)}redis-cli -u "$(cat ${file})" XADD market:ticks:SYMBOL '*' json '{...}'`,
    );
  }

  async #openStore(url: string, archive: string): Promise<Store> {
    const connecting = connectRedis({ url, name: "rltrader-dev", onEvent: () => {} });
    const redis = this.#resources.use(await this.#race(connecting));
    const onBadEntry = () => {};
    const store = this.#resources.use(new RedisStore({ connection: redis, onBadEntry }));
    const runId = async () => (await store.get(feedStatus()))?.runId ?? null;
    this.#store = readingArchive(store, archive, runId, { onBadEntry, isDurable: false });
    for (const step of this.#steps) void this.#shareSetup(step);
    return this.#store;
  }

  /** A private server is empty; the user's may hold a run. */
  async #checkDatabase(store: Store): Promise<void> {
    const before = await store.get(feedStatus());
    if (before === null) return;
    if (!this.#parts.resumes) {
      throw new OccupiedRedisError(
        `Cannot start a run as the database of REDIS_URL must be empty: it holds one of ${before.feed} ` +
          `(${
            before.symbols.join(", ")
          }; ${before.liveBars} live bars). Choose another, e.g. redis://host:port/1, or add --resume`,
      );
    }
    await store.set(feedStatus(), { ...before, state: "bootstrapping" }); // so that its end is this run's
  }

  async #startUi(places: Places, urls: (role: Role) => string, folder: RunFolder): Promise<void> {
    const { choices, denoPath, environment } = this.#parts;
    const build = new Deno.Command(denoPath, {
      args: ["run", "-A", `--config=${join(places.root, "deno.json")}`, join(places.root, "ui/build.ts")],
      env: environment,
      stdout: "piped",
      stderr: "piped",
    });
    const { success, stderr, stdout } = await this.#race(build.output());
    if (!success) {
      const text = new TextDecoder().decode(stderr.length > 0 ? stderr : stdout);
      throw new Error(`Cannot build the page:\n${text.trimEnd()}`);
    }
    this.#processes.startDeno("ui", "ui", uiArgs(choices, places), urls("ui"), folder.logs);
    this.#say(`  ${"page".padEnd(COLUMN)}http://127.0.0.1:${choices.uiPort}/`);
  }

  /** Inference starts as soon as its addon is there, the trainer once both are. */
  async #startLearning(
    setup: SetupRun,
    places: Places,
    urls: (role: Role) => string,
    folder: RunFolder,
  ): Promise<void> {
    const { choices, replicas } = this.#parts;
    const inference = await setup.inferenceAddon;
    if (inference === undefined) {
      throw new Error("Cannot start as the set-up must give the inference addon: it gave none");
    }
    for (let replica = 1; replica <= replicas; replica++) {
      const id = `inference-${replica}`;
      const args = inferenceArgs(choices, places, inference, id);
      this.#processes.startDeno(id, "inference", args, urls("inference"), folder.logs);
    }
    const trainer = await setup.trainerAddon;
    if (trainer === undefined) {
      throw new Error("Cannot start as the set-up must give the trainer addon: it gave none");
    }
    const args = trainerArgs(choices, places, { inference, trainer });
    this.#processes.startDeno("trainer", "trainer", args, urls("trainer"), folder.logs);
    await setup.all;
  }

  async #untilOver(store: Store, showing: Promise<void>): Promise<Summary | null> {
    const { clock, signal, endsWithFeed } = this.#parts;
    if (!endsWithFeed) {
      await showing;
      return null;
    }
    const ended = async (): Promise<FeedStatus | null> => {
      const status = await store.get(feedStatus());
      return status?.state === "ended" ? status : null;
    };
    return await this.#summary(store, await until(clock, "the feed's end", ended, { everyMs: 100, signal }));
  }

  #summary(store: Store, feed: FeedStatus): Promise<Summary> {
    const { account, choices, makeStateBuilder, venue } = this.#parts;
    const chosen = {
      venue,
      restarts: this.#processes.restarts,
      runner: choices.runner,
      seed: Number(choices.seed),
    };
    return summarise(store, feed, account, chosen, makeStateBuilder);
  }

  /** What the run did so far; null where nothing can be read in time. */
  async summarySoFar(): Promise<Summary | null> {
    const read = async (store: Store): Promise<Summary | null> => {
      const feed = await store.get(feedStatus());
      return feed === null || feed.liveBars === 0 ? null : await this.#summary(store, feed);
    };
    const late = this.#parts.clock.wait(LAST_READ_MS).then(() => null);
    return this.#store === null ? null : await Promise.race([read(this.#store).catch(() => null), late]);
  }

  #say(text: string): void {
    if (this.#line !== null) this.#line.say(text);
    else writeText(this.#parts.terminal, `${text}\n`);
  }
}
