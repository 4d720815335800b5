/** What every {@link Ledger} must do with the control of an account: part of its conformance suite. */
import assert from "node:assert/strict";
import { controlDocument } from "../contracts/control.ts";
import { decisionStream } from "../contracts/lane.ts";
import type { LedgerTest } from "./ledger_conformance_testing.ts";
import { commitOf, controlAt, lead, LEASE_MS } from "./ledger_samples_testing.ts";

export function testLedgerControl(test: LedgerTest): void {
  test("steer() changes the control from the revision before, and nothing else", async (opened, account) => {
    const { ledger, other } = opened;
    assert.equal(await ledger.control(account), null);
    assert.equal(await ledger.steer(account, controlAt(2)), false);
    assert.equal(await ledger.steer(account, controlAt(1)), true);
    assert.equal(await other.steer(account, controlAt(1, { reason: "late" })), false);
    assert.deepEqual(await other.control(account), controlAt(1));
    assert.equal(await other.steer(account, controlAt(2, { state: "trading" })), true);
    assert.deepEqual(await ledger.control(account), controlAt(2, { state: "trading" }));
    assert.equal(await ledger.control(`${account}x`), null);
  });

  test("steer() lets exactly one of many racers have each revision", async ({ ledger, other }, account) => {
    for (let revision = 1; revision <= 20; revision++) {
      const racers = [ledger, other, ledger, other].map((racer, index) =>
        racer.steer(account, controlAt(revision, { reason: `racer ${index}` }))
      );
      assert.deepEqual((await Promise.all(racers)).sort(), [false, false, false, true]);
    }
  });

  test(
    "commit() refuses what was decided under another control, and writes nothing",
    async ({ ledger, other, store }, account) => {
      const fence = await lead(ledger, account, "SPX");
      const commit = commitOf({ account, barMs: 1000, version: 1, fence, fills: 1 });
      await other.steer(account, controlAt(1));
      assert.deepEqual(await ledger.commit(commit), {
        outcome: "refused",
        rule: "control",
        reason:
          `Cannot commit ${account} SPX bar 1000 as control:{${account}} must be at revision 0: it is at 1`,
      });
      const early = await ledger.commit({ ...commit, control: { revision: 2, next: null } });
      assert.equal(early.outcome === "refused" && early.rule, "control");
      assert.equal(await store.length(decisionStream(account, "SPX")), 0);
      assert.equal(await ledger.load(account, "SPX"), null);
      const again = { ...commit, control: { revision: 1, next: null } };
      assert.deepEqual(await ledger.commit(again), { outcome: "committed" });
    },
  );

  test("commit() changes the control with the bar whose close broke a limit", async (opened, account) => {
    const { ledger, other } = opened;
    const tokens = await ledger.renewLeases({ account, replica: "r1", symbols: ["A", "B"], ttlMs: LEASE_MS });
    const commit = (
      symbol: string,
      control: { revision: number; next: ReturnType<typeof controlAt> | null },
    ) => commitOf({ account, symbol, barMs: 1000, version: 1, fence: tokens.get(symbol)!, control });
    const halt = controlAt(1, { by: "risk limit", barMs: 1000 });
    assert.deepEqual(await ledger.commit(commit("A", { revision: 0, next: halt })), { outcome: "committed" });
    assert.deepEqual(await other.control(account), halt);
    const second = controlAt(1, { reason: "B broke it too" });
    const late = await other.commit(commit("B", { revision: 0, next: second }));
    assert.equal(late.outcome === "refused" && late.rule, "control");
    assert.deepEqual(await other.control(account), halt);
    const resent = await ledger.commit(commit("A", { revision: 0, next: halt }));
    assert.deepEqual(resent, { outcome: "duplicate" });
  });

  test(
    "commit() and steer() never let a halt be overtaken by a commit",
    async ({ ledger, other }, account) => {
      const fence = await lead(ledger, account, "SPX");
      for (let version = 1; version <= 30; version++) {
        const revision = version - 1;
        const control = { revision, next: null };
        const commit = commitOf({ account, barMs: version * 1000, version, fence, control });
        const [steered, result] = await Promise.all([
          other.steer(account, controlAt(version)),
          ledger.commit(commit),
        ]);
        assert.equal(steered, true);
        if (result.outcome === "committed") continue;
        assert.equal(result.outcome === "refused" && result.rule, "control");
        const again = { ...commit, control: { revision: version, next: null } };
        assert.deepEqual(await ledger.commit(again), { outcome: "committed" });
      }
    },
  );

  test("commit() and steer() do not guess what a damaged control means", async (opened, account) => {
    const { ledger, store, setRaw } = opened;
    const fence = await lead(ledger, account, "SPX");
    const { key, contract } = controlDocument(account);
    for (const text of ["{", "[]", "null", "7", '{"revision":"1"}']) {
      await setRaw(key, text);
      const result = await ledger.commit(commitOf({ account, barMs: 1000, version: 1, fence }));
      assert.equal(result.outcome === "refused" && result.rule, "store", text);
      assert.match(result.outcome === "refused" ? result.reason : "", /must hold a control: it holds/);
      await assert.rejects(async () => await ledger.steer(account, controlAt(1)), /must hold a control/);
      await assert.rejects(async () => await ledger.control(account), { name: "ContractError" });
    }
    await store.delete(key);
    await store.setField({ key, contract }, "field", controlAt(1));
    const wrong = await ledger.commit(commitOf({ account, barMs: 1000, version: 1, fence }));
    assert.match(wrong.outcome === "refused" ? wrong.reason : "", /must be a string: it is a hash/);
  });

  test("commit() throws for a next control that skips a revision", async ({ ledger }, account) => {
    const fence = await lead(ledger, account, "SPX");
    const control = { revision: 0, next: controlAt(3) };
    const commit = commitOf({ account, barMs: 1000, version: 1, fence, control });
    await assert.rejects(async () => await ledger.commit(commit), {
      name: "RangeError",
      message: /the next control must be of revision 1: it is 3/,
    });
  });
}
