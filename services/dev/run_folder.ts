/** The folder of one run: logs, the private Redis's files. Old runs are removed, so that the disk does not fill. */
import { join, resolve } from "node:path";
import { FileLock } from "./file_lock.ts";
import { endForgottenRedis } from "./forgotten_redis.ts";

export interface RunFolder {
  readonly path: string;
  readonly logs: string;
  readonly redis: string;
  readonly checkpoints: string;
  readonly archive: string;
}

/** The run lives until it is disposed of, or its process ends. */
export interface OwnRunFolder extends RunFolder, Disposable {}

/** Held by the `dev` of a run for as long as it lives. */
const RUN_LOCK = "run.lock";
/** Held by whoever opens the files of a Redis that has ended: two servers must never write the same ones. */
const FILES_LOCK = "files.lock";
const KEPT_RUNS = 10;

/** The folder of a run that has ended: the newest for `last`, else the one of that name or path.
 * @param root Usually `.rltrader/runs`.  @throws {RangeError} If there is none, or it still runs. */
export async function endedRun(root: string, run: string, callerFolder: string): Promise<RunFolder> {
  const name = run === "last" ? await newestEnded(root) : run;
  const named = name.includes("/") ? resolve(callerFolder, name) : join(root, name);
  const folder = runFolder(named);
  if (await isAlive(folder.path)) {
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
  for (const name of await runNames(root)) {
    if (await isAlive(join(root, name))) continue;
    if (await Deno.stat(join(root, name, "redis/appendonlydir")).catch(() => null) !== null) return name;
  }
  throw new RangeError(`Cannot open the last run as ${root} must hold one that has ended: it holds none`);
}

/** Makes the files of an ended run's Redis the caller's alone: a server that was forgotten on them is ended first.
 * @returns To be disposed of once the caller's own server has ended.
 * @throws {RangeError} If another command has them open, or a forgotten server does not end. */
export async function takeRedisFiles({ path, redis }: RunFolder): Promise<Disposable> {
  const lock = await FileLock.tryTake(join(path, FILES_LOCK));
  if (lock === null) {
    throw new RangeError(
      `Cannot open ${path} as one command at a time may read it: another one does. Try again when it is done`,
    );
  }
  try {
    await endForgottenRedis(redis);
    return lock;
  } catch (cause) {
    lock[Symbol.dispose]();
    throw cause;
  }
}

/** Makes the folder of a new run, which lives from now on. @param root Usually `.rltrader/runs`. */
export async function makeRunFolder(root: string, nowMs: number, pid: number): Promise<OwnRunFolder> {
  await Deno.mkdir(root, { recursive: true });
  await removeOldRuns(root);
  const stamp = new Date(nowMs).toISOString().slice(0, 19).replaceAll(":", "-");
  const folder = runFolder(join(root, `${stamp}-${pid}`));
  await Deno.mkdir(folder.path); // another one's, of a machine that shares the disk, is not to be taken
  const lock = await FileLock.take(join(folder.path, RUN_LOCK));
  await Deno.mkdir(folder.logs);
  await Deno.mkdir(folder.redis);
  await Deno.mkdir(folder.checkpoints);
  return { ...folder, [Symbol.dispose]: () => lock[Symbol.dispose]() };
}

/** Keeps the newest runs, and every run that lives or is read; ends what a killed `dev` left behind. */
async function removeOldRuns(root: string): Promise<void> {
  for (const [age, name] of (await runNames(root)).entries()) {
    const folder = runFolder(join(root, name));
    try {
      if (await isAlive(folder.path)) continue;
      using _files = await takeRedisFiles(folder);
      if (age >= KEPT_RUNS) await Deno.remove(folder.path, { recursive: true });
    } catch {
      // it is read just now, or not ours to end or to remove: no reason not to start another run
    }
  }
}

/** The names of all runs' folders, newest first; none where there is no such folder. @param root Usually `.rltrader/runs`. */
export async function runNames(root: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(root));
    return entries.filter(({ isDirectory }) => isDirectory).map(({ name }) => name).sort().reverse();
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return [];
    throw cause;
  }
}

/** Whether a run's `dev` lives. @param path Of its folder. */
export function isAlive(path: string): Promise<boolean> {
  return FileLock.isHeld(join(path, RUN_LOCK));
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
