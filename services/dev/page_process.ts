/** The page's process: built before it is started, and told of once it says where it is. */
import { join } from "node:path";
import type { Clock } from "../core/runtime/clock.ts";
import { parseReadyLine, type Ready } from "../core/runtime/ready_line.ts";

const LOOK_EVERY_MS = 200;
/** Read at a time; no line is longer. */
const MOST_BYTES = 1_000_000;
const NEWLINE = 10;

/** @param root The checkout.  @throws {Error} With the bundler's own words. */
export async function buildPage(
  root: string,
  denoPath: string,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const { success, stderr, stdout } = await new Deno.Command(denoPath, {
    args: ["run", "-A", `--config=${join(root, "deno.json")}`, join(root, "ui/build.ts")],
    env: { ...environment },
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (success) return;
  const text = new TextDecoder().decode(stderr.length > 0 ? stderr : stdout);
  throw new Error(`Cannot build the page:\n${text.trimEnd()}`);
}

/** Calls `onReady` each time that the page's process says where it is: at its start, and again when it was started again.
 * @param logPath File of its output.  @returns When `signal` aborts. */
export async function followReady(
  logPath: string,
  clock: Clock,
  onReady: (ready: Ready) => void,
  signal: AbortSignal,
): Promise<void> {
  const decoder = new TextDecoder();
  let offset = 0;
  while (!signal.aborted) {
    const bytes = await readFrom(logPath, offset);
    const whole = bytes.lastIndexOf(NEWLINE) + 1;
    offset += whole;
    for (const line of decoder.decode(bytes.subarray(0, whole)).split("\n")) {
      const ready = parseReadyLine(line);
      if (ready !== null) onReady(ready);
    }
    await clock.wait(LOOK_EVERY_MS, signal);
  }
}

async function readFrom(path: string, offset: number): Promise<Uint8Array> {
  const { size } = await Deno.stat(path).catch(() => ({ size: 0 }));
  if (size <= offset) return new Uint8Array();
  using file = await Deno.open(path);
  await file.seek(offset, Deno.SeekMode.Start);
  const bytes = new Uint8Array(Math.min(size - offset, MOST_BYTES));
  return bytes.subarray(0, await file.read(bytes) ?? 0);
}
