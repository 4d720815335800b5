import assert from "node:assert/strict";
import { barStream } from "../contracts/bar.ts";
import { experienceStream } from "../contracts/experience.ts";
import { type FeedStatus, feedStatus } from "../contracts/feed_status.ts";
import { featureSnapshot } from "../contracts/feature_snapshot.ts";
import { ticketStream } from "../contracts/learning.ts";
import { quarantineStream } from "../contracts/system.ts";
import { StateBuilder } from "../features/state_builder.ts";
import type { MemoryStore } from "../redis/memory_store.ts";
import type { Store } from "../redis/store.ts";
import { DirtTally } from "./dirt_tally.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import type { Feed } from "./feed.ts";
import type { Market } from "./market.ts";
import { BARRIER_EVERY_BARS } from "./tickets.ts";
import { ReplayedMarket } from "./replayed_market.ts";
import { Schedule } from "./schedule.ts";
import { dyingStore, eventually, FEATURES, feedWith, HISTORY, World } from "./market_process_testing.ts";

const timesOf = (feed: Feed, symbol: string) => [...feed.bars(symbol)].map((bar) => bar.openTimeMs);

/** Every bar and every possible step is there, once, in order; a step's reward ends where its exit bar opens. */
async function checkComplete(world: World): Promise<void> {
  for (const symbol of world.feed.symbols) {
    const times = timesOf(world.feed, symbol);
    const bars = (await world.store.range(barStream(symbol, "1d"))).map(({ value }) => value.bar);
    assert.deepEqual(bars, [...world.feed.bars(symbol)]);
    assert.deepEqual(await world.liveBars(symbol), times.filter((time) => time > HISTORY));
    const steps = await world.steps(symbol);
    const warm = times.slice(new StateBuilder(FEATURES).barsNeeded - 1, -2);
    assert.deepEqual(steps, warm, symbol);
    for (const { value } of await world.store.range(experienceStream("paper", symbol))) {
      const at = times.indexOf(value.barMs);
      assert.equal(value.next.openTimeMs, times[at + 1]);
      assert.equal(value.exitOpen, world.feed.bars(symbol).at(at + 2).open);
      assert.equal(value.phase, value.barMs <= HISTORY ? "bootstrap" : "live");
      if (value.phase === "live") assert.equal(value.decision?.id, `paper:${symbol}:${value.barMs}`);
    }
  }
}

Deno.test("MarketProcess publishes every bar and keeps every step once, from bootstrapping over waiting and live to ended", async () => {
  const world = new World(feedWith(80));
  const states: string[] = [];
  const store: Store = new Proxy(world.store, {
    get(target, name) {
      const method = Reflect.get(target, name).bind(target);
      if (name !== "set") return method;
      return (document: { key: string }, value: FeedStatus) => {
        if (document.key === feedStatus().key && states.at(-1) !== value.state) states.push(value.state);
        return method(document, value);
      };
    },
  });
  await world.serve(world.process({ store }).run(new AbortController().signal));
  await checkComplete(world);
  assert.deepEqual(states, ["bootstrapping", "waiting", "live", "ended"]);
  const { liveBars, plannedLiveBars, bootstrapBars, firstLiveMs } = (await world.status())!;
  assert.deepEqual([liveBars, plannedLiveBars, bootstrapBars, firstLiveMs], [60, 60, HISTORY, HISTORY + 1]);
});

Deno.test("MarketProcess publishes no live bar before there is a model", async () => {
  const world = new World(feedWith(40));
  const stop = new AbortController();
  let polls = 0;
  const running = world.process({
    store: new Proxy(world.store, {
      get(target, name) {
        if (name === "get") polls++;
        return Reflect.get(target, name).bind(target);
      },
    }),
  }).run(stop.signal);
  await eventually("it waits", async () => polls > 20 && (await world.status())?.state === "waiting");
  assert.deepEqual(await world.liveBars("A"), []);
  const [ticket] = await world.store.range(ticketStream());
  // the last two steps of history end on live bars; B has no bar at 7 and 14
  assert.deepEqual(ticket.value, {
    kind: "bootstrap",
    barMs: HISTORY,
    steps: { A: HISTORY - 2, B: HISTORY - 2 },
  });
  stop.abort();
  await assert.rejects(running, { name: "AbortError" });
});

Deno.test("MarketProcess publishes as many live bars as it is asked for, and no more", async () => {
  const world = new World(feedWith(80));
  await world.serve(world.process({}, 15).run(new AbortController().signal));
  assert.deepEqual(await world.liveBars("A"), Array.from({ length: 15 }, (_, index) => HISTORY + 1 + index));
  assert.equal((await world.status())?.liveBars, 15);
  assert.equal((await world.status())?.state, "ended");
});

