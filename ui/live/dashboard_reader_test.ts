import { deepEqual, equal } from "node:assert/strict";
import { decisionStream, equityStream, fillStream } from "../../services/core/contracts/lane.ts";
import { MemoryKeyspace } from "../../services/core/redis/memory_keyspace.ts";
import { MemoryStore } from "../../services/core/redis/memory_store.ts";
import type { Store } from "../../services/core/redis/store.ts";
import { systemClock, until } from "../../services/core/runtime/clock.ts";
import { silentLog } from "../../services/core/runtime/log.ts";
import { FixtureRun } from "../testing/fixture_run.ts";
import { OutageStore } from "../testing/outage_store.ts";
import { stateOf } from "../testing/page_state.ts";
import { readDashboard } from "./dashboard_reader.ts";
import type { DashboardState } from "./dashboard_state.ts";
import { LIMITS } from "./messages.ts";

const DEADLINE = { deadlineMs: 10_000 };

/** Runs a test against readers of a store. */
async function reading(
  store: Store,
  test: (state: DashboardState) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const state = stateOf([], systemClock);
  const done = readDashboard(
    { store, state, clock: systemClock, log: silentLog, account: "paper" },
    stop.signal,
  );
  try {
    await test(state);
  } finally {
    stop.abort();
    await done;
  }
}

function memoryStore(): MemoryStore {
  return new MemoryStore({ keyspace: new MemoryKeyspace(), onBadEntry: () => {} });
}

Deno.test("readDashboard() shows history and what follows, each bar once", async () => {
  await using store = memoryStore();
  const run = new FixtureRun(store, { symbols: ["A-1", "B-1"] });
  await run.setup(true);
  await run.learn();
  await run.feed("live");
  await run.heartbeat("trainer", "learning");
  await run.quarantine("it is nan");
  for (let bar = 0; bar < 30; bar++) await run.bar();
  await reading(store, async (state) => {
    await until(systemClock, "history", () => state.lane("B-1").series.count === 30, DEADLINE);
    const last = (await run.bar()).get("B-1")!;
    const lane = state.lane("B-1");
    await until(systemClock, "the next bar", () => lane.series.count === 31, DEADLINE);
    await until(
      systemClock,
      "its decision",
      () => lane.recent().decisions[0]?.barMs === last.decision.barMs,
      DEADLINE,
    );
    const view = lane.view(Date.now());
    equal(view.latest?.equity, last.equity.equity);
    equal(view.latest?.buyAndHold, last.equity.buyAndHold);
    const { decisions } = lane.recent();
    equal(decisions.length, LIMITS.decisions);
    deepEqual(decisions[0]?.heads, last.decision.heads);
    equal("state" in decisions[0]!, false);
    await until(systemClock, "the documents", () => state.shared.quarantine.count === 1, DEADLINE);
    equal(state.shared.setup.length, 6);
    equal(state.shared.model.current?.version, run.version);
    equal(state.shared.model.metadata?.version, run.version);
    equal(state.shared.processes[0]?.id, "trainer");
    equal(state.shared.redis.state, "connected");
  });
});

Deno.test("readDashboard() starts a lane anew when its streams do", async () => {
  await using store = memoryStore();
  const run = new FixtureRun(store);
  await run.feed("live");
  for (let bar = 0; bar < 20; bar++) await run.bar();
  await reading(store, async (state) => {
    await until(systemClock, "history", () => state.lane("SPX").series.count === 20, DEADLINE);
    await store.delete(...[equityStream, decisionStream, fillStream].map((of) => of("paper", "SPX").key));
    const again = new FixtureRun(store, { seed: 11 });
    for (let bar = 0; bar < 3; bar++) await again.bar();
    const kept = await store.range(equityStream("paper", "SPX"));
    await until(systemClock, "the new run", () => state.lane("SPX").series.count === 3, DEADLINE);
    deepEqual(state.lane("SPX").series.equity, kept.map(({ value }) => value.equity));
    equal(state.lane("SPX").epoch > 1, true);
  });
});

Deno.test("readDashboard() starts every lane anew when a new run has already passed the old one", async () => {
  await using store = memoryStore();
  const run = new FixtureRun(store);
  for (let bar = 0; bar < 5; bar++) await run.bar();
  await run.feed("live");
  const outage = new OutageStore(store);
  await reading(outage.asStore(), async (state) => {
    await until(systemClock, "history", () => state.lane("SPX").series.count === 5, DEADLINE);
    outage.goAway();
    await store.delete(...[equityStream, decisionStream, fillStream].map((of) => of("paper", "SPX").key));
    const again = new FixtureRun(store, { seed: 11 });
    await again.feed("waiting");
    outage.comeBack();
    await until(systemClock, "the new feed", () => state.shared.feed?.liveBars === 0, DEADLINE);
    for (let bar = 0; bar < 9; bar++) await again.bar();
    const kept = await store.range(equityStream("paper", "SPX"));
    await until(systemClock, "the new run", () => state.lane("SPX").series.count === 9, DEADLINE);
    deepEqual(state.lane("SPX").series.equity, kept.map(({ value }) => value.equity));
  });
});

Deno.test("readDashboard() says that the server is away, and goes on without a gap", async () => {
  await using store = memoryStore();
  const run = new FixtureRun(store);
  await run.feed("live");
  await run.bar();
  const outage = new OutageStore(store);
  await reading(outage.asStore(), async (state) => {
    await until(systemClock, "the first bar", () => state.lane("SPX").series.count === 1, DEADLINE);
    outage.goAway();
    await until(systemClock, "the outage", () => state.shared.redis.state === "lost", DEADLINE);
    for (let bar = 0; bar < 5; bar++) await run.bar();
    outage.comeBack();
    await until(systemClock, "the return", () => state.shared.redis.state === "connected", DEADLINE);
    await until(systemClock, "the bars", () => state.lane("SPX").series.count === 6, DEADLINE);
    const kept = await store.range(equityStream("paper", "SPX"));
    deepEqual(state.lane("SPX").series.equity, kept.map(({ value }) => value.equity));
  });
});
