/** The folder of one run: logs, the private Redis's files. Old runs are removed, so that the disk does not fill. */
import { join, resolve } from "node:path";
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

/** The folder of a run that has ended: the newest for `last`, else the one of that name or path.
 * @param root Usually `.rltrader/runs`.  @throws {RangeError} If there is none, or it still runs. */
export async function endedRun(root: string, run: string, callerFolder: string): Promise<RunFolder> {
  const name = run === "last" ? await newestEnded(root) : run;
  const named = name.includes("/") ? resolve(callerFolder, name) : join(root, name);
  const folder = runFolder(named);
  if (isAlive(pidOf(folder.path))) {
    throw new RangeError(`Cannot open ${folder.path} as it must have ended: it still runs`);
  }
  const files = await Deno.stat(join(folder.redis, "appendonlydir")).catch(() => null);
  if (files !== null) return folder;
  throw new RangeError(
    `Cannot open ${folder.path} as it must be a run with a Redis of its own: it holds none. ` +
      `A run in your Redis is named by its address`,
  );
}

async function newestEnded(root: string): Promise<string> {
  const names = (await Array.fromAsync(Deno.readDir(root)).catch(() => [])).map(({ name }) => name).sort();
  for (const name of names.reverse()) {
    if (isAlive(pidOf(name))) continue;
    if (await Deno.stat(join(root, name, "redis/appendonlydir")).catch(() => null) !== null) return name;
  }
  throw new RangeError(`Cannot open the last run as ${root} must hold one that has ended: it holds none`);
}

/** Makes a new run folder. @param root Usually `.rltrader/runs`. */
export async function makeRunFolder(root: string, nowMs: number, pid: number): Promise<RunFolder> {
  await Deno.mkdir(root, { recursive: true });
  await removeOldRuns(root);
  const stamp = new Date(nowMs).toISOString().slice(0, 19).replaceAll(":", "-");
  const folder = runFolder(join(root, `${stamp}-${pid}`));
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
  return runs.sort().reverse().filter((name) => isAlive(pidOf(name))).map((name) => join(root, name));
}

/** Keeps the newest runs, and every run whose `dev` still lives; ends what a killed `dev` left behind. */
async function removeOldRuns(root: string): Promise<void> {
  const runs: string[] = [];
  for await (const entry of Deno.readDir(root)) if (entry.isDirectory) runs.push(entry.name);
  for (const [age, name] of runs.sort().reverse().entries()) {
    if (isAlive(pidOf(name))) continue;
    await endForgottenRedis(join(root, name, "redis"));
    if (age >= KEPT_RUNS) await Deno.remove(join(root, name), { recursive: true }).catch(() => {});
  }
}

function runFolder(path: string): RunFolder {
  return {
    path,
    logs: join(path, "logs"),
    redis: join(path, "redis"),
    checkpoints: join(path, "checkpoints"),
    archive: join(path, "archive"),
  };
}

/** Of the run's supervisor: its folder's name ends with it. */
function pidOf(name: string): number {
  return Number(name.split("-").at(-1));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0); // asks, and sends nothing
  } catch {
    return false;
  }
}