Deno.test("MarketProcess stays at most maxLeadBars ahead of the slowest lane, then goes on", async () => {
  for (const maxLeadBars of [1, 8]) {
    const world = new World(feedWith(60));
    await world.adopt(0);
    const running = world.process({ maxLeadBars }).run(new AbortController().signal);
    const lastOf = async (symbol: string) => (await world.liveBars(symbol)).at(-1) ?? HISTORY;
    await eventually("it is ahead", async () => await lastOf("A") === HISTORY + maxLeadBars);
    for (let t = HISTORY + 1; t <= HISTORY + 10; t++) await world.decide("A", t); // B is still where it was
    const full = timesOf(world.feed, "B").filter((time) => time > HISTORY)[maxLeadBars - 1];
    await eventually("it has read", async () => (await world.steps("A")).at(-1) === full - 2);
    assert.equal(await lastOf("A"), full);
    assert.equal(await lastOf("B"), full);
    await world.serve(running);
    await checkComplete(world);
  }
});

Deno.test("MarketProcess holds as many undecided bars as it may be ahead", async () => {
  const lead = 4_200; // more than pairing holds by itself
  const world = new World(feedWith(HISTORY + lead, ["A"]));
  await world.adopt(0);
  const running = world.process({ maxLeadBars: lead }).run(new AbortController().signal);
  await eventually("all are published", async () => (await world.status())?.liveBars === lead);
  await world.serve(running);
  assert.equal((await world.steps("A")).at(-1), HISTORY + lead - 2);
});

Deno.test("MarketProcess in lockstep lets all lanes that share limits decide a bar before the next one comes", async () => {
  const world = new World(feedWith(HISTORY + 12));
  await world.adopt(HISTORY);
  const parts = { lockstep: true, sharesLimits: true };
  const running = world.process(parts).run(new AbortController().signal);
  const lastOf = async (symbol: string) => (await world.liveBars(symbol)).at(-1);
  for (let t = HISTORY + 1; t <= HISTORY + 5; t++) {
    const both = timesOf(world.feed, "B").includes(t);
    await eventually(`bar ${t}`, async () => await lastOf("A") === t && (!both || await lastOf("B") === t));
    await world.decide("A", t);
    if (!both) continue;
    await eventually("it is paired", async () => (await world.steps("A")).at(-1) === t - 2);
    assert.equal(await lastOf("A"), t, "B has not decided");
    await world.decide("B", t);
  }
  await world.serve(running);
  await checkComplete(world);
});

Deno.test("MarketProcess in lockstep asks for a version after every 100 decided bars, and waits for it", async () => {
  const world = new World(feedWith(HISTORY + 2 * BARRIER_EVERY_BARS, ["A"]));
  await world.adopt(HISTORY);
  const running = world.process({ lockstep: true, maxLeadBars: 500 }).run(new AbortController().signal);
  const barrier = HISTORY + BARRIER_EVERY_BARS;
  await eventually("the barrier", async () => (await world.liveBars("A")).length === BARRIER_EVERY_BARS);
  for (let t = HISTORY + 1; t < barrier; t++) await world.decide("A", t);
  await eventually("it has read", async () => (await world.steps("A")).at(-1) === barrier - 2);
  assert.equal((await world.store.range(ticketStream())).length, 1, "a bar is not decided yet");
  await world.decide("A", barrier);
  await eventually("the ticket", async () => (await world.store.range(ticketStream())).length === 2);
  const [, ticket] = await world.store.range(ticketStream());
  assert.deepEqual(ticket.value, { kind: "barrier", barMs: barrier, steps: { A: barrier - 2 } });
  await world.adopt(barrier - 1);
  assert.equal((await world.liveBars("A")).length, BARRIER_EVERY_BARS);
  await world.serve(running);
  await checkComplete(world);
  assert.equal((await world.store.range(ticketStream())).length, 2, "nothing follows the last barrier");
});

/** A candidate is in the shadow from the first live bar on. */
const SHADOW = { version: "m-0123456789abcdef", afterMs: HISTORY, bars: 5 };

