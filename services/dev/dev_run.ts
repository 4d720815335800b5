/** One run of the whole system on this machine: set-up, Redis, the processes, the live line, the end.
 * The processes meet only in Redis; this supervisor starts and stops them and reads what they did. */
import { join } from "node:path";
import { readEnvironment } from "../core/config/environment.ts";
import type { Role } from "../core/contracts/define.ts";
import { type FeedStatus, feedStatus } from "../core/contracts/feed_status.ts";
import { certificateOf } from "../core/redis/certificate.ts";
import { connectRedis } from "../core/redis/connect.ts";
import { readingArchive } from "../core/archive/archived_store.ts";
import type { MakeStateBuilder } from "../core/features/state_builders.ts";
import { keepsFile } from "../core/redis/durability.ts";
import { RedisStore } from "../core/redis/redis_store.ts";
import type { Store } from "../core/redis/store.ts";
import { type Clock, until } from "../core/runtime/clock.ts";
import { writeText } from "../core/runtime/write_text.ts";
import { LiveLine, type Terminal } from "./live_line.ts";
import { buildPage } from "./page_process.ts";
import { configurePrivateRedis } from "./private_redis.ts";
import {
  coreArgs,
  inferenceArgs,
  type Places,
  type RunChoices,
  trainerArgs,
  uiArgs,
} from "./process_plan.ts";
import { describeServer } from "./run_description.ts";
import { RunAddresses } from "./run_addresses.ts";
import type { RunFolder } from "./run_folder.ts";
import { METRICS, RunProcesses } from "./run_processes.ts";
import type { SetupRun } from "./setup/set_up.ts";
import type { SetupContext } from "./setup/setup_context.ts";
import { areLanesSettled } from "./settled_lanes.ts";
import { ShownSetup } from "./shown_setup.ts";
import { ToldRun } from "./told_run.ts";
import { type Chosen, emptySummary, summarise, type Summary } from "./summary.ts";

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

const COLUMN = 12;
/** How long a stop may wait for what it reads. */
const LAST_READ_MS = 10_000;
/** How long it waits for the decisions on what is published. */
const SETTLE_MS = 3_000;
const SETTLED_EVERY_MS = 20;

export class DevRun implements AsyncDisposable {
  readonly #parts: DevParts;
  readonly #processes: RunProcesses;
  readonly #resources = new AsyncDisposableStack();
  /** Rejects where the run can no longer be shown. */
  readonly #unshown = Promise.withResolvers<never>();
  /** Aborts once the run is over; later than the wish to stop, as the line is shown until all has stopped. */
  readonly #ending = new AbortController();
  readonly #addresses: RunAddresses;
  #told: ToldRun | null = null;
  #store: Store | null = null;
  #line: LiveLine | null = null;
  #showing: Promise<void> = Promise.resolve();
  readonly #setup: ShownSetup;
  /** A private server ends with this run; the user's may hold it for another, with archive and checkpoint beside it. */
  #isPrivateRedis = false;

  constructor(parts: DevParts) {
    this.#parts = parts;
    this.#processes = new RunProcesses({ ...parts, say: (text) => this.#say(text) });
    this.#unshown.promise.catch(() => {});
    const { setup, terminal, signal } = parts;
    this.#setup = new ShownSetup(
      { ...setup, signal: AbortSignal.any([signal, this.#ending.signal]) },
      terminal,
    );
    this.#addresses = new RunAddresses({
      clock: parts.clock,
      signal: this.#ending.signal,
      tell: (kind, address, whose = "") => this.#tell(kind, `${address}  ${whose}`.trimEnd()),
    });
  }

