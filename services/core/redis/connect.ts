/** Opens the connection to Redis: checks the server once, then reconnects for as long as it is open. Knows no contract. */
import { Redis, type RedisOptions } from "ioredis";
import {
  type RedisAddress,
  redisAddress,
  RedisRefusedError,
  RedisUnavailableError,
  refusalOf,
  withoutCommand,
} from "./connection_errors.ts";
import { type OnConnectionEvent, RedisConnection, watchConnection } from "./redis_connection.ts";

export interface ConnectOptions {
  /** `redis://` or, with TLS, `rediss://`; user and password belong into it. */
  readonly url: string;
  /** How the server lists this connection, e.g. `inference-1`. */
  readonly name: string;
  readonly onEvent: OnConnectionEvent;
  /** PEM text of the authority that signed the server's certificate, if it is not a public one. */
  readonly ca?: string;
  /** How long the server may take to answer for the first time. */
  readonly deadlineMs?: number;
}

export const OLDEST_SERVER = "7.0";
const CONNECT_DEADLINE_MS = 10_000;
const SLOWEST_RECONNECT_MS = 1_000;
/** Longer than any command of ours may run: a silent server is taken for a dead one. */
const SILENCE_MS = 10_000;

/** Connects and checks the server.
 * @throws {RedisUnavailableError} If nothing usable answers before the deadline.
 * @throws {RedisRefusedError} If the server refuses the user or is older than {@link OLDEST_SERVER}. */
export async function connectRedis(options: ConnectOptions): Promise<RedisConnection> {
  const address = redisAddress(options.url);
  const client = new Redis(options.url, clientOptions(options, address));
  const deadlineMs = options.deadlineMs ?? CONNECT_DEADLINE_MS;
  try {
    await firstReady(client, address, deadlineMs);
    const version = await serverVersion(client, address, deadlineMs);
    if (Number.parseInt(version) < Number.parseInt(OLDEST_SERVER)) {
      throw new RedisRefusedError(
        `Cannot use Redis at ${address.label} as its version must be ${OLDEST_SERVER} or later: it is ${version}`,
      );
    }
    watchConnection(client, options.name, address.label, options.onEvent);
    return new RedisConnection(client, options.name, address.label, version, options.onEvent);
  } catch (error) {
    client.on("error", () => {}); // else ioredis prints what comes after this to the console
    client.disconnect();
    throw error;
  }
}

function clientOptions(options: ConnectOptions, address: RedisAddress): RedisOptions {
  return {
    lazyConnect: true,
    connectionName: options.name,
    connectTimeout: Math.min(options.deadlineMs ?? CONNECT_DEADLINE_MS, 5_000),
    maxRetriesPerRequest: null,
    enableReadyCheck: false,
    disableClientInfo: true, // CLIENT SETINFO needs 7.2
    socketTimeout: SILENCE_MS,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt - 1, 10), SLOWEST_RECONNECT_MS),
    ...(address.tls ? { tls: options.ca === undefined ? {} : { ca: options.ca } } : {}),
  };
}

function firstReady(client: Redis, address: RedisAddress, deadlineMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let lastError: Error | undefined;
    const timer = setTimeout(() => {
      settle(() => reject(unavailable(address, deadlineMs, lastError)));
    }, deadlineMs);
    const onReady = () => settle(resolve);
    const onError = (error: Error) => {
      lastError = withoutCommand(error);
      const refusal = refusalOf(error, address.label);
      if (refusal !== null) settle(() => reject(refusal));
    };
    const settle = (finish: () => void) => {
      clearTimeout(timer);
      client.off("ready", onReady);
      client.off("error", onError);
      finish();
    };
    client.on("ready", onReady);
    client.on("error", onError);
    client.connect().catch(() => {}); // what went wrong is in the error event; ioredis tries again by itself
  });
}

/** INFO, or HELLO where the user may not ask for INFO. */
async function serverVersion(client: Redis, address: RedisAddress, deadlineMs: number): Promise<string> {
  const timer = Promise.withResolvers<never>();
  const timeout = setTimeout(() => timer.reject(unavailable(address, deadlineMs, undefined)), deadlineMs);
  const silent = () => {};
  client.on("error", silent);
  try {
    return await Promise.race([timer.promise, askVersion(client)]);
  } catch (error) {
    throw error instanceof RedisUnavailableError
      ? error
      : refusalOf(error as Error, address.label) ?? withoutCommand(error as Error);
  } finally {
    clearTimeout(timeout);
    client.off("error", silent);
  }
}

async function askVersion(client: Redis): Promise<string> {
  try {
    const info = await client.info("server");
    const own = /^valkey_version:(\S+)/m.exec(info)?.[1];
    const compatible = /^redis_version:(\S+)/m.exec(info)?.[1];
    return own ?? compatible ?? "unknown";
  } catch (error) {
    if (!(error as Error).message.startsWith("NOPERM")) throw error;
    const properties = await client.call("HELLO") as unknown[];
    return String(properties[properties.indexOf("version") + 1]);
  }
}

function unavailable(address: RedisAddress, deadlineMs: number, cause: Error | undefined) {
  return new RedisUnavailableError(
    `Cannot reach Redis at ${address.label} as it must answer within ${deadlineMs} ms: ` +
      (cause?.message ?? "it is silent"),
    { cause },
  );
}
