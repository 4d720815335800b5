import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { endedRun, makeRunFolder, type RunFolder, takeRedisFiles } from "./run_folder.ts";

async function inTempFolder(body: (root: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "rltrader-runs-" });
  try {
    await body(join(folder, "runs"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
const names = (root: string) => [...Deno.readDirSync(root)].map(({ name }) => name).sort();
const day = (number: number) => Date.UTC(2026, 0, number, 12, 30, 5);

/** A run that has ended, whose process id is in use all the same, as after a restart of the machine. */
async function ended(root: string, on: number): Promise<RunFolder> {
  using folder = await makeRunFolder(root, day(on), Deno.pid);
  return folder;
}

Deno.test("makeRunFolder() names a run by time and process, with folders for logs and Redis", () =>
  inTempFolder(async (root) => {
    using folder = await makeRunFolder(root, day(7), 42);
    assert.equal(folder.path, join(root, "2026-01-07T12-30-05-42"));
    assert.ok((await Deno.stat(folder.logs)).isDirectory && (await Deno.stat(folder.redis)).isDirectory);
    await assert.rejects(makeRunFolder(root, day(7), 42), Deno.errors.AlreadyExists);
  }));

Deno.test("makeRunFolder() removes the oldest runs, but none that lives, whatever process has their number", () =>
  inTempFolder(async (root) => {
    using living = await makeRunFolder(root, day(1), 42);
    for (let run = 2; run <= 14; run++) await ended(root, run);
    assert.equal((await Deno.stat(living.path)).isDirectory, true);
    const kept = names(root);
    assert.equal(kept.at(-1), `2026-01-14T12-30-05-${Deno.pid}`);
    assert.equal(kept[1], `2026-01-04T12-30-05-${Deno.pid}`);
  }));

Deno.test("makeRunFolder() leaves files in the folder alone, and a run that is read", () =>
  inTempFolder(async (root) => {
    const first = await ended(root, 1);
    using _files = await takeRedisFiles(first);
    await Deno.writeTextFile(join(root, "0-notes"), "keep");
    for (let run = 2; run <= 14; run++) await ended(root, run);
    assert.ok(names(root).includes("0-notes"));
    assert.ok(names(root).includes(basename(first.path)));
  }));

Deno.test("takeRedisFiles() lets one command at a time read a run", () =>
  inTempFolder(async (root) => {
    const folder = await ended(root, 1);
    const first = await takeRedisFiles(folder);
    await assert.rejects(takeRedisFiles(folder), /as one command at a time may read it: another one does/);
    first[Symbol.dispose]();
    (await takeRedisFiles(folder))[Symbol.dispose]();
  }));

Deno.test("endedRun() opens the newest run that has ended and had a Redis of its own, or the one that is named", () =>
  inTempFolder(async (root) => {
    const recorded = async (folder: RunFolder) => {
      await Deno.mkdir(join(folder.redis, "appendonlydir"));
      const { path, logs, redis, checkpoints, archive } = folder;
      return { path, logs, redis, checkpoints, archive };
    };
    const first = await recorded(await ended(root, 1));
    const second = await recorded(await ended(root, 2));
    using living = await makeRunFolder(root, day(3), 42);
    await recorded(living);
    const foreign = await ended(root, 4);
    assert.deepEqual(await endedRun(root, "last", "/"), second);
    assert.deepEqual(await endedRun(root, basename(first.path), "/"), first);
    assert.equal((await endedRun(root, `./${basename(first.path)}`, root)).path, first.path);
    await assert.rejects(endedRun(root, basename(living.path), "/"), /as it must have ended: it still runs$/);
    await assert.rejects(
      endedRun(root, basename(foreign.path), "/"),
      /a run with a Redis of its own: it holds none/,
    );
  }));

Deno.test("endedRun() says where it looked for the last run in vain", () =>
  inTempFolder(async (root) => {
    await assert.rejects(
      endedRun(root, "last", "/"),
      /Cannot open the last run as .*\/runs must hold one that has ended/,
    );
  }));
