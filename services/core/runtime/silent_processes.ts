/** Forgets the heartbeats of processes that are gone for good: replicas come and go under ever new names. */
import { heartbeats } from "../contracts/system.ts";
import type { Store } from "../redis/store.ts";
import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";

export interface SilentProcessesParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

/** Long enough for people to see on the page which one is missing. */
const FORGOTTEN_AFTER_MS = 3_600_000;
const LOOK_EVERY_MS = 60_000;

/** Looks now and then until the signal aborts. Never rejects. */
export async function forgetSilentProcesses(parts: SilentProcessesParts, signal: AbortSignal): Promise<void> {
  const { clock, log } = parts;
  while (!signal.aborted) {
    await forgetNow(parts).catch((cause) => log.warn({ err: cause }, "cannot look for silent processes"));
    await clock.wait(LOOK_EVERY_MS, signal);
  }
}

async function forgetNow({ store, clock, log }: SilentProcessesParts): Promise<void> {
  for (const [id, { atMs }] of await store.entries(heartbeats())) {
    if (clock.nowMs() - atMs <= FORGOTTEN_AFTER_MS) continue;
    await store.deleteField(heartbeats(), id); // one that lives after all beats again within a second
    log.info({ id, atMs }, "a silent process is forgotten");
  }
}
