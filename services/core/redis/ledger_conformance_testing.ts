/** What every {@link Ledger} must do; run against each. Uses fresh accounts, so that it can share a server. */
import assert from "node:assert/strict";
import { decisionStream, equityStream, fillStream, laneRecord, leaseKey } from "../contracts/lane.ts";
import { outboxStream } from "../contracts/venue.ts";
import type { Ledger } from "./ledger.ts";
import { testLedgerControl } from "./ledger_control_conformance_testing.ts";
import { commitOf, filled, laneAt, lead, LEASE_MS, totalAt } from "./ledger_samples_testing.ts";
import { freshName } from "./store_conformance_testing.ts";
import type { Store } from "./store.ts";

/** Two ledgers on the same data, as two processes have them, and a way to spoil the data. */
export interface OpenLedgers extends AsyncDisposable {
  readonly ledger: Ledger;
  readonly other: Ledger;
  readonly store: Store;
  setRaw(key: string, text: string): Promise<void>;
}
export type OpenLedgersForTest = () => Promise<OpenLedgers>;

export type LedgerTest = (
  behaviour: string,
  body: (opened: OpenLedgers, account: string) => Promise<void>,
) => void;

/** Registers the suite. @param name Begins the name of each test. */
export function testLedgerConformance(name: string, open: OpenLedgersForTest): void {
  const test: LedgerTest = (behaviour, body) =>
    Deno.test(`${name} ${behaviour}`, async () => {
      await using opened = await open();
      await body(opened, freshName());
    });
  testCommits(test);
  testRefusals(test);
  testLeases(test);
  testLedgerControl(test);
}

/** Everything that a commit could have written. */
async function written(store: Store, account: string, symbol = "SPX") {
  return {
    decisions: (await store.range(decisionStream(account, symbol))).map(({ id }) => id),
    fills: (await store.range(fillStream(account, symbol))).map(({ id }) => id),
    equity: (await store.range(equityStream(account, symbol))).map(({ id }) => id),
  };
}