Deno.test("MarketProcess in lockstep asks what follows once a candidate has decided its bars in the shadow", async () => {
  const world = new World(feedWith(HISTORY + 20));
  await world.judge(HISTORY, SHADOW);
  const running = world.process({ lockstep: true }).run(new AbortController().signal);
  const kinds = async () => (await world.store.range(ticketStream())).map(({ value }) => value.kind);
  const decideAll = async () => {
    for (const symbol of world.feed.symbols) {
      for (const barMs of await world.liveBars(symbol)) await world.decide(symbol, barMs);
    }
    return (await kinds()).length > 1;
  };
  await eventually("the ticket", decideAll);
  assert.deepEqual(await kinds(), ["bootstrap", "shadow"]);
  assert.equal((await world.store.newest(ticketStream(), 1))[0].id, `${HISTORY + 5}-1`);
  assert.deepEqual(await world.liveBars("A"), [1, 2, 3, 4, 5].map((day) => HISTORY + day), "it waits");
  await world.serve(running);
  await checkComplete(world);
  assert.equal((await kinds()).length, 2);
});

Deno.test("MarketProcess that is killed around the end of a shadow asks once, before the next bar", async () => {
  const make = async () => {
    const world = new World(feedWith(HISTORY + 9, ["A"]));
    await world.adopt(HISTORY);
    await world.judge(HISTORY, SHADOW);
    return world;
  };
  const tickets = async (world: World) => (await world.store.range(ticketStream())).map(({ id }) => id);
  const steady = await make();
  const names: string[] = [];
  const counting = countingStore(steady.store, (name) => names.push(name));
  await steady.serve(steady.process({ lockstep: true, store: counting }).run(new AbortController().signal));
  assert.deepEqual(await tickets(steady), [`${HISTORY}-0`, `${HISTORY + 5}-1`]);
  for (let writes = 1; writes <= names.length; writes++) {
    for (const isDone of [false, true]) {
      const world = await make();
      const store = dyingStore(world.store, writes, isDone);
      const killed = world.process({ lockstep: true, store }).run(new AbortController().signal);
      await world.serve(killed).catch((error) => assert.equal((error as Error).message, "killed"));
      await world.serve(world.process({ lockstep: true }).run(new AbortController().signal));
      await checkComplete(world);
      assert.deepEqual(await tickets(world), await tickets(steady), `killed at write ${writes}`);
    }
  }
});

Deno.test("MarketProcess waits at no barrier where nobody learns, or learns freely; also after a restart at one", async () => {
  for (const changes of [{ lockstep: true, frozen: true }, { lockstep: false }]) {
    const world = new World(feedWith(HISTORY + 2 * BARRIER_EVERY_BARS, ["A"]));
    await world.adopt(HISTORY);
    const first = world.process(changes, BARRIER_EVERY_BARS).run(new AbortController().signal);
    await world.serve(first);
    await world.serve(world.process(changes).run(new AbortController().signal));
    await checkComplete(world);
    assert.equal((await world.store.range(ticketStream())).length, 1);
  }
});

/** A store that names each write to a watcher. */
function countingStore(store: MemoryStore, onWrite: (name: string) => void): Store {
  return new Proxy(store, {
    get(target, name) {
      const method = Reflect.get(target, name).bind(target);
      if (name !== "append" && name !== "appendAll" && name !== "set") return method;
      return (...args: unknown[]) => {
        onWrite(name);
        return method(...args);
      };
    },
  });
}

Deno.test("MarketProcess that is killed at any write goes on without a doubled or missing bar or step", async () => {
  for (const isDone of [false, true]) {
    for (let writes = 1; writes < 230; writes += 1 + Math.floor(writes / 6)) {
      const world = new World(feedWith(60));
      const killed = world.process({ store: dyingStore(world.store, writes, isDone) }).run(
        new AbortController().signal,
      );
      await world.serve(killed).catch((error) => assert.equal((error as Error).message, "killed"));
      await world.serve(world.process().run(new AbortController().signal));
      await checkComplete(world);
      assert.equal((await world.status())?.liveBars, 40);
    }
  }
});

Deno.test("MarketProcess that is killed around a barrier asks for the same version once, before the next bar", async () => {
  const make = () => new World(feedWith(HISTORY + BARRIER_EVERY_BARS + 5, ["A"]));
  const tickets = async (world: World) => (await world.store.range(ticketStream())).map(({ value }) => value);
  const steady = make();
  const names: string[] = [];
  const counting = countingStore(steady.store, (name) => names.push(name));
  await steady.serve(steady.process({ lockstep: true, store: counting }).run(new AbortController().signal));
  const asked = names.lastIndexOf("append") + 1;
  for (let writes = asked - 4; writes <= asked + 3; writes++) {
    for (const isDone of [false, true]) {
      const world = make();
      const store = dyingStore(world.store, writes, isDone);
      const killed = world.process({ lockstep: true, store }).run(new AbortController().signal);
      await world.serve(killed).catch((error) => assert.equal((error as Error).message, "killed"));
      await world.serve(world.process({ lockstep: true }).run(new AbortController().signal));
      await checkComplete(world);
      assert.deepEqual(await tickets(world), await tickets(steady));
    }
  }
});

