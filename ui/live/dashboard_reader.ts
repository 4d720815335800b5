/** Keeps the state up to date from Redis, for all pages together; says when Redis does not answer, and goes on afterwards. */
import type { Store } from "../../services/core/redis/store.ts";
import type { Clock } from "../../services/core/runtime/clock.ts";
import type { Log } from "../../services/core/runtime/log.ts";
import type { DashboardState } from "./dashboard_state.ts";
import { pollDocuments } from "./document_poll.ts";
import { LaneFollower } from "./lane_follower.ts";
import { RunReader } from "./run_reader.ts";
import type { SystemSources } from "./system_reader.ts";

const POLL_MS = 500;
/** The pages Learning, Models and System may be so much later. */
const RUN_POLL_MS = 1_000;
const RETRY_MS = 1_000;
/** A poll that takes longer means that Redis does not answer; the poll itself waits on. */
const ANSWER_MS = 1_500;

const NOTHING_BESIDE = {
  memory: () => Promise.resolve(null),
  archived: () => Promise.resolve(0),
  archiveBudgetMb: null,
};

export interface ReaderParts {
  readonly store: Store;
  readonly state: DashboardState;
  readonly clock: Clock;
  readonly log: Log;
  readonly account: string;
  /** What lies beside the streams; nothing by default. */
  readonly beside?: Partial<Pick<SystemSources, "memory" | "archived" | "archiveBudgetMb">>;
}

/** Reads until `signal` aborts. */
export async function readDashboard(parts: ReaderParts, signal: AbortSignal): Promise<void> {
  const follower = new LaneFollower(parts);
  await Promise.all([
    keepDoing(parts, signal, "read the documents", async () => {
      while (!signal.aborted) {
        await pollOnce(parts);
        await parts.clock.wait(POLL_MS, signal);
      }
    }),
    keepDoing(parts, signal, "follow the lanes", () => follower.run(signal)),
    keepDoing(parts, signal, "read the run", async () => {
      const run = new RunReader({ ...NOTHING_BESIDE, ...parts, ...parts.beside }, parts.state, parts.clock);
      while (!signal.aborted) {
        await run.poll();
        await parts.clock.wait(RUN_POLL_MS, signal);
      }
    }),
  ]);
}

/** Starts again after a fault, e.g. a server that is still loading its data. */
async function keepDoing(
  { clock, log }: ReaderParts,
  signal: AbortSignal,
  what: string,
  work: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await work();
    } catch (cause) {
      if (signal.aborted) return;
      log.warn({ err: cause }, `cannot ${what}; trying again`);
      await clock.wait(RETRY_MS, signal);
    }
  }
}

async function pollOnce({ store, state, clock, log }: ReaderParts): Promise<void> {
  const answered = new AbortController();
  void clock.wait(ANSWER_MS, answered.signal).then(() => {
    if (!answered.signal.aborted) becomes(state, "lost", clock.nowMs() - ANSWER_MS);
  });
  try {
    await pollDocuments(store, state, log);
    becomes(state, "connected", clock.nowMs());
  } catch (cause) {
    becomes(state, "lost", clock.nowMs());
    throw cause;
  } finally {
    answered.abort();
  }
}

function becomes(state: DashboardState, redis: "connected" | "lost", sinceMs: number): void {
  if (state.shared.redis.state !== redis) state.set("redis", { state: redis, sinceMs });
}