function testCommits(test: LedgerTest): void {
  test("commit() writes record, decision, fills, equity and total together", async (opened, account) => {
    const { ledger, other, store } = opened;
    assert.equal(await ledger.load(account, "SPX"), null);
    assert.deepEqual(await ledger.totals(account), new Map());
    const fence = await lead(ledger, account, "SPX");
    const first = commitOf({ account, barMs: 86_400_000, version: 1, fence });
    assert.deepEqual(await ledger.commit(first), { outcome: "committed" });
    const second = commitOf({
      account,
      barMs: 1_587_081_600_000,
      version: 2,
      fence,
      fills: 2,
      equity: 101.25,
    });
    assert.deepEqual(await ledger.commit(second), { outcome: "committed" });

    assert.deepEqual(await other.load(account, "SPX"), second.record);
    assert.deepEqual(await written(store, account), {
      decisions: ["86400000-0", "1587081600000-0"],
      fills: ["1587081600000-0", "1587081600000-1"],
      equity: ["86400000-0", "1587081600000-0"],
    });
    const [decision] = await store.newest(decisionStream(account, "SPX"), 1);
    assert.deepEqual(decision!.value, second.decision);
    assert.deepEqual((await store.range(fillStream(account, "SPX"))).map(({ value }) => value), second.fills);
    assert.deepEqual((await store.newest(equityStream(account, "SPX"), 1))[0]!.value, second.equity);
    assert.deepEqual(await other.totals(account), new Map([["SPX", second.total]]));
  });

  test(
    "commit() writes the order for the venue with its bar, once",
    async ({ ledger, other, store }, account) => {
      const fence = await lead(ledger, account, "SPX");
      const ordered = commitOf({ account, barMs: 2_000, version: 1, fence, fills: 1, isOrdered: true });
      assert.deepEqual(await ledger.commit(ordered), { outcome: "committed" });
      assert.deepEqual(await other.commit(ordered), { outcome: "duplicate" });
      assert.deepEqual(await ledger.commit(commitOf({ account, barMs: 3_000, version: 2, fence })), {
        outcome: "committed",
      });
      const outbox = await store.range(outboxStream(account, "SPX"));
      assert.deepEqual(outbox.map(({ id, value }) => [id, value]), [["2000-0", ordered.intent]]);
      assert.deepEqual((await written(store, account)).decisions, ["2000-0", "3000-0"]);
    },
  );

  test(
    "commit() writes nothing where its order cannot be written",
    async ({ ledger, store, setRaw }, account) => {
      const fence = await lead(ledger, account, "SPX");
      const { key } = outboxStream(account, "SPX");
      const ordered = commitOf({ account, barMs: 2_000, version: 1, fence, isOrdered: true });
      await setRaw(key, "no stream");
      const refused = await ledger.commit(ordered);
      assert.ok(refused.outcome === "refused" && refused.rule === "store");
      assert.ok(
        refused.reason.includes(`bar 2000 as ${key} must be a stream: it is a string`),
        refused.reason,
      );
      await store.delete(key);
      await store.append(outboxStream(account, "SPX"), "2000-0", ordered.intent!);
      const late = await ledger.commit(ordered);
      assert.equal(late.outcome, "refused");
      assert.deepEqual(await written(store, account), { decisions: [], fills: [], equity: [] });
      const mixed = { ...ordered, intent: { ...ordered.intent!, barMs: 1_999 } };
      await assert.rejects(ledger.commit(mixed), /intent\.barMs must be record\.barMs 2000: it is 1999/);
    },
  );

  test(
    "commit() answers duplicate to a bar that was committed, and to an older one",
    async (opened, account) => {
      const { ledger, other, store } = opened;
      const fence = await lead(ledger, account, "SPX");
      const commit = commitOf({ account, barMs: 2000, version: 1, fence, fills: 1 });
      assert.deepEqual(await ledger.commit(commit), { outcome: "committed" });
      for (
        const again of [commit, commitOf({ account, barMs: 2000, version: 2, fence, fills: 1, equity: 5 })]
      ) {
        assert.deepEqual(await ledger.commit(again), { outcome: "duplicate" });
        assert.deepEqual(await other.commit(again), { outcome: "duplicate" });
      }
      assert.deepEqual(await ledger.commit(commitOf({ account, barMs: 1999, version: 2, fence })), {
        outcome: "duplicate",
      });
      assert.deepEqual(await ledger.load(account, "SPX"), commit.record);
      assert.deepEqual(await written(store, account), {
        decisions: ["2000-0"],
        fills: ["2000-0"],
        equity: ["2000-0"],
      });
      assert.deepEqual(await ledger.totals(account), new Map([["SPX", commit.total]]));
    },
  );

  test(
    "commit() lets exactly one of two racing ledgers have each bar",
    async ({ ledger, other, store }, account) => {
      const fence = await lead(ledger, account, "SPX");
      for (let version = 1; version <= 50; version++) {
        const barMs = version * 1000;
        const racers = [ledger, other, ledger, other].map((racer, index) =>
          racer.commit(commitOf({ account, barMs, version, fence, fills: 1, equity: index + 1 }))
        );
        const outcomes = (await Promise.all(racers)).map(({ outcome }) => outcome).sort();
        assert.deepEqual(outcomes, ["committed", "duplicate", "duplicate", "duplicate"]);
      }
      assert.equal(await store.length(decisionStream(account, "SPX")), 50);
      assert.equal(await store.length(fillStream(account, "SPX")), 50);
    },
  );

  test("commit() keeps lanes of one account apart", async ({ ledger }, account) => {
    const symbols = ["BTC/USDT", "SPX"];
    const tokens = await ledger.renewLeases({ account, replica: "r1", symbols, ttlMs: LEASE_MS });
    for (const symbol of symbols) {
      const commit = commitOf({ account, symbol, barMs: 1000, version: 1, fence: tokens.get(symbol)! });
      assert.deepEqual(await ledger.commit(commit), { outcome: "committed" });
    }
    assert.deepEqual(await ledger.totals(account), new Map(symbols.map((symbol) => [symbol, totalAt(1000)])));
  });

  test("commit() throws for a commit that contradicts itself", async ({ ledger, store }, account) => {
    const fence = await lead(ledger, account, "SPX");
    const good = commitOf({ account, barMs: 1000, version: 1, fence, fills: 1 });
    const wrong = [
      { ...good, expectedVersion: 1 },
      { ...good, symbol: "GOOG" },
      { ...good, account: "another" },
      { ...good, record: laneAt({ barMs: 2000, version: 1, fence }) },
      { ...good, record: laneAt({ barMs: 0, version: 1, fence }) },
      { ...good, fills: [filled({ account, barMs: 999 })] },
      { ...good, fills: Array.from({ length: 1_001 }, () => filled({ account, barMs: 1000 })) },
    ];
    for (const commit of wrong) await assert.rejects(async () => await ledger.commit(commit), RangeError);
    const invalid = { ...good, equity: { ...good.equity, close: -1 } };
    await assert.rejects(async () => await ledger.commit(invalid), TypeError);
    assert.deepEqual(await written(store, account), { decisions: [], fills: [], equity: [] });
  });
}

