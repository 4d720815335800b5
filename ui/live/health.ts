/** Whether a process lives, by the age of its last heartbeat. Pure. */
import { GONE_MS, LATE_MS } from "./messages.ts";

export type Health = "up" | "late" | "gone" | "unknown";

/** @param lost Nothing is heard of the server or of Redis: then nobody can tell. */
export function healthOf(ageMs: number, lost: boolean): Health {
  if (lost) return "unknown";
  if (ageMs > GONE_MS) return "gone";
  return ageMs > LATE_MS ? "late" : "up";
}
