import assert from "node:assert/strict";
import { feedStatus } from "../../core/contracts/feed_status.ts";
import { laneRecord } from "../../core/contracts/lane.ts";
import { controlAt, laneAt } from "../../core/redis/ledger_samples_testing.ts";
import { MemoryKeyspace } from "../../core/redis/memory_keyspace.ts";
import { MemoryLedger } from "../../core/redis/memory_ledger.ts";
import { MemoryStore } from "../../core/redis/memory_store.ts";
import { FEED } from "../run_samples_testing.ts";
import { type Reconciliation, reconciliations } from "../../core/contracts/venue.ts";
import { describeSteered, haltAccount, resumeAccount } from "./steer_account.ts";

/** A run with a lane that holds a piece of A-1 and has ordered another, and one that is flat. */
async function openSample() {
  const keyspace = new MemoryKeyspace();
  const store = new MemoryStore({ keyspace, onBadEntry: () => {} });
  const ledger = new MemoryLedger({ keyspace });
  await store.set(feedStatus(), FEED);
  const record = laneAt({ barMs: 5, version: 1, fence: 1 });
  const holding = {
    ...record.state,
    account: { ...record.state.account, quantity: "1.5" },
    pending: {
      decidedAtMs: 5,
      target: 0.5,
      stopDistance: null,
      takeDistance: null,
      isResize: true,
      isTrailing: false,
      limitPrice: null,
    },
  };
  await store.set(laneRecord("paper", "A-1"), { ...record, state: holding });
  await store.set(laneRecord("paper", "A-2"), record);
  const run = { store, ledger, server: "host:1" };
  return { ...run, steered: { run, account: "paper", configured: "paper", nowMs: 77 } };
}
const wish = { flatten: false, reason: "maintenance" };

Deno.test("haltAccount() halts, and tells what is held and what was ordered before", async () => {
  const { ledger, steered } = await openSample();
  const result = await haltAccount(steered, wish);
  assert.deepEqual(result, {
    account: "paper",
    before: null,
    control: controlAt(1, { reason: "maintenance", atMs: 77 }),
    lanes: [
      { symbol: "A-1", quantity: "1.5", pendingTarget: 0.5 },
      { symbol: "A-2", quantity: "0", pendingTarget: null },
    ],
  });
  assert.deepEqual(await ledger.control("paper"), result.control);
  assert.deepEqual(describeSteered(result).split("\n"), [
    "paper is halted: no order is made from now on. Reason: maintenance",
    "  A-1 holds 1.5 and keeps it, with its stops (--flatten closes it)",
    "  A-1 has an order to 50 % of equity from before, which fills at the next open",
    "deno task resume lets it trade again.",
  ]);
});

Deno.test("haltAccount() keeps on flattening once it was asked for, and not beyond a resume", async () => {
  const { steered } = await openSample();
  assert.equal((await haltAccount(steered, { ...wish, flatten: true })).control.flatten, true);
  const again = await haltAccount(steered, { ...wish, reason: "another" });
  assert.deepEqual([again.control.flatten, again.control.reason, again.control.revision], [
    true,
    "another",
    2,
  ]);
  assert.match(
    describeSteered(again),
    /but the way out.*\n {2}A-1 holds 1\.5: its next bar orders the way out/,
  );
  await resumeAccount(steered, "go");
  assert.equal((await haltAccount(steered, wish)).control.flatten, false);
});

Deno.test("resumeAccount() lets an account trade, counts the resumes, and says what it was", async () => {
  const { steered } = await openSample();
  const first = await resumeAccount(steered, "go");
  assert.deepEqual([first.control.state, first.control.resumes, first.control.revision], ["trading", 1, 1]);
  assert.equal(
    describeSteered(first),
    "paper trades (it was not halted). Daily loss and drawdown count from here.",
  );
  await haltAccount(steered, wish);
  const second = await resumeAccount(steered, "go on");
  assert.deepEqual([second.control.resumes, second.control.revision], [2, 3]);
  assert.match(describeSteered(second), /\(it was halted: maintenance\)/);
});

Deno.test("haltAccount() looks again where another process steered meanwhile, and gives up on one that never rests", async () => {
  const { ledger, steered, store } = await openSample();
  const steer = ledger.steer.bind(ledger);
  let races = 1;
  const racing = Object.assign(ledger, {
    steer: async (account: string, next: Parameters<typeof steer>[1]) => {
      if (races-- > 0) await steer(account, controlAt(next.revision, { state: "trading", resumes: 4 }));
      return await steer(account, next);
    },
  });
  const run = { ...steered.run, ledger: racing, store };
  const { before, control } = await haltAccount({ ...steered, run }, wish);
  assert.deepEqual([before?.revision, control.revision, control.resumes], [1, 2, 4]);
  races = Infinity;
  await assert.rejects(haltAccount({ ...steered, run }, wish), /must stand still: it changed 20 times/);
});

Deno.test("haltAccount() refuses a Redis without a run and an account without lanes, and changes nothing", async () => {
  const { ledger, store, steered } = await openSample();
  await assert.rejects(haltAccount({ ...steered, account: "other" }, wish), {
    name: "UnknownAccountError",
    message:
      "Cannot halt other as it must be an account of the run of synthetic:A: it has no lane there, and the run's own account " +
      "is paper",
  });
  assert.equal(await ledger.control("other"), null);
  const early = await haltAccount({ ...steered, account: "young", configured: "young" }, wish);
  assert.deepEqual(early.lanes, [], "the configured account may be halted before its first bar");
  await store.delete(feedStatus().key);
  await assert.rejects(resumeAccount(steered, "go"), {
    name: "NoRunError",
    message: "Cannot resume paper as Redis at host:1 must hold a run: it holds none",
  });
});

Deno.test("resumeAccount() asks which is right where venue and ledger differ, and writes the answer for the lane", async () => {
  const { store, ledger, steered } = await openSample();
  const map = reconciliations("paper");
  const differs: Reconciliation = {
    ...{ state: "differs", ledger: "1.5", venue: "0", strangers: ["x"], accept: null, atMs: 5 },
  };
  await store.setField(map, "A-1", differs);
  await store.setField(map, "A-2", { ...differs, state: "agrees" });
  await assert.rejects(resumeAccount(steered, "go"), {
    name: "NotReconciledError",
    message:
      "Cannot resume paper as somebody must say which is right, with --accept venue or --accept ledger:\n" +
      "  A-1: the venue holds 0, the ledger 1.5, open orders there that are not ours: 1",
  });
  assert.equal(await ledger.control("paper"), null);
  assert.equal((await resumeAccount(steered, "go", "ledger")).control.state, "trading");
  assert.deepEqual(await store.getField(map, "A-1"), { ...differs, accept: "ledger" });
  assert.equal((await store.getField(map, "A-2"))?.accept, null);
  await store.setField(map, "A-1", { ...differs, state: "agrees" });
  await assert.rejects(
    resumeAccount(steered, "go", "venue"),
    /as venue and ledger must differ: they do not$/,
  );
});
