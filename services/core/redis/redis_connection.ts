/** A live connection: runs commands until they are answered or the connection is closed, and tells of outages. */
import type { Redis, RedisOptions } from "ioredis";
import { isPassing, RedisClosedError, withoutCommand } from "./connection_errors.ts";

export type ConnectionEvent =
  | { readonly kind: "lost"; readonly name: string; readonly server: string; readonly reason: string }
  | { readonly kind: "restored"; readonly name: string; readonly server: string; readonly downMs: number };
export type OnConnectionEvent = (event: ConnectionEvent) => void;

const RETRY_MS = 50;
const CLOSE_DEADLINE_MS = 1_000;
/** Calls that may wait at once: in an outage, what comes on top of these fails instead of filling the memory. */
const MOST_WAITING = 10_000;

/** Runs commands on one client. They wait out an outage; ioredis sends those that were not answered again, so each must
 * be harmless when it is done twice. */
export class RedisConnection implements AsyncDisposable {
  readonly #waiting = new Set<(reason: Error) => void>();
  #closed = false;
  #outages = 0;

  constructor(
    readonly client: Redis,
    readonly name: string,
    /** `host:port` */
    readonly server: string,
    readonly serverVersion: string,
    readonly onEvent: OnConnectionEvent,
  ) {
    client.on("close", () => this.#outages++);
  }

  /** Whether the server can be asked now. */
  get isUp(): boolean {
    return this.client.status === "ready";
  }

  /** How often the connection was lost: a server that comes back may have forgotten what it had acknowledged. */
  get outages(): number {
    return this.#outages;
  }

  /** Runs a command, again while the server is still loading.
   * @param action Completes "Cannot …" in the message of an error.
   * @throws {RedisClosedError} If the connection is closed first. */
  run<T>(action: string, command: (client: Redis) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => {
        this.#waiting.delete(fail);
        reject(this.#explain(action, error));
      };
      if (this.#closed) return fail(new Error("closed"));
      if (this.#waiting.size >= MOST_WAITING) {
        return fail(
          new RangeError(`Cannot ${action} as ${MOST_WAITING} calls may wait for Redis: so many do`),
        );
      }
      this.#waiting.add(fail);
      this.#attempt(command).then((value) => {
        this.#waiting.delete(fail);
        resolve(value);
      }, fail);
    });
  }

  /** A second connection to the same server, which its first command opens. */
  sibling(purpose: string, options: RedisOptions = {}): RedisConnection {
    const name = `${this.name}-${purpose}`;
    const client = this.client.duplicate({ ...options, connectionName: name, lazyConnect: true });
    watchConnection(client, name, this.server, this.onEvent);
    return new RedisConnection(client, name, this.server, this.serverVersion, this.onEvent);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const fail of [...this.#waiting]) fail(new Error("closed"));
    await disconnected(this.client);
  }

  async #attempt<T>(command: (client: Redis) => Promise<T>): Promise<T> {
    while (true) {
      try {
        return await command(this.client);
      } catch (error) {
        if (this.#closed || !isPassing(error)) throw error;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  #explain(action: string, error: Error): Error {
    if (this.#closed) {
      return new RedisClosedError(`Cannot ${action} as the connection must be open: it was closed`);
    }
    if (!isFromRedis(error)) return error;
    const cause = withoutCommand(error);
    return new Error(`Cannot ${action} as Redis at ${this.server} answers: ${cause.message}`, { cause });
  }
}

/** Tells of each outage once when it starts and once when it is over. */
export function watchConnection(
  client: Redis,
  name: string,
  server: string,
  onEvent: OnConnectionEvent,
): void {
  let lostAtMs: number | undefined;
  let reason = "the server closed the connection";
  let wasReady = client.status === "ready";
  client.on("error", (error: Error) => {
    reason = error.message;
  });
  client.on("close", () => {
    if (!wasReady || lostAtMs !== undefined) return;
    lostAtMs = performance.now();
    onEvent({ kind: "lost", name, server, reason });
  });
  client.on("ready", () => {
    wasReady = true;
    if (lostAtMs !== undefined) {
      onEvent({ kind: "restored", name, server, downMs: performance.now() - lostAtMs });
    }
    lostAtMs = undefined;
    reason = "the server closed the connection";
  });
  client.on("end", () => {
    wasReady = false;
  });
}

function isFromRedis(error: Error): boolean {
  return "command" in error || error.name === "ReplyError" || error.message === "Connection is closed.";
}

function disconnected(client: Redis): Promise<void> {
  const isOpen = client.status === "ready" || client.status === "connect" || client.status === "connecting";
  client.removeAllListeners();
  client.on("error", () => {}); // a closing client has nothing to tell
  return new Promise((resolve) => {
    if (!isOpen) {
      client.disconnect();
      return resolve();
    }
    const timer = setTimeout(resolve, CLOSE_DEADLINE_MS);
    client.once("end", () => {
      clearTimeout(timer);
      resolve();
    });
    client.disconnect();
  });
}
