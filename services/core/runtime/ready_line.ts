/** What the page's process says to its supervisor once it can be reached: one line of its output, whatever the level of its log. */
import { z } from "zod";

export const Ready = z.strictObject({
  /** Address of the page. */
  page: z.url(),
  /** Address of its metrics and probes; null where they are off. */
  metrics: z.url().nullable(),
});
export type Ready = z.infer<typeof Ready>;

export function readyLine(ready: Ready): string {
  return `${JSON.stringify({ ready })}\n`;
}

/** Null for any other line of the process. */
export function parseReadyLine(line: string): Ready | null {
  if (!line.startsWith('{"ready":')) return null;
  try {
    return Ready.parse(JSON.parse(line).ready);
  } catch {
    return null; // it was cut, as by a kill
  }
}
