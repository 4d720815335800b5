/** The page's server on a real Redis, reading as the user that the page has. */
import { fileURLToPath } from "node:url";
import type { Role } from "../../services/core/contracts/define.ts";
import { aclFile, ROLES } from "../../services/core/redis/acl.ts";
import { connectRedis } from "../../services/core/redis/connect.ts";
import { RedisStore } from "../../services/core/redis/redis_store.ts";
import { systemClock } from "../../services/core/runtime/clock.ts";
import { silentLog } from "../../services/core/runtime/log.ts";
import { startRedisForTest } from "../../services/core/testing/redis_server.ts";
import { loadClientAssets } from "../client_assets.ts";
import { UiServer, type UiServerParts } from "../ui_server.ts";
import { SETTINGS } from "./page_state.ts";
import { RawRedis } from "./raw_redis.ts";

const PASSWORD = "0123456789abcdef";
/** Writes what many processes write, and is none of them. */
const WRITER = `user writer on >${PASSWORD} ~* &* +@all\n`;

export interface ServedRedis extends AsyncDisposable {
  /** Of the user that may do all. */
  readonly url: string;
  /** Of the page's user. */
  readonly uiUrl: string;
  readonly store: RedisStore;
  readonly raw: RawRedis;
  /** Kills the server, and starts it again with all that it held. */
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
}

/** A server with the users of a cluster, and one that may do all. */
export async function startServedRedis(): Promise<ServedRedis> {
  const passwords = Object.fromEntries(ROLES.map((role) => [role, PASSWORD])) as Record<Role, string>;
  const resources = new AsyncDisposableStack();
  const server = resources.use(
    await startRedisForTest({ acl: aclFile(passwords) + WRITER, settings: ["--maxmemory", "300mb"] }),
  );
  const url = server.urlFor("writer", PASSWORD);
  const connection = resources.use(await connectRedis({ url, name: "writer", onEvent: () => {} }));
  const store = resources.use(new RedisStore({ connection, onBadEntry: () => {} }));
  const raw = resources.use(new RawRedis(url));
  return {
    ...{ url, store, raw },
    uiUrl: server.urlFor("ui", PASSWORD),
    kill: () => server.kill(),
    start: () => server.start(),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** The page's server, following a Redis; on a free port, with the settings of made-up runs, unless it is told otherwise. */
export async function servePage(
  redisUrl: string,
  changes: Partial<Pick<UiServerParts, "ports" | "settings" | "states">> = {},
): Promise<{ url: string } & AsyncDisposable> {
  const assets = await loadClientAssets(fileURLToPath(new URL("..", import.meta.url)));
  const parts = {
    host: "127.0.0.1",
    ports: [0],
    assets,
    settings: SETTINGS,
    clock: systemClock,
    log: silentLog,
    ...changes,
  };
  const server = UiServer.listen(parts);
  const stop = new AbortController();
  const following = server.followRedis({ url: redisUrl }, stop.signal);
  return {
    url: server.url,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await following;
      await server[Symbol.asyncDispose]();
    },
  };
}
