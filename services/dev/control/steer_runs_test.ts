import assert from "node:assert/strict";
import { join } from "node:path";
import { feedStatus } from "../../core/contracts/feed_status.ts";
import { MemoryKeyspace } from "../../core/redis/memory_keyspace.ts";
import { MemoryLedger } from "../../core/redis/memory_ledger.ts";
import { MemoryStore } from "../../core/redis/memory_store.ts";
import { NoRunError } from "../open_run.ts";
import { describeServer, writeRunDescription } from "../run_description.ts";
import { makeRunFolder } from "../run_folder.ts";
import { FEED } from "../run_samples_testing.ts";
import { runsToSteer, type RunToSteer } from "./runs_to_steer.ts";
import { describeNamed, haltRuns, resumeRun } from "./steer_runs.ts";

const parts = { account: null, configuredAccount: () => Promise.resolve("paper"), nowMs: 77 };
const wish = { flatten: false, reason: "maintenance" };
const resume = { reason: "go", accept: null };

/** A living run in memory; every time that it is opened it is the same. */
async function sample(name: string, account: string) {
  const keyspace = new MemoryKeyspace();
  const store = new MemoryStore({ keyspace, onBadEntry: () => {} });
  const ledger = new MemoryLedger({ keyspace });
  await store.set(feedStatus(), FEED);
  const { feed, symbols } = FEED;
  const description = { pid: 1, startedMs: 1, feed, symbols, account, server: "host:1/0", url: null };
  const run: RunToSteer = {
    living: { name, path: `/runs/${name}`, description, url: "redis://dev:secret@host:1/0" },
    open: () => Promise.resolve({ store, ledger, server: "host:1", [Symbol.asyncDispose]: async () => {} }),
  };
  return { run, ledger };
}
const gone: RunToSteer = { living: null, open: () => Promise.reject(new NoRunError("it is away")) };

Deno.test("haltRuns() halts every run, each its own account, and tells which; one that is away spares none", async () => {
  const [one, two] = [await sample("one", "paper"), await sample("two", "fund")];
  const { steered, faults } = await haltRuns([one.run, gone, two.run], wish, parts);
  assert.equal((await one.ledger.control("paper"))?.state, "halted");
  assert.equal((await two.ledger.control("fund"))?.state, "halted");
  assert.deepEqual(faults.map(({ message }) => message), ["it is away"]);
  assert.deepEqual(steered.map((one) => describeNamed(one).split("\n").slice(0, 2)), [
    [
      "Run one (synthetic:A, A-1, A-2; account paper):",
      "paper is halted: no order is made from now on. Reason: maintenance",
    ],
    [
      "Run two (synthetic:A, A-1, A-2; account fund):",
      "fund is halted: no order is made from now on. Reason: maintenance",
    ],
  ]);
  assert.doesNotMatch(JSON.stringify(steered), /secret/);
});

Deno.test("resumeRun() resumes the one that is halted, and asks which where several are, or none", async () => {
  const [one, two] = [await sample("one", "paper"), await sample("two", "fund")];
  const both = [one.run, two.run];
  await assert.rejects(resumeRun(both, resume, parts), {
    name: "UsageError",
    message: "Cannot resume as one of these runs must be halted: none is\n" +
      "  one (synthetic:A, A-1, A-2; account paper)\n  two (synthetic:A, A-1, A-2; account fund)",
  });
  await haltRuns(both, wish, parts);
  await assert.rejects(resumeRun(both, resume, parts), /as --run must say which one: these are halted\n/);
  assert.equal((await resumeRun([two.run], resume, parts)).run?.name, "two");
  assert.equal((await resumeRun(both, resume, parts)).run?.name, "one");
});

Deno.test("runsToSteer() are all that live, the one that is named, or the one in the Redis of REDIS_URL", async () => {
  const root = await Deno.makeTempDir({ prefix: "rltrader-steer-" });
  try {
    const runs = join(root, ".rltrader/runs");
    const choose = async (url: string | undefined, name?: string) => {
      const { chosen, others } = await runsToSteer(root, (known) => known === "REDIS_URL" ? url : "", name);
      return {
        chosen: chosen.map(({ living }) => living?.name ?? null),
        others: others.map(({ name }) => name),
      };
    };
    await assert.rejects(choose(undefined), NoRunError);
    using first = await makeRunFolder(runs, 1_000, 1);
    using second = await makeRunFolder(runs, 2_000, 2);
    const [one, two] = ["1970-01-01T00-00-01-1", "1970-01-01T00-00-02-2"];
    const told = { pid: 1, startedMs: 1, feed: "sp500", symbols: [], account: "paper" };
    const locked = "redis://u:secret@db:6379/0";
    await writeRunDescription(first.path, { ...told, ...describeServer(locked) });
    assert.ok(second.path);
    assert.deepEqual(await choose(undefined), { chosen: [two, one], others: [] });
    assert.deepEqual(await choose(undefined, one), { chosen: [one], others: [two] });
    assert.deepEqual(await choose(locked), { chosen: [one], others: [two] });
    assert.deepEqual(await choose("redis://elsewhere:1"), { chosen: [null], others: [two, one] });
    await assert.rejects(choose(undefined, "none"), /as --run must name one that lives here: these live:\n/);
    const { chosen } = await runsToSteer(root, () => undefined, undefined);
    await assert.rejects(chosen[0].open(), /as its Redis must be known: it has none yet$/);
    await assert.rejects(chosen[1].open(), /db:6379\/0 asks for a password; name it with REDIS_URL$/);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