  /** Runs until the signal aborts, or the feed's end, if the run ends with it. */
  async run(): Promise<void> {
    const { account, choices, clock, pid, root, signal, withUi, withMetrics } = this.#parts;
    const startedMs = clock.nowMs();
    const told = await ToldRun.make(root, { pid, startedMs, feed: choices.feed, account });
    const { folder } = this.#told = told;
    const setup = this.#setup.start();
    const urls = await this.#startRedis(told, setup);
    const places = await this.#makePlaces(folder, urls("dev"));
    const store = await this.#openStore(urls("dev"), places.archive);
    await this.#goOn(store);
    const line = await this.#makeLine(store);
    told.tellFeed(store, clock, this.#ending.signal).catch(() => {}); // then it is named without its symbols
    this.#processes.startDeno("core", "core", coreArgs(choices, places), urls("core"), folder.logs);
    if (withUi) await this.#startPage(places, urls, folder);
    this.#tell("logs", folder.logs);
    if (withMetrics) this.#addresses.metrics(store, startedMs).catch(() => {}); // they are on the page, too
    await this.#race(this.#startLearning(setup, places, urls, folder));
    await this.#race(this.#untilOver(store, line, signal));
  }

  /** Stops the processes, core first, and counts what they did: nothing changes any more, so all of it is of one moment.
   * @returns Null where it cannot be read in time. */
  async finish(): Promise<Summary | null> {
    const { account, choices, resumes } = this.#parts;
    const store = this.#store;
    await this.#processes.stopCore();
    if (store === null) {
      await this.#processes.stop();
      return resumes ? null : emptySummary(choices.feed, this.#chosen());
    }
    const feed = await this.#inTime(store.get(feedStatus()), LAST_READ_MS);
    const settled = async () => feed === null || await areLanesSettled(store, feed, account);
    const everyMs = SETTLED_EVERY_MS;
    const { signal } = this.#ending;
    await this.#inTime(
      until(this.#parts.clock, "the last decision", settled, { everyMs, signal }),
      SETTLE_MS,
    );
    await this.#processes.stop();
    this.#ending.abort();
    await this.#inTime(this.#showing, LAST_READ_MS);
    return await this.#inTime(this.#summary(store, feed), LAST_READ_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#processes.stop();
    await this.#resources.disposeAsync();
    await this.#processes.stopRedis();
    this.#told?.[Symbol.dispose]();
  }

  /** What cannot be read, or not in time, is null: a Redis that is gone does not hold up the end. */
  async #inTime<T>(work: Promise<T>, ms: number): Promise<T | null> {
    const inTime = new AbortController();
    const late = this.#parts.clock.wait(ms, inTime.signal).then(() => null);
    return await Promise.race([work.catch(() => null), late]).finally(() => inTime.abort());
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

  async #makePlaces(folder: RunFolder, url: string): Promise<Places> {
    const { root, withMetrics } = this.#parts;
    const checkpoints = join(root, ".rltrader/checkpoints", encodeURIComponent(describeServer(url).server));
    const places: Places = {
      root,
      redisHost: new URL(url).host,
      modelArchive: join(root, ".rltrader/models"),
      checkpoints: this.#isPrivateRedis ? folder.checkpoints : checkpoints,
      archive: this.#isPrivateRedis ? folder.archive : join(root, ".rltrader/archive"),
      metrics: withMetrics ? METRICS : null,
    };
    await Deno.mkdir(places.modelArchive, { recursive: true });
    await Deno.mkdir(places.archive, { recursive: true });
    await Deno.mkdir(places.checkpoints, { recursive: true });
    return places;
  }

  /** Starts a private server, or takes the one that the user named. */
  async #startRedis(told: ToldRun, setup: SetupRun): Promise<(role: Role) => string> {
    const server = await this.#race(setup.redisServer);
    if (server === undefined) {
      throw new Error("Cannot start as the set-up must give a Redis server: it gave none");
    }
    if (server.route === "REDIS_URL") {
      await told.tell(describeServer(server.url));
      return () => server.url;
    }
    const { folder } = told;
    this.#isPrivateRedis = true;
    const redis = await configurePrivateRedis(folder.redis, this.#parts.choices.tradesAtVenue);
    this.#processes.startRedis(server.path, redis, folder.logs);
    await told.tell({ server: `127.0.0.1:${redis.port}/0` });
    if (this.#parts.choices.feed === "ticks:redis") await this.#tellTicks(redis.url("feed"), folder);
    return redis.url;
  }

  /** Nobody else knows the private server: who puts ticks in finds its address in a file that only the user can read. */
  async #tellTicks(url: string, folder: RunFolder): Promise<void> {
    const file = join(folder.path, "ticks.url");
    await Deno.writeTextFile(file, `${url}\n`, { mode: 0o600 });
    this.#tell("ticks", `redis-cli -u "$(cat ${file})" XADD market:ticks:SYMBOL '*' json '{...}'`);
  }

  async #openStore(url: string, archive: string): Promise<Store> {
    const certificate = this.#isPrivateRedis
      ? {}
      : await certificateOf(readEnvironment((name) => this.#parts.environment[name]));
    const connecting = connectRedis({ url, name: "rltrader-dev", onEvent: () => {}, ...certificate });
    const redis = this.#resources.use(await this.#race(connecting));
    if (!this.#isPrivateRedis && await keepsFile(redis) === false) {
      this.#tell(
        "note",
        `Redis at ${redis.server} has appendonly no: what came after its last snapshot is lost when it ends`,
      );
    }
    const onBadEntry = () => {};
    const store = this.#resources.use(new RedisStore({ connection: redis, onBadEntry }));
    const runId = async () => (await store.get(feedStatus()))?.runId ?? null;
    this.#store = readingArchive(store, archive, runId, { onBadEntry, isDurable: false });
    this.#setup.shareIn(this.#store);
    return this.#store;
  }

  /** The user's database may hold the run that goes on: its end, if it has ended, is not the end of this one. */
  async #goOn(store: Store): Promise<void> {
    const before = await store.get(feedStatus());
    if (before !== null) await store.set(feedStatus(), { ...before, state: "bootstrapping" });
  }

