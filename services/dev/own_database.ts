/** What must be right of the database that the user has named before a run begins there, or goes on. */
import { dirname } from "node:path";
import { barStream } from "../core/contracts/bar.ts";
import { type FeedStatus, feedStatus } from "../core/contracts/feed_status.ts";
import { runTerms } from "../core/contracts/run_terms.ts";
import { GONE_MS, type Heartbeat, heartbeats } from "../core/contracts/system.ts";
import { checkSameRun, describeRun, type RunInDatabase } from "../core/market/same_run.ts";
import type { Store } from "../core/redis/store.ts";
import type { Clock } from "../core/runtime/clock.ts";
import { FileLock } from "./file_lock.ts";
import { describeServer } from "./run_description.ts";

export interface WishedRun {
  readonly run: RunInDatabase;
  /** Goes on with what lies there. */
  readonly resumes: boolean;
  /** Live bars of each symbol after which it stops, those that are there included; null for none. */
  readonly bars: number | null;
}

export interface DatabaseParts {
  readonly store: Store;
  readonly clock: Clock;
  /** Tells the user something. */
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Raised where the database holds a run and nobody said that it shall go on, or none, or one that still runs. */
export class OccupiedRedisError extends Error {
  override name = "OccupiedRedisError";
}

const LOOK_MS = 200;
const ANOTHER = "hoose another database, e.g. redis://host:port/1";

/** Held while a run works there: of two that were started at once, neither has a heartbeat yet that the other could hear.
 * @param lockPath Of a lock's name, the same for every checkout of the machine.  @throws {OccupiedRedisError} If another has it. */
export async function claimDatabase(address: string, lockPath: (name: string) => string): Promise<FileLock> {
  const path = lockPath(`database-${encodeURIComponent(describeServer(address).server)}`);
  await Deno.mkdir(dirname(path), { recursive: true });
  const lock = await FileLock.tryTake(path);
  if (lock !== null) return lock;
  throw new OccupiedRedisError(
    "Cannot run as nobody else may run in the database of REDIS_URL: another deno task dev has begun there just now. " +
      `Stop that one, or c${ANOTHER}`,
  );
}

/** @throws {OccupiedRedisError} @throws {OtherRunError} If it would go on otherwise than it began. */
export async function checkDatabase(
  { run, resumes, bars }: WishedRun,
  parts: DatabaseParts,
): Promise<void> {
  const { store, say } = parts;
  const before = await store.get(feedStatus());
  if (before !== null && !resumes) {
    throw new OccupiedRedisError(
      `Cannot start a run as the database of REDIS_URL must be empty: it holds one of ${
        describeRun(before)
      }. C${ANOTHER}, or add --resume`,
    );
  }
  if (before === null && resumes) {
    throw new OccupiedRedisError("Cannot resume as the database of REDIS_URL must hold a run: it holds none");
  }
  await untilSilent(resumes ? "resume" : "start a run", parts);
  if (before === null) return;
  checkSameRun({ identity: before, terms: await store.get(runTerms()) }, run);
  if (bars !== null && bars < before.liveBars) {
    throw new OccupiedRedisError(
      `Cannot resume as --bars, which counts all live bars of the run, must be at least those that it has, ${before.liveBars}: ` +
        `it is ${bars}`,
    );
  }
  say(`  resumed     ${describeRun(before)}${await lastBar(store, before)}`);
}

/** Two supervisors of one run would start every process twice.
 * Those of a run that was killed just now are still taken for living: they are waited for.
 * @throws {OccupiedRedisError} If a process speaks meanwhile. */
async function untilSilent(what: string, { store, clock, say, signal }: DatabaseParts): Promise<void> {
  const beats = async () => [...(await store.entries(heartbeats())).values()];
  const first = new Map((await beats()).map(({ id, atMs }) => [id, atMs]));
  for (let isTold = false;;) {
    const now = await beats();
    const living = now.filter(({ id, atMs }) => atMs > (first.get(id) ?? -1));
    if (living.length > 0) throw stillRuns(what, living);
    if (now.every(({ atMs }) => clock.nowMs() - atMs > GONE_MS)) return;
    if (!isTold) say("  waiting     for the processes of the run before to be silent");
    isTold = true;
    await clock.wait(LOOK_MS, signal);
    signal.throwIfAborted();
  }
}

function stillRuns(what: string, living: readonly Heartbeat[]): OccupiedRedisError {
  const named = living.map(({ id, pid }) => `${id} (process ${pid})`).join(", ");
  return new OccupiedRedisError(
    `Cannot ${what} as nobody else may run one in the database of REDIS_URL: ${named} ${
      living.length === 1 ? "works" : "work"
    } there. Stop that run where it was started, or c${ANOTHER}`,
  );
}

async function lastBar(store: Store, { symbols, timeframe }: FeedStatus): Promise<string> {
  const newest = await Promise.all(
    symbols.map(async (symbol) => (await store.newest(barStream(symbol, timeframe), 1))[0]?.value),
  );
  const live = newest.filter((entry) => entry?.phase === "live").map((entry) => entry!.bar.openTimeMs);
  if (live.length === 0) return ", before its first live bar";
  return `, from the bar after ${
    new Date(Math.max(...live)).toISOString().slice(0, 16).replace("T00:00", "")
  } on`;
}