Deno.test("MarketProcess refuses a database that holds another run, and changes nothing", async () => {
  const world = new World(feedWith(60));
  await world.serve(world.process({}, 5).run(new AbortController().signal));
  const before = await world.status();
  for (const [changes, feed] of [[{ lockstep: true }, world.feed], [{}, feedWith(60, ["A"])]] as const) {
    const other = new World(feed);
    await assert.rejects(
      other.process({ ...changes, store: world.store }).run(new AbortController().signal),
      /^RangeError: Cannot publish test \(.+\) as the database must be empty or hold the same run: it holds test \(A, B;/,
    );
  }
  assert.deepEqual(await world.status(), before);
});

Deno.test("MarketProcess keeps what its feed put aside in the quarantine, and counts it", async () => {
  const tally = new DirtTally("test", 10);
  tally.add("quarantine", {
    rule: "jump",
    source: "x.csv:7",
    entry: "A",
    reason: "jump: column close must be near: it is far",
    content: "close 7",
  });
  const feed = { ...feedWith(30), dirt: tally };
  const world = new World(feed);
  const figures: Record<string, number>[] = [];
  const process = world.process({ onProgress: (_, said) => void figures.push(said) });
  await world.adopt(0);
  await world.serve(process.run(new AbortController().signal));
  const [entry, ...more] = await world.store.range(quarantineStream());
  assert.deepEqual([entry.value.source, entry.value.reason, more.length], [
    "x.csv:7",
    "jump: column close must be near: it is far",
    0,
  ]);
  assert.deepEqual([figures.at(-1)?.quarantined, figures.at(-1)?.dirt_jump], [1, 1]);
});

/** A market whose history is longer than what is worth a snapshot. */
function longMarket(feed: Feed, history: number): Market {
  const schedule = new Schedule(feed, { bootstrapShare: history / feed.bars("A").length });
  return new ReplayedMarket({ feed, schedule, speed: "max", clock: new ManualClock({ jumps: true }) });
}

Deno.test("MarketProcess leaves its features after the last bar of history, and goes on from them after a restart", async () => {
  const feed = feedWith(420, ["A"]);
  const [world, restarted] = [new World(feed), new World(feed)];
  const kept = async () => (await restarted.store.get(featureSnapshot("A", "1d")))?.barMs;
  await world.serve(world.process({ market: longMarket(feed, 400) }).run(new AbortController().signal));
  const stop = new AbortController();
  const first = restarted.process({ market: longMarket(feed, 400) }).run(stop.signal);
  await eventually("the ticket", async () => await restarted.store.length(ticketStream()) === 1);
  assert.equal(await kept(), 400);
  await restarted.answer();
  await eventually("live steps", async () => {
    await restarted.answer(408);
    return (await restarted.steps("A")).at(-1)! >= 404;
  });
  stop.abort();
  await first.catch(() => {});
  let built = 0;
  const makeStateBuilder = () => {
    const builder = new StateBuilder(FEATURES);
    const push = builder.push.bind(builder);
    builder.push = (bar) => (built++, push(bar));
    return builder;
  };
  const market = longMarket(feed, 400);
  await restarted.serve(restarted.process({ market, makeStateBuilder }).run(new AbortController().signal));
  assert.ok(built <= 20, `${built} bars went through the features again`);
  const stepsOf = ({ store }: World) => store.range(experienceStream("paper", "A"));
  assert.deepEqual(await stepsOf(restarted), await stepsOf(world));
});

Deno.test("MarketProcess tells of every bar where the store may be full, and waits before the next", async () => {
  const world = new World(feedWith(40, ["A"]));
  const waiting: (() => void)[] = [];
  const said: string[] = [];
  let told = 0;
  const added = (bars: number, onFull: (keys: readonly string[]) => void) => {
    told += bars;
    if (told !== 25) return Promise.resolve();
    onFull(["experience:paper:A"]);
    return new Promise<void>((resolve) => waiting.push(resolve));
  };
  const onProgress = (activity: string) => said.push(activity);
  const running = world.process({ archivist: { added }, onProgress }).run(new AbortController().signal);
  await eventually("a full store", async () => (await world.answer(), waiting.length === 1));
  for (let look = 0; look < 20; look++) await world.answer();
  assert.deepEqual((await world.liveBars("A")).length, 5, "nothing is added meanwhile");
  assert.ok(said.includes("waiting until experience:paper:A is read"));
  waiting[0]!();
  await world.serve(running);
  assert.equal(told, 40);
});
