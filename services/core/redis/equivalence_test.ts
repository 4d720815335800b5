/** The in-memory store and ledger answer like the real ones, whatever is asked of them in whatever order. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { barStream } from "../contracts/bar.ts";
import { decisionStream } from "../contracts/lane.ts";
import { serverForTests } from "../testing/redis_server.ts";
import { connectRedis } from "./connect.ts";
import type { Ledger } from "./ledger.ts";
import { commitOf, controlAt } from "./ledger_samples_testing.ts";
import { MemoryKeyspace } from "./memory_keyspace.ts";
import { MemoryLedger } from "./memory_ledger.ts";
import { MemoryStore } from "./memory_store.ts";
import { RedisLedger } from "./redis_ledger.ts";
import { RedisStore } from "./redis_store.ts";
import type { Store } from "./store.ts";
import { barAt, freshName } from "./store_conformance_testing.ts";

const server = serverForTests();
const RUNS = 100;

/** Runs the same steps on both and compares every answer. */
async function assertSame<Step>(
  steps: fc.Arbitrary<Step[]>,
  apply: (on: { store: Store; ledger: Ledger }, name: string, step: Step) => Promise<unknown>,
): Promise<void> {
  await using connection = await connectRedis({ url: server.url(), name: "test", onEvent: () => {} });
  const real = {
    store: new RedisStore({ connection, onBadEntry: () => {} }),
    ledger: new RedisLedger({ connection }),
  };
  await fc.assert(
    fc.asyncProperty(steps, async (list) => {
      const keyspace = new MemoryKeyspace();
      const fake = {
        store: new MemoryStore({ keyspace, onBadEntry: () => {} }),
        ledger: new MemoryLedger({ keyspace }),
      };
      const name = freshName();
      for (const step of list) {
        const answer = await apply(fake, name, step);
        assert.deepEqual(answer, await apply(real, name, step), JSON.stringify(step));
      }
    }),
    { numRuns: RUNS },
  );
}

const id = fc.tuple(fc.nat(12), fc.nat(3)).map(([ms, sequence]) => `${ms}-${sequence}`);
const newId = id.filter((value) => value !== "0-0");
const count = fc.integer({ min: 1, max: 5 });

Deno.test("MemoryStore answers like RedisStore", async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("append" as const), id: newId, limit: fc.option(count) }),
    fc.record({
      do: fc.constant("range" as const),
      after: fc.option(id),
      to: fc.option(id),
      count: fc.option(count),
    }),
    fc.record({ do: fc.constant("from" as const), from: id, to: fc.option(id) }),
    fc.record({ do: fc.constant("newest" as const), count }),
    fc.record({ do: fc.constant("trim" as const), id }),
    fc.record({ do: fc.constant("length" as const) }),
  );
  await assertSame(fc.array(step, { maxLength: 40 }), async ({ store }, name, step) => {
    const stream = barStream(name, "1d");
    const ids = (entries: { id: string }[]) => entries.map((entry) => entry.id);
    switch (step.do) {
      case "append":
        return await store.append(
          stream,
          step.id,
          barAt(1),
          step.limit === null ? undefined : { maxLength: step.limit },
        );
      case "range": {
        const { after, to, count } = step;
        return ids(
          await store.range(stream, {
            ...(after === null ? {} : { after }),
            ...(to === null ? {} : { to }),
            ...(count === null ? {} : { count }),
          }),
        );
      }
      case "from":
        return ids(
          await store.range(stream, { from: step.from, ...(step.to === null ? {} : { to: step.to }) }),
        );
      case "newest":
        return ids(await store.newest(stream, step.count));
      case "trim":
        return await store.trimBefore(stream, step.id);
      case "length":
        return await store.length(stream);
    }
  });
});

