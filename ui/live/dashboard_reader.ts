/** Keeps the state up to date from Redis, for all pages together; says when Redis does not answer, and goes on afterwards. */
import type { Store } from "../../services/core/redis/store.ts";
import type { Clock } from "../../services/core/runtime/clock.ts";
import type { Log } from "../../services/core/runtime/log.ts";
import type { DashboardState } from "./dashboard_state.ts";
import { pollDocuments } from "./document_poll.ts";
import { LaneFollower } from "./lane_follower.ts";

const POLL_MS = 500;
const RETRY_MS = 1_000;
/** A poll that takes longer means that Redis does not answer; the poll itself waits on. */
const ANSWER_MS = 1_500;

export interface ReaderParts {
  readonly store: Store;
  readonly state: DashboardState;
  readonly clock: Clock;
  readonly log: Log;
  readonly account: string;
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