function testRefusals(test: LedgerTest): void {
  const nothing = { decisions: [], fills: [], equity: [] };

  test("commit() refuses another version than the stored one", async ({ ledger, store }, account) => {
    const fence = await lead(ledger, account, "SPX");
    const skipped = await ledger.commit(commitOf({ account, barMs: 1000, version: 2, fence }));
    assert.deepEqual(skipped, {
      outcome: "refused",
      rule: "version",
      reason:
        `Cannot commit ${account} SPX bar 1000 as {${account}}:lane:SPX must be at version 1: it is at 0`,
    });
    assert.deepEqual(await written(store, account), nothing);
    await ledger.commit(commitOf({ account, barMs: 1000, version: 1, fence }));
    const stale = await ledger.commit(commitOf({ account, barMs: 2000, version: 1, fence }));
    assert.equal(stale.outcome === "refused" && stale.rule, "version");
  });

  test("commit() refuses a token that is not the current one", async ({ ledger, other, store }, account) => {
    const old = await lead(ledger, account, "SPX", "r1");
    const without = commitOf({ account, symbol: "GOOG", barMs: 1000, version: 1, fence: old });
    const unled = await ledger.commit(without);
    assert.match(
      unled.outcome === "refused" ? unled.reason : "",
      /token of GOOG must be the current one, none: it is 1/,
    );

    await ledger.releaseLeases({ account, replica: "r1" });
    const current = await lead(other, account, "SPX", "r2");
    assert.ok(current > old);
    const stale = await ledger.commit(commitOf({ account, barMs: 1000, version: 1, fence: old }));
    assert.deepEqual(stale, {
      outcome: "refused",
      rule: "fence",
      reason:
        `Cannot commit ${account} SPX bar 1000 as the token of SPX must be the current one, ${current}: it is ${old}`,
    });
    assert.deepEqual(await written(store, account), nothing);
    const fresh = commitOf({ account, barMs: 1000, version: 1, fence: current });
    assert.deepEqual(await other.commit(fresh), { outcome: "committed" });
  });

  test("commit() writes nothing if any key is of another type", async ({ ledger, store, setRaw }, name) => {
    for (const part of ["decisions", "fills", "equity", "total"] as const) {
      const account = `${name}-${part}`;
      const fence = await lead(ledger, account, "SPX");
      const key = part === "total" ? `{${account}}:total` : `{${account}}:${part}:SPX`;
      await setRaw(key, "text");
      const result = await ledger.commit(commitOf({ account, barMs: 1000, version: 1, fence, fills: 1 }));
      assert.equal(result.outcome === "refused" && result.rule, "store", part);
      assert.match(
        result.outcome === "refused" ? result.reason : "",
        /must be a (stream|hash): it is a string/,
      );
      await store.delete(key);
      assert.deepEqual(await written(store, account), nothing);
      assert.equal(await ledger.load(account, "SPX"), null);
      assert.deepEqual(await ledger.totals(account), new Map());
    }
  });

  test("commit() refuses leases and lanes of another type", async ({ ledger, store, setRaw }, account) => {
    const { key, contract } = laneRecord(account, "SPX");
    const fence = await lead(ledger, account, "SPX");
    const commit = commitOf({ account, barMs: 1000, version: 1, fence });
    await store.setField({ key, contract }, "field", commit.record);
    const onLane = await ledger.commit(commit);
    assert.match(
      onLane.outcome === "refused" ? onLane.reason : "",
      /lane:SPX must be a string: it is a hash/,
    );
    await store.delete(key);
    await setRaw(leaseKey(account), "text");
    const onLease = await ledger.commit(commit);
    assert.match(
      onLease.outcome === "refused" ? onLease.reason : "",
      /leases must be a hash: it is a string/,
    );
    assert.deepEqual(await written(store, account), nothing);
  });

  test("commit() refuses a lane whose record is no record", async ({ ledger, store, setRaw }, account) => {
    const fence = await lead(ledger, account, "SPX");
    for (const text of ["{", "[]", "null", "7", '{"barMs":"1","version":1}', '{"barMs":1}']) {
      await setRaw(laneRecord(account, "SPX").key, text);
      const result = await ledger.commit(commitOf({ account, barMs: 1000, version: 1, fence }));
      assert.equal(result.outcome === "refused" && result.rule, "store", text);
    }
    await assert.rejects(async () => await ledger.load(account, "SPX"), { name: "ContractError" });
    assert.deepEqual(await written(store, account), nothing);
  });

  test(
    "commit() refuses a bar that a stream has passed, even if its entries are trimmed",
    async (opened, account) => {
      const { ledger, store } = opened;
      const fence = await lead(ledger, account, "SPX");
      const commit = commitOf({ account, barMs: 5000, version: 1, fence, fills: 1 });
      await store.append(fillStream(account, "SPX"), "5000-0", commit.fills[0]!);
      await store.trimBefore(fillStream(account, "SPX"), "9000-0");
      const result = await ledger.commit(commit);
      assert.equal(result.outcome === "refused" && result.rule, "store");
      assert.match(
        result.outcome === "refused" ? result.reason : "",
        /fills:SPX must end before 5000: it ends at 5000/,
      );
      assert.deepEqual(await written(store, account), nothing);
    },
  );
}

