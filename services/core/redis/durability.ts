/** Waiting for the server's disk: what a power cut must not take back. */
import { RedisRefusedError } from "./connection_errors.ts";
import type { RedisConnection } from "./redis_connection.ts";

/** A disk that takes longer is a fault. Below what the connection takes for silence. */
const DEADLINE_MS = 5_000;

/** Raised where nobody can tell whether what was written is on disk. */
export class NotOnDiskError extends Error {
  override readonly name = "NotOnDiskError";
}

/** Resolves once everything that this connection wrote, and all that the server did before it, is on the server's disk.
 * It holds up every other command on the connection, so it belongs on one of its own.
 * @throws {NotOnDiskError} If it is not within 5 s, or the connection was lost meanwhile. */
export async function waitForDisk(connection: RedisConnection): Promise<void> {
  const { outages } = connection;
  const reply = await connection.run(
    "wait for the disk",
    (client) => client.call("WAITAOF", 1, 0, DEADLINE_MS),
  ) as number[];
  if (reply[0] >= 1 && connection.outages === outages) return;
  const why = reply[0] >= 1 ? "the connection was lost meanwhile" : `it was not within ${DEADLINE_MS} ms`;
  throw new NotOnDiskError(`Cannot go on as the last write must be on the disk of Redis: ${why}`);
}

/** Whether the server keeps an append-only file; null where it does not say. */
export async function keepsFile(connection: RedisConnection): Promise<boolean | null> {
  const text = await connection.run("ask for the append-only file", (client) => client.info("persistence"))
    .catch(() => "");
  const [, enabled] = /^aof_enabled:([01])/m.exec(String(text)) ?? [];
  return enabled === undefined ? null : enabled === "1";
}

/** Refuses a server that may forget what it has answered. `appendfsync` must be `always`: with `everysec` Valkey 9.1 answers WAITAOF
 * before it has synced (20 answers to 2 syncs were seen), with `no` never.
 * @throws {RedisRefusedError} If it is older than 7.2, keeps no append-only file, or syncs it later than it answers. */
export async function checkDurable(connection: RedisConnection): Promise<void> {
  const { server, serverVersion } = connection;
  const [major, minor] = serverVersion.split(".").map(Number);
  const faults: string[] = [];
  if (major < 7 || (major === 7 && minor < 2)) {
    faults.push(`version must be 7.2 or later: it is ${serverVersion}`);
  }
  for (const [setting, wanted] of [["appendonly", "yes"], ["appendfsync", "always"]]) {
    const [, value] = await connection.run(
      `read ${setting}`,
      (client) => client.call("CONFIG", "GET", setting),
    ) as string[];
    if (value !== wanted) faults.push(`${setting} must be ${wanted}: it is ${value}`);
  }
  if (faults.length > 0) {
    throw new RedisRefusedError(
      `Cannot trade at a venue with Redis at ${server} as orders leave once their commit is on disk: ${
        faults.join("; ")
      }`,
    );
  }
}
