/** The folder of one run: logs, the private Redis's files. Old runs are removed, so that the disk does not fill. */
import { join } from "node:path";
import process from "node:process";
import { endForgottenRedis } from "./private_redis.ts";

export interface RunFolder {
  readonly path: string;
  readonly logs: string;
  readonly redis: string;
  readonly checkpoints: string;
  readonly archive: string;
}

const KEPT_RUNS = 10;

/** Makes a new run folder. @param root Usually `.rltrader/runs`. */
export async function makeRunFolder(root: string, nowMs: number, pid: number): Promise<RunFolder> {
  await Deno.mkdir(root, { recursive: true });
  await removeOldRuns(root);
  const stamp = new Date(nowMs).toISOString().slice(0, 19).replaceAll(":", "-");
  const path = join(root, `${stamp}-${pid}`);
  const folder = {
    path,
    logs: join(path, "logs"),
    redis: join(path, "redis"),
    checkpoints: join(path, "checkpoints"),
    archive: join(path, "archive"),
  };
  await Deno.mkdir(folder.logs, { recursive: true });
  await Deno.mkdir(folder.redis, { recursive: true });
  await Deno.mkdir(folder.checkpoints, { recursive: true });
  return folder;
}

/** The folders of the runs whose `dev` still lives, newest first. */
export async function livingRuns(root: string): Promise<string[]> {
  const runs: string[] = [];
  try {
    for await (const entry of Deno.readDir(root)) if (entry.isDirectory) runs.push(entry.name);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
  }
  return runs.sort().reverse().filter((name) => isAlive(processOf(name))).map((name) => join(root, name));
}

/** Keeps the newest runs, and every run whose `dev` still lives; ends what a killed `dev` left behind. */
async function removeOldRuns(root: string): Promise<void> {
  const runs: string[] = [];
  for await (const entry of Deno.readDir(root)) if (entry.isDirectory) runs.push(entry.name);
  for (const [age, name] of runs.sort().reverse().entries()) {
    if (isAlive(processOf(name))) continue;
    await endForgottenRedis(join(root, name, "redis"));
    if (age >= KEPT_RUNS) await Deno.remove(join(root, name), { recursive: true }).catch(() => {});
  }
}

/** Whose run it is, by the folder's name. */
function processOf(name: string): number {
  return Number(name.split("-").at(-1));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0); // asks, and sends nothing
  } catch {
    return false;
  }
}