function testLeases(test: LedgerTest): void {
  const eight = ["H", "A", "G", "B", "F", "C", "E", "D"];
  const shareOf = async (
    ledger: Ledger,
    account: string,
    replica: string,
    symbols = eight,
  ) => [...(await ledger.renewLeases({ account, replica, symbols, ttlMs: LEASE_MS })).keys()];

  test("renewLeases() gives one replica everything, with steady tokens", async ({ ledger }, account) => {
    const first = await ledger.renewLeases({ account, replica: "r1", symbols: eight, ttlMs: LEASE_MS });
    assert.deepEqual(first, new Map([...eight].sort().map((symbol) => [symbol, 1])));
    const again = await ledger.renewLeases({ account, replica: "r1", symbols: eight, ttlMs: LEASE_MS });
    assert.deepEqual(again, first);
  });

  test(
    "renewLeases() shares 8 symbols 4 to 4 in one round, and stays there",
    async ({ ledger, other }, account) => {
      await shareOf(ledger, account, "r1");
      assert.deepEqual(await shareOf(other, account, "r2"), []);
      assert.deepEqual(await shareOf(ledger, account, "r1"), ["A", "B", "C", "D"]);
      assert.deepEqual(await shareOf(other, account, "r2"), ["E", "F", "G", "H"]);
      for (let round = 0; round < 3; round++) {
        assert.deepEqual(await shareOf(ledger, account, "r1"), ["A", "B", "C", "D"]);
        assert.deepEqual(await shareOf(other, account, "r2"), ["E", "F", "G", "H"]);
      }
    },
  );

  test(
    "renewLeases() moves as little as it must when replicas join and leave",
    async ({ ledger }, account) => {
      const replicas = ["r1", "r2", "r3"];
      const round = async () => {
        const held = [];
        for (const replica of replicas) held.push(await shareOf(ledger, account, replica));
        return held;
      };
      for (let count = 0; count < 3; count++) await round();
      const before = await round();
      assert.deepEqual(before.map((held) => held.length), [3, 3, 2]);
      assert.deepEqual(before.flat().sort(), [...eight].sort());
      await ledger.releaseLeases({ account, replica: "r2" });
      replicas.splice(1, 1);
      await round();
      const after = await round();
      assert.deepEqual(after.map((held) => held.length), [4, 4]);
      before[0]!.forEach((symbol) => assert.ok(after[0]!.includes(symbol)));
      before[2]!.forEach((symbol) => assert.ok(after[1]!.includes(symbol)));
    },
  );

  test("renewLeases() never gives out a token twice", async ({ ledger, store }, account) => {
    const seen = new Set<number>();
    for (let turn = 0; turn < 20; turn++) {
      const replica = `r${turn % 3}`;
      const token = await lead(ledger, account, "SPX", replica);
      assert.ok(token > Math.max(0, ...seen));
      seen.add(token);
      await ledger.releaseLeases({ account, replica });
    }
    await store.delete(`{${account}}:replicas`);
    assert.equal(await lead(ledger, account, "SPX"), 21);
  });

  test(
    "renewLeases() takes over when the holder stops, and not before",
    async ({ ledger, other }, account) => {
      const ttlMs = 300;
      const symbols = ["A", "B"];
      const old = await ledger.renewLeases({ account, replica: "r1", symbols, ttlMs });
      const renewedMs = performance.now();
      let taken: ReadonlyMap<string, number>;
      do { // the condition polled is the take-over itself
        taken = await other.renewLeases({ account, replica: "r2", symbols, ttlMs: LEASE_MS });
        assert.ok(performance.now() - renewedMs < 5_000, "nobody took over");
        await new Promise((resolve) => setTimeout(resolve, 5));
      } while (taken.size < 2);
      const tookMs = performance.now() - renewedMs;
      assert.ok(tookMs > ttlMs - 50 && tookMs < ttlMs + 500, `took over after ${tookMs} ms`);
      for (const symbol of symbols) assert.ok(taken.get(symbol)! > old.get(symbol)!);
      const late = await ledger.commit(
        commitOf({ account, symbol: "A", barMs: 1000, version: 1, fence: old.get("A")! }),
      );
      assert.equal(late.outcome === "refused" && late.rule, "fence");
    },
  );

  test(
    "renewLeases() counts a replica that joins late, and refuses bad requests",
    async ({ ledger }, account) => {
      const request = { account, replica: "r1", symbols: ["A"], ttlMs: LEASE_MS };
      await ledger.renewLeases(request);
      assert.deepEqual(await shareOf(ledger, account, "r1", ["A", "B", "B"]), ["A", "B"]);
      for (
        const wrong of [{ replica: "a|b" }, { replica: "" }, { symbols: [] }, { ttlMs: 0 }, { ttlMs: 1.5 }]
      ) {
        await assert.rejects(async () => await ledger.renewLeases({ ...request, ...wrong }), RangeError);
      }
    },
  );

  test("renewLeases() does not guess when a lease is damaged", async ({ ledger, store, setRaw }, account) => {
    const request = { account, replica: "r1", symbols: ["A"], ttlMs: LEASE_MS };
    await setRaw(leaseKey(account), "text");
    await assert.rejects(async () => await ledger.renewLeases(request), /must be a hash/);
    await store.delete(leaseKey(account));
    assert.deepEqual(await ledger.renewLeases(request), new Map([["A", 1]]));
  });
}
