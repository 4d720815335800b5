import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FolderArchive } from "../core/archive/archive.ts";
import { ArchivedStore } from "../core/archive/archived_store.ts";
import { barStream } from "../core/contracts/bar.ts";
import type { Stream } from "../core/contracts/define.ts";
import { experienceStream } from "../core/contracts/experience.ts";
import { feedStatus } from "../core/contracts/feed_status.ts";
import { decisionStream, equityStream } from "../core/contracts/lane.ts";
import { ticketStream } from "../core/contracts/learning.ts";
import { connectRedis } from "../core/redis/connect.ts";
import type { Store } from "../core/redis/store.ts";
import { systemClock, until } from "../core/runtime/clock.ts";
import { startRedisForTest } from "../core/testing/redis_server.ts";
import { miscWithGate, Run } from "./system_run_testing.ts";

const ARCHIVE = fileURLToPath(new URL("../../.rltrader/archive", import.meta.url));
const DAY_MS = 86_400_000;
const FIRST_MS = Date.UTC(2000, 0, 1);
const BARS = 60_000;
const LIVE_BARS = 200;
const HISTORY_BARS = BARS * 0.95;
/** The least that can be configured. */
const REDIS_MB = 16;
const DEADLINE_MS = 120_000;

/** What a server holds, looked at again and again until the signal aborts. @returns The most, in MB. */
async function watchMemory(url: string, signal: AbortSignal): Promise<number> {
  await using connection = await connectRedis({ url, name: "watch", onEvent: () => {} });
  let most = 0;
  while (!signal.aborted) {
    const text = await connection.run("INFO", (client) => client.info("memory"));
    most = Math.max(most, Number(/^used_memory:(\d+)/m.exec(text)?.[1]) / 1e6);
    await systemClock.wait(50, signal);
  }
  return most;
}

/** Which days a stream has entries of; each once and in order, or it fails. */
async function daysOf(store: Store, stream: Stream<unknown>): Promise<[first: number, count: number]> {
  const ids = (await store.range(stream)).map(({ id }) => Number(id.slice(0, -2)));
  assert.deepEqual(ids, ids.map((_, index) => ids[0]! + index * DAY_MS), stream.key);
  return [(ids[0]! - FIRST_MS) / DAY_MS, ids.length];
}

Deno.test("dev keeps Redis within its budget through a long history, though core is killed in it and in live bars", async () => {
  await using server = await startRedisForTest();
  const folder = await Deno.makeTempDir();
  const misc = await miscWithGate(folder, "integrity");
  const text = await Deno.readTextFile(misc);
  const changed = text.replace(/redis_mb: \d+/, `redis_mb: ${REDIS_MB}`).replace(/share: 0.8/, "share: 0.95");
  await Deno.writeTextFile(misc, changed);
  const stop = new AbortController();
  const memory = watchMemory(server.url, stop.signal);
  let runId = "";
  try {
    await using run = await Run.on(
      server.url,
      `--feed=synthetic:A:${BARS}`,
      "--speed=max",
      `--bars=${LIVE_BARS}`,
      `--misc=${misc}`,
    );
    const isThere = async () => (await run.store.get(feedStatus()))?.runId;
    runId = await until(systemClock, "the run", isThere, { deadlineMs: DEADLINE_MS });
    const archive = new FolderArchive(join(ARCHIVE, runId));
    const store = new ArchivedStore({
      store: run.store,
      archive,
      onBadEntry: (bad) => assert.fail(bad.reason),
      isDurable: false,
    });
    const bars = barStream("A-1", "1d");
    const inHistory = async () => await store.length(bars) > 15_000;
    await until(systemClock, "some history", inHistory, { everyMs: 5, deadlineMs: DEADLINE_MS });
    Deno.kill(await run.pidOf("core"), "SIGKILL");
    assert.equal(await run.store.length(ticketStream()), 0, "it was killed before the history's end");
    await run.untilDecided(LIVE_BARS / 2, ["A-1"]);
    Deno.kill(await run.pidOf("core"), "SIGKILL");
    const summary = await run.summary();
    assert.equal(summary.restarts, 2);
    assert.deepEqual(summary.stateParity, { decisions: LIVE_BARS, differing: 0 });
    assert.deepEqual(await daysOf(store, bars), [0, HISTORY_BARS + LIVE_BARS]);
    for (const stream of [decisionStream("paper", "A-1"), equityStream("paper", "A-1")]) {
      assert.deepEqual(await daysOf(store, stream), [HISTORY_BARS, LIVE_BARS]);
    }
    const [warm, steps] = await daysOf(store, experienceStream("paper", "A-1"));
    assert.equal(warm + steps, HISTORY_BARS + LIVE_BARS - 2);
    assert.ok(await run.store.length(bars) < BARS / 3, "Redis holds the end alone");
  } finally {
    stop.abort();
    await Deno.remove(folder, { recursive: true });
    if (runId !== "") await Deno.remove(join(ARCHIVE, runId), { recursive: true });
  }
  const most = await memory;
  assert.ok(most < REDIS_MB, `Redis held ${most.toFixed(1)} MB`);
});
