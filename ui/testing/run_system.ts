/** Runs the whole system to its end, as a user does. */
import { ok } from "node:assert/strict";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Decides so many bars of the S&P 500 at full speed, without a page. @param options Further ones of `deno task dev`. */
export async function runSystem(
  redisUrl: string,
  bars: number,
  ...options: readonly string[]
): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--config", `${ROOT}deno.json`, `${ROOT}services/dev/main.ts`],
      ...["--no-ui", "--speed", "max", "--bars", String(bars), ...options],
    ],
    cwd: ROOT,
    env: { REDIS_URL: redisUrl },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  ok(success, new TextDecoder().decode(stderr));
}