Deno.test("MemoryLedger answers like RedisLedger", async () => {
  const symbols = fc.subarray(["A", "B", "C", "D", "E"], { minLength: 1 });
  const replica = fc.constantFrom("r1", "r2", "r3");
  const step = fc.oneof(
    fc.record({ do: fc.constant("renew" as const), replica, symbols }),
    fc.record({ do: fc.constant("release" as const), replica }),
    fc.record({
      do: fc.constant("commit" as const),
      symbol: fc.constantFrom("A", "B"),
      barMs: fc.integer({ min: 1, max: 6 }),
      version: fc.integer({ min: 1, max: 4 }),
      fence: fc.integer({ min: 1, max: 4 }),
      fills: fc.nat(2),
      revision: fc.nat(2),
      breaks: fc.boolean(),
    }),
    fc.record({ do: fc.constant("steer" as const), revision: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ do: fc.constant("read" as const), symbol: fc.constantFrom("A", "B") }),
  );
  await assertSame(fc.array(step, { maxLength: 40 }), async ({ ledger, store }, account, step) => {
    switch (step.do) {
      case "renew":
        return await ledger.renewLeases({ account, ...step, ttlMs: 600_000 });
      case "release":
        return await ledger.releaseLeases({ account, replica: step.replica });
      case "commit":
        return await ledger.commit(commitOf({
          account,
          ...step,
          control: { revision: step.revision, next: step.breaks ? controlAt(step.revision + 1) : null },
        }));
      case "steer":
        return await ledger.steer(account, controlAt(step.revision));
      case "read":
        return [
          await ledger.load(account, step.symbol),
          await ledger.totals(account),
          await ledger.control(account),
          await store.length(decisionStream(account, step.symbol)),
        ];
    }
  });
});

Deno.test("renewLeases() never lets two replicas lead a symbol, and leaves none unled", async () => {
  const turn = fc.record({
    replica: fc.nat(3),
    act: fc.constantFrom("renew", "renew", "renew", "stop", "crash"),
    waitMs: fc.nat(700),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(turn, { maxLength: 60 }),
      fc.integer({ min: 1, max: 9 }),
      async (turns, size) => {
        const ttlMs = 1000;
        const symbols = Array.from({ length: size }, (_, index) => `S${index}`);
        const clock = { ms: 1 };
        const ledger = new MemoryLedger({ keyspace: new MemoryKeyspace({ nowMs: () => clock.ms }) });
        const held = new Map<string, { tokens: ReadonlyMap<string, number>; untilMs: number }>();
        const highest = new Map<string, number>();
        const renew = async (replica: string) => {
          const before = held.get(replica);
          const tokens = await ledger.renewLeases({ account: "a", replica, symbols, ttlMs });
          for (const [symbol, token] of tokens) {
            const kept = before?.tokens.get(symbol) === token;
            assert.ok(kept || token > (highest.get(symbol) ?? 0), "a token came back");
            highest.set(symbol, Math.max(token, highest.get(symbol) ?? 0));
          }
          held.set(replica, { tokens, untilMs: clock.ms + ttlMs });
          for (const [other, { tokens: theirs, untilMs }] of held) {
            if (other === replica || untilMs <= clock.ms) continue;
            for (const symbol of tokens.keys()) assert.ok(!theirs.has(symbol), `${symbol} has two leaders`);
          }
        };
        for (const { replica, act, waitMs } of turns) {
          const name = `r${replica}`;
          clock.ms += waitMs;
          if (act === "renew") await renew(name);
          else if (act === "stop") {
            await ledger.releaseLeases({ account: "a", replica: name });
            held.delete(name);
          }
        }
        clock.ms += ttlMs; // all who say nothing are gone by now
        for (let round = 0; round < 2; round++) for (const name of ["r0", "r1"]) await renew(name);
        const led = ["r0", "r1"].map((name) => held.get(name)!.tokens.size);
        assert.equal(led[0]! + led[1]!, size);
        assert.ok(Math.max(...led) <= Math.ceil(size / 2));
      },
    ),
    { numRuns: 300 },
  );
});
