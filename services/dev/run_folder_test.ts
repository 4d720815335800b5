import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { endedRun, livingRuns, makeRunFolder } from "./run_folder.ts";

const NO_PROCESS = 4_194_305; // above the highest that Linux gives

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

Deno.test("makeRunFolder() names a run by time and process, with folders for logs and Redis", () =>
  inTempFolder(async (root) => {
    const folder = await makeRunFolder(root, day(7), 42);
    assert.equal(folder.path, join(root, "2026-01-07T12-30-05-42"));
    assert.ok((await Deno.stat(folder.logs)).isDirectory && (await Deno.stat(folder.redis)).isDirectory);
  }));

Deno.test("makeRunFolder() removes the oldest runs, but none whose process lives", () =>
  inTempFolder(async (root) => {
    const living = await makeRunFolder(root, day(1), Deno.pid);
    for (let run = 2; run <= 14; run++) await makeRunFolder(root, day(run), NO_PROCESS);
    assert.equal((await Deno.stat(living.path)).isDirectory, true);
    const kept = names(root);
    assert.equal(kept.at(-1), `2026-01-14T12-30-05-${NO_PROCESS}`);
    assert.equal(kept[1], `2026-01-04T12-30-05-${NO_PROCESS}`);
  }));

Deno.test("makeRunFolder() leaves files in the folder alone", () =>
  inTempFolder(async (root) => {
    await makeRunFolder(root, day(1), NO_PROCESS);
    await Deno.writeTextFile(join(root, "0-notes"), "keep");
    for (let run = 2; run <= 14; run++) await makeRunFolder(root, day(run), NO_PROCESS);
    assert.ok(names(root).includes("0-notes"));
  }));

Deno.test("livingRuns() are those whose process lives, newest first; none where nothing ever ran", () =>
  inTempFolder(async (root) => {
    assert.deepEqual(await livingRuns(root), []);
    await makeRunFolder(root, day(1), Deno.pid);
    await makeRunFolder(root, day(2), NO_PROCESS);
    const newest = await makeRunFolder(root, day(3), Deno.pid);
    const runs = await livingRuns(root);
    assert.deepEqual([runs.length, runs[0]], [2, newest.path]);
  }));

Deno.test("endedRun() opens the newest run that has ended and had a Redis of its own, or the one that is named", () =>
  inTempFolder(async (root) => {
    const recorded = async (on: number, pid: number) => {
      const folder = await makeRunFolder(root, day(on), pid);
      await Deno.mkdir(join(folder.redis, "appendonlydir"));
      return folder;
    };
    const first = await recorded(1, NO_PROCESS);
    const second = await recorded(2, NO_PROCESS);
    const living = await recorded(3, Deno.pid);
    const foreign = await makeRunFolder(root, day(4), NO_PROCESS);
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
