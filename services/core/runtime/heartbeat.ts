/** Says once a second that a process lives, and what it does. */
import { type Heartbeat, heartbeats } from "../contracts/system.ts";
import type { Store } from "../redis/store.ts";
import type { Log } from "./log.ts";

const EVERY_MS = 1_000;

/** Beats at once, and then until it is disposed. @param now What to say. */
export function startHeartbeat(store: Store, log: Log, now: () => Heartbeat): Disposable {
  let isBeating = false;
  const beat = () => {
    if (isBeating) return; // in an outage one waits for the server, not one a second
    isBeating = true;
    const value = now();
    store.setField(heartbeats(), value.id, value)
      .catch((cause) => log.warn({ err: cause }, "cannot send the heartbeat"))
      .finally(() => isBeating = false);
  };
  beat();
  const timer = setInterval(beat, EVERY_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
