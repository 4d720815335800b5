/** How much memory the server takes, and how much it may take. */
import type { Clock } from "../runtime/clock.ts";
import type { RedisConnection } from "./redis_connection.ts";

const ANSWER_MS = 1_000;

export interface ServerMemory {
  readonly usedBytes: number;
  /** Highest so far. */
  readonly peakBytes: number;
  /** Where it refuses writes; null where it has no limit. */
  readonly limitBytes: number | null;
  /** What it does at the limit; ours refuses (`noeviction`). */
  readonly policy: string;
  readonly clients: number;
  readonly version: string;
}

/** Asks INFO. @throws {Error} If its user may not, or the server leaves something out. */
export async function serverMemory(connection: RedisConnection): Promise<ServerMemory> {
  const text = await connection.run("ask for the server's memory", (client) => client.info());
  return parseServerInfo(text);
}

/** The same for who must not wait: null where the server is away, does not answer in time, or may not be asked. */
export async function serverMemoryNow(
  connection: RedisConnection,
  clock: Clock,
): Promise<ServerMemory | null> {
  if (!connection.isUp) return null;
  const answered = new AbortController();
  const late = clock.wait(ANSWER_MS, answered.signal).then(() => null);
  const memory = serverMemory(connection).catch(() => null);
  return await Promise.race([memory, late]).finally(() => answered.abort());
}

/** Reads an answer of INFO. @throws {RangeError} If a field is missing. */
export function parseServerInfo(text: string): ServerMemory {
  const fields = new Map(
    text.split(/\r?\n/).flatMap((line) => {
      const colon = line.indexOf(":");
      return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1)] as const];
    }),
  );
  const read = (name: string): string => {
    const value = fields.get(name);
    if (value !== undefined) return value;
    throw new RangeError(`Cannot read the server's memory as INFO must tell ${name}: it does not`);
  };
  const limit = Number(read("maxmemory"));
  return {
    usedBytes: Number(read("used_memory")),
    peakBytes: Number(read("used_memory_peak")),
    limitBytes: limit === 0 ? null : limit,
    policy: read("maxmemory_policy"),
    clients: Number(read("connected_clients")),
    version: fields.get("valkey_version") ?? read("redis_version"),
  };
}
