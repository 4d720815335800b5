import assert from "node:assert/strict";
import { feedStatus } from "../core/contracts/feed_status.ts";
import { runTerms } from "../core/contracts/run_terms.ts";
import { heartbeats } from "../core/contracts/system.ts";
import { ManualClock } from "../core/testing/manual_clock.ts";
import { checkDatabase, claimDatabase, type WishedRun } from "./own_database.ts";
import { FEED, memoryStore, sampleRun } from "./run_samples_testing.ts";

const TERMS = { schema: '{"features":["rsi"]}', rules: '{"costs":{"taker_bps":3}}' };
const NOW_MS = 50_000;
const GO_ON: WishedRun = { run: { identity: FEED, terms: TERMS }, resumes: true, bars: null };

async function databaseWith(store = memoryStore()) {
  const said: string[] = [];
  const clock = new ManualClock({ startMs: NOW_MS, jumps: true });
  const check = (wish: WishedRun) =>
    checkDatabase(wish, {
      store,
      clock,
      say: (text) => said.push(text),
      signal: new AbortController().signal,
    });
  const beat = (atMs: number) =>
    store.setField(heartbeats(), "core", {
      ...{
        process: "core",
        id: "core",
        pid: 7,
        startedMs: 1,
        atMs,
        activity: "live",
        memoryMb: 1,
        figures: {},
      },
    });
  await store.set(runTerms(), TERMS);
  return { store, said, clock, check, beat };
}

Deno.test("checkDatabase() lets a run begin in an empty database alone, and resume where one lies alone", async () => {
  const { store, check, said } = await databaseWith();
  await check({ ...GO_ON, resumes: false });
  await assert.rejects(check(GO_ON), {
    name: "OccupiedRedisError",
    message: "Cannot resume as the database of REDIS_URL must hold a run: it holds none",
  });
  await store.set(feedStatus(), FEED);
  await assert.rejects(check({ ...GO_ON, resumes: false }), {
    name: "OccupiedRedisError",
    message:
      "Cannot start a run as the database of REDIS_URL must be empty: it holds one of synthetic:A (A-1, A-2; 1d; 3 live " +
      "bars). Choose another database, e.g. redis://host:port/1, or add --resume",
  });
  assert.deepEqual(said, []);
});

Deno.test("checkDatabase() says where a run is resumed, and refuses terms that are not its own", async () => {
  const { check, said } = await databaseWith(await sampleRun());
  await check({ ...GO_ON, bars: 3 });
  assert.deepEqual(said, [
    "  resumed     synthetic:A (A-1, A-2; 1d; 3 live bars), from the bar after 1970-01-06 on",
  ]);
  const terms = { ...TERMS, schema: '{"features":["gap"]}' };
  await assert.rejects(check({ ...GO_ON, run: { identity: FEED, terms } }), {
    name: "OtherRunError",
    message:
      /\n {2}model_config\.yaml: features\[0\]: "gap" here, "rsi" there\nStart with what that run was begun with/,
  });
  await assert.rejects(check({ ...GO_ON, bars: 2 }), /must be at least those that it has, 3: it is 2$/);
});

Deno.test("checkDatabase() refuses a database in which a process speaks, before its run has said what it is, too", async () => {
  const { check, beat, clock } = await databaseWith();
  await beat(NOW_MS - 500);
  const wait = clock.wait.bind(clock);
  let beats = 0; // not without end, so that a check that passes it over ends
  const speaking = Object.assign(clock, {
    wait: async (ms: number, signal?: AbortSignal) => {
      await wait(ms, signal);
      if (beats++ < 100) await beat(clock.nowMs());
    },
  });
  assert.equal(speaking, clock);
  await assert.rejects(check({ ...GO_ON, resumes: false }), {
    name: "OccupiedRedisError",
    message:
      "Cannot start a run as nobody else may run one in the database of REDIS_URL: core (process 7) works there. Stop " +
      "that run where it was started, or choose another database, e.g. redis://host:port/1",
  });
});

Deno.test("checkDatabase() waits until the processes of a run that was killed just now are silent", async () => {
  const { check, beat, clock, said } = await databaseWith(await sampleRun());
  await beat(NOW_MS - 500);
  await check(GO_ON);
  assert.equal(said[0], "  waiting     for the processes of the run before to be silent");
  assert.ok(clock.nowMs() - NOW_MS > 4_500 && clock.nowMs() - NOW_MS < 5_000);
});

Deno.test("claimDatabase() lets one have a database at a time, whatever its address says of user and password", async () => {
  const folder = await Deno.makeTempDir();
  const lockPath = (name: string) => `${folder}/locks/${name}.lock`;
  try {
    const first = await claimDatabase("redis://u:secret@127.0.0.1:6379/1", lockPath);
    await assert.rejects(claimDatabase("redis://127.0.0.1/1", lockPath), {
      name: "OccupiedRedisError",
      message:
        /nobody else may run in the database of REDIS_URL: another deno task dev has begun there just now/,
    });
    using _other = await claimDatabase("redis://127.0.0.1/2", lockPath);
    first[Symbol.dispose]();
    using _next = await claimDatabase("redis://127.0.0.1/1", lockPath);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