  /** Waits for a page on the port that was wished for alone: a run without it is not what was asked for. */
  async #startPage(places: Places, urls: (role: Role) => string, folder: RunFolder): Promise<void> {
    const { choices, denoPath, environment } = this.#parts;
    await this.#race(buildPage(places.root, denoPath, environment));
    const running = this.#processes.startPage(uiArgs(choices, places), urls("ui"), folder.logs);
    const served = this.#addresses.page(join(folder.logs, "ui.log"));
    if (choices.isUiPortWished) await this.#race(Promise.race([served, running]));
    running.catch((cause: Error) => this.#say(`  ${cause.message}`)); // trading goes on without it
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

  async #makeLine(store: Store): Promise<LiveLine> {
    const { account, clock, terminal, endsWithFeed, resumes } = this.#parts;
    const line = new LiveLine({ store, account, clock, terminal, endsWithFeed });
    if (resumes) await line.passOver();
    return line;
  }

  async #untilOver(store: Store, line: LiveLine, signal: AbortSignal): Promise<void> {
    const { clock, endsWithFeed } = this.#parts;
    this.#line = line;
    this.#showing = line.run(this.#ending.signal);
    this.#showing.catch((cause) => this.#unshown.reject(cause)); // once the run is over, its store is closed under it
    const isOver = async () => endsWithFeed && (await store.get(feedStatus()))?.state === "ended";
    await until(clock, "the feed's end", isOver, { everyMs: 100, signal });
  }

  #summary(store: Store, feed: FeedStatus | null): Promise<Summary> {
    const { account, choices, makeStateBuilder } = this.#parts;
    const read = feed ?? { feed: choices.feed, symbols: [], timeframe: "1d" as const };
    return summarise(store, read, account, this.#chosen(), makeStateBuilder);
  }

  #chosen(): Chosen {
    const { choices: { runner, seed }, venue } = this.#parts;
    return { venue, restarts: this.#processes.restarts, runner, seed: Number(seed) };
  }

  #tell(title: string, text: string): void {
    this.#say(`  ${title.padEnd(COLUMN)}${text}`);
  }

  #say(text: string): void {
    if (this.#line !== null) this.#line.say(text);
    else writeText(this.#parts.terminal, `${text}\n`);
  }
}
