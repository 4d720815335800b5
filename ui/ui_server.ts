/** The UI's parts put together: one state, one set of readers, one hub, one HTTP server. */
import { RunArchive } from "../services/core/archive/archive.ts";
import { readingArchive } from "../services/core/archive/archived_store.ts";
import { connectRedis } from "../services/core/redis/connect.ts";
import { RedisUnavailableError } from "../services/core/redis/connection_errors.ts";
import { serverMemory } from "../services/core/redis/server_memory.ts";
import type { ConnectionEvent } from "../services/core/redis/redis_connection.ts";
import { RedisStore } from "../services/core/redis/redis_store.ts";
import type { BadEntry, Store } from "../services/core/redis/store.ts";
import type { Clock } from "../services/core/runtime/clock.ts";
import type { Log } from "../services/core/runtime/log.ts";
import { createApp } from "./app.tsx";
import type { ClientAssets } from "./client_assets.ts";
import { History } from "./history/history.ts";
import type { StateSetup } from "./history/state_history.ts";
import { readDashboard, type ReaderParts } from "./live/dashboard_reader.ts";
import { type CalendarOf, DashboardState, emptyShared } from "./live/dashboard_state.ts";
import { EventHub } from "./live/event_hub.ts";
import type { PageSettings } from "./page_settings.ts";

export interface UiServerParts {
  readonly host: string;
  /** The first that is free is taken; 0 is any that is. */
  readonly ports: readonly number[];
  readonly assets: ClientAssets;
  readonly settings: PageSettings;
  /** When a symbol's market is open; from the data where it is absent. */
  readonly calendarOf?: CalendarOf;
  /** How states are built; none are shown where it is absent. */
  readonly states?: StateSetup;
  /** Who does not know it sees nothing; absent, the page is open. */
  readonly token?: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Bad entries are told of once; so many are remembered. */
const REMEMBERED = 1_000;

export class UiServer implements AsyncDisposable {
  readonly state: DashboardState;
  readonly hub: EventHub;
  readonly url: string;
  /** How often Redis was lost. */
  redisLosses = 0;
  readonly #history: History;
  readonly #http: Deno.HttpServer<Deno.NetAddr>;
  readonly #parts: UiServerParts;

  private constructor(parts: UiServerParts, port: number) {
    const { assets, settings, clock, host, log } = parts;
    this.#parts = parts;
    this.state = new DashboardState(
      assets.build,
      emptyShared(clock.nowMs(), settings),
      parts.calendarOf,
    );
    this.hub = new EventHub(this.state, clock);
    this.#history = new History(this.state, settings.account, parts.states);
    const app = createApp({
      assets,
      state: this.state,
      hub: this.hub,
      history: this.#history,
      clock,
      loopback: isLoopback(host),
      ...(parts.token === undefined ? {} : { token: parts.token }),
    });
    this.#http = Deno.serve({
      hostname: host,
      port,
      onListen: () => {},
      onError: (cause) => {
        log.error({ err: cause }, "cannot answer a request");
        return new Response("The server failed to answer.", { status: 500 });
      },
    }, app.fetch);
    this.url = `http://${host.includes(":") ? `[${host}]` : host}:${this.#http.addr.port}/`;
    log.info({ url: this.url, build: assets.build }, "the page is served");
  }

  /** Listens at once, with nothing to show yet. @throws {Error} If every port is taken. */
  static listen(parts: UiServerParts): UiServer {
    for (const port of parts.ports) {
      try {
        return new UiServer(parts, port);
      } catch (cause) {
        if (!(cause instanceof Deno.errors.AddrInUse)) throw cause;
      }
    }
    throw new Error(
      `Cannot serve the page as port ${parts.ports.join(", ")} of ${parts.host} must be free: ` +
        "another program listens there. Choose another with --port.",
    );
  }

  /** Shows what Redis holds until `signal` aborts; waits for a server that is not there yet.
   * @param redis Its address; `archive` is the folder of what it no longer holds.
   * @throws {RedisRefusedError} If the server refuses the user or is too old. */
  async followRedis(
    { archive, ...redis }: { url: string; ca?: string; archive?: string },
    signal: AbortSignal,
  ): Promise<void> {
    const { log } = this.#parts;
    const options = {
      ...redis,
      name: "rltrader-ui",
      onEvent: (event: ConnectionEvent) => {
        if (event.kind === "lost") this.redisLosses++;
        log.info(event, "redis connection");
      },
    };
    while (!signal.aborted) {
      try {
        await using connection = await untilAborted(connectRedis(options), signal);
        const onBadEntry = this.#onBadEntry();
        await using store = new RedisStore({ connection, onBadEntry });
        const runId = () => this.state.shared.feed?.runId ?? null;
        const files = archive === undefined ? null : new RunArchive(archive, runId);
        await this.follow(readingArchive(store, archive, runId, { onBadEntry, isDurable: false }), signal, {
          memory: () => serverMemory(connection).catch(() => null),
          ...(files === null ? {} : {
            archived: (key: string) => files.count(key),
            archiveBudgetMb: this.#parts.settings.archiveBudgetMb,
          }),
        });
      } catch (cause) {
        if (signal.aborted) return;
        if (!(cause instanceof RedisUnavailableError)) throw cause;
        this.state.set("redis", { state: "lost", sinceMs: this.state.shared.redis.sinceMs });
        log.warn({ reason: cause.message }, "Redis is not there yet; trying again");
      }
    }
  }

  /** Shows what a store holds until `signal` aborts. */
  async follow(store: Store, signal: AbortSignal, beside: ReaderParts["beside"] = {}): Promise<void> {
    const { settings, clock, log } = this.#parts;
    this.#history.store = store;
    const reading = readDashboard(
      { store, state: this.state, clock, log, account: settings.account, beside },
      signal,
    );
    // What waits for a lost server ends only when the store closes: the stop must not wait for it.
    await untilAborted(reading, signal).catch((cause) => {
      if (!signal.aborted) throw cause;
    }).finally(() => this.#history.store = null);
    reading.catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.hub[Symbol.dispose]();
    await this.#http.shutdown();
  }

  #onBadEntry(): (bad: BadEntry) => void {
    const told = new Set<string>();
    return ({ key, id, reason }) => {
      if (told.has(`${key} ${id}`)) return;
      if (told.size >= REMEMBERED) told.clear();
      told.add(`${key} ${id}`);
      this.#parts.log.warn({ key, id, reason }, "cannot show an entry");
    };
  }
}

/** Rejects as soon as `signal` aborts; what is under way is left to itself. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const abort = () => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  return promise;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
