import assert from "node:assert/strict";
import type { Bar } from "../../contracts/bar.ts";
import { type Tick, tickStream } from "../../contracts/tick.ts";
import { MemoryKeyspace } from "../../redis/memory_keyspace.ts";
import { MemoryStore } from "../../redis/memory_store.ts";
import type { BadEntry } from "../../redis/store.ts";
import { systemClock, until } from "../../runtime/clock.ts";
import { ManualClock } from "../../testing/manual_clock.ts";
import { at, MINUTE } from "./live_market_testing.ts";
import { TickSource } from "./tick_source.ts";

const GRACE = 500;
const AHEAD = 1_000;

const eventually = (what: string, condition: () => boolean | Promise<boolean>) =>
  until(systemClock, what, condition, { deadlineMs: 5_000, everyMs: 1 });

class World {
  readonly clock = new ManualClock({ startMs: at(0) });
  readonly bad: BadEntry[] = [];
  readonly bars: [symbol: string, index: number, Bar][] = [];
  readonly store = new MemoryStore({
    keyspace: new MemoryKeyspace(),
    onBadEntry: (bad) => this.bad.push(bad),
  });
  #sequence = 0;

  source(symbols: readonly string[] = ["A", "B"]): TickSource {
    return new TickSource({
      symbols,
      timeframe: "1m",
      graceMs: GRACE,
      aheadMs: AHEAD,
      store: this.store,
      clock: this.clock,
      quarantine: (bad) => this.bad.push(bad),
    });
  }

  /** Puts a tick in, as it arrives `delayMs` after its time. */
  async put(symbol: string, timeMs: number, price: number, delayMs = 0, tradeId?: string): Promise<void> {
    const tick: Tick = { timeMs, price, size: 1, ...(tradeId === undefined ? {} : { tradeId }) };
    await this.store.append(tickStream(symbol), `${timeMs + delayMs}-${this.#sequence++}`, tick);
  }

  /** Runs a test on a source that is followed. */
  async followed(
    nextMs: Record<string, number | null>,
    test: (source: TickSource) => Promise<unknown>,
  ): Promise<void> {
    const source = this.source(Object.keys(nextMs));
    const stop = new AbortController();
    const following = source.follow(
      new Map(Object.entries(nextMs)),
      (symbol, bar) => this.bars.push([symbol, (bar.openTimeMs! - at(0)) / MINUTE, bar as Bar]),
      stop.signal,
    );
    try {
      await test(source);
    } finally {
      stop.abort();
      await following;
    }
  }

  given(): string[] {
    return this.bars.splice(0).map(([symbol, index, bar]) => `${symbol} ${index} ${bar.open}-${bar.close}`);
  }
}

Deno.test("TickSource makes bars of what is put in, each symbol by itself, by later ticks or by the clock", async () => {
  const world = new World();
  await world.followed({ A: at(0), B: at(0) }, async () => {
    await world.put("A", at(0), 1);
    await world.put("B", at(0) + 10, 7);
    await world.put("A", at(1) - 1, 2);
    await world.put("A", at(1) + GRACE, 3);
    await eventually("a bar of A", () => world.bars.length === 1);
    assert.deepEqual(world.given(), ["A 0 1-2"]);
    world.clock.advance(MINUTE + GRACE);
    await eventually("a bar of B", () => world.bars.length === 1);
    assert.deepEqual(world.given(), ["B 0 7-7"]);
  });
});

Deno.test("TickSource reads the ticks of the first unpublished bar again after a restart, and makes the same bars", async () => {
  const ticks = Array.from({ length: 240 }, (_, index) => [at(0) + index * 1_003, index + 1] as const);
  const steady = new World();
  for (const [timeMs, price] of ticks) await steady.put("A", timeMs, price, 300);
  steady.clock.advance(4 * MINUTE + GRACE);
  await steady.followed({ A: at(0) }, () => eventually("all bars", () => steady.bars.length === 4));
  const whole = steady.given();
  for (let published = 1; published < 4; published++) {
    await steady.followed(
      { A: at(published) },
      () => eventually("the rest", () => steady.bars.length === 4 - published),
    );
    assert.deepEqual(steady.given(), whole.slice(published));
  }
  assert.deepEqual(steady.bad, []);
});

Deno.test("TickSource does not let the clock close a bar while its ticks are still to be read", async () => {
  const world = new World();
  world.clock.advance(60 * MINUTE);
  for (let index = 0; index < 2_500; index++) await world.put("A", at(0) + index * 20, index + 1);
  await world.followed({ A: at(0) }, async (source) => {
    await eventually("all are read", () => source.figures().ticks === 2_500);
    world.clock.advance(5_000);
    await eventually("the bar", () => world.bars.length === 1);
    assert.deepEqual(world.given(), ["A 0 1-2500"]);
  });
});

Deno.test("TickSource takes past ticks that are put in while it runs, with their own times as ids", async () => {
  const world = new World();
  world.clock.advance(60 * MINUTE);
  await world.followed({ A: null }, async (source) => {
    const waits = () => {
      world.clock.advance(1_000);
      return source.isCaughtUp;
    };
    await eventually("it waits", waits);
    for (let index = 0; index < 20; index++) {
      await world.put("A", at(index), index + 1);
      await eventually("it is read", () => source.figures().ticks === index);
    }
    assert.equal(source.isCaughtUp, false);
    assert.deepEqual([world.bars.length, world.bad], [17, []]);
    world.clock.advance(5_000);
    await eventually("the last bar", () => world.bars.length === 19);
    assert.ok(source.isCaughtUp);
  });
});

Deno.test("TickSource quarantines ticks that are late or ahead, with their reason, and counts doubled ones", async () => {
  const world = new World();
  await world.followed({ A: at(0) }, async (source) => {
    await world.put("A", at(0), 1, 0, "t1");
    await world.put("A", at(0), 1, 1, "t1");
    await world.put("A", at(0) + 5_000, 9, -AHEAD - 1);
    await world.put("A", at(1) + GRACE, 3);
    await world.put("A", at(0) + 30_000, 2, MINUTE);
    await eventually("all are read", () => world.bad.length === 2);
    assert.deepEqual(source.figures(), { ticks: 2, lateTicks: 1, doubledTicks: 1, aheadTicks: 1 });
    assert.match(world.bad[0].reason, /at most 1000 ms ahead: it is 1001 ms ahead/);
    assert.match(world.bad[1].reason, /must come within 500 ms after its bar's end/);
    assert.equal(world.bad[1].key, "market:ticks:A");
    assert.deepEqual(world.given(), ["A 0 1-1"]);
  });
});

Deno.test("TickSource does not report again what was before its start, but reports what comes late after it", async () => {
  const world = new World();
  for (const timeMs of [at(0) + 59_500, at(0) + 59_900, at(1) + 10]) await world.put("A", timeMs, 5);
  await world.followed({ A: at(1) }, async () => {
    await world.put("A", at(0) + 59_950, 5, 1_000);
    await eventually("it is read", () => world.bad.length === 1);
    assert.match(world.bad[0].reason, /bars are made from/);
    world.clock.advance(2 * MINUTE + GRACE);
    await eventually("the bar", () => world.bars.length === 1);
    assert.deepEqual(world.given(), ["A 1 5-5"]);
  });
});

Deno.test("TickSource leaves out the interval that the first tick ever falls into", async () => {
  const world = new World();
  for (const [timeMs, price] of [[at(0) + 30_000, 1], [at(1), 2], [at(2) + GRACE, 3]]) {
    await world.put("A", timeMs, price);
  }
  await world.followed({ A: null }, async () => {
    await eventually("the bar", () => world.bars.length === 1);
    assert.deepEqual(world.given(), ["A 1 2-2"]);
    assert.deepEqual(world.bad, []);
  });
});

Deno.test("TickSource passes over entries that are no ticks", async () => {
  const world = new World();
  const { key, contract } = tickStream("A");
  const broken = { key, contract: { ...contract, encode: () => ({ json: `{"price":-1}` }) } };
  await world.store.append(broken, `${at(0)}-0`, { timeMs: 1, price: 1, size: 1 });
  await world.followed({ A: at(0) }, async () => {
    await world.put("A", at(0) + 1, 4);
    await world.put("A", at(1) + GRACE, 5);
    await eventually("the bar", () => world.bars.length === 1);
    assert.deepEqual(world.given(), ["A 0 4-4"]);
    assert.deepEqual([...new Set(world.bad.map(({ id }) => id))], [`${at(0)}-0`]);
  });
});

Deno.test("TickSource.published() drops the ticks that no bar can need any more, some bars late", async () => {
  const world = new World();
  for (let index = 0; index < 40; index++) await world.put("A", at(index), index + 1);
  const source = world.source(["A"]);
  await source.published("A", at(20));
  const [first] = await world.store.range(tickStream("A"), { count: 1 });
  assert.equal(first.value.timeMs, at(20));
  await source.published("A", at(30));
  assert.equal(await world.store.length(tickStream("A")), 20);
  await source.published("A", at(36));
  assert.equal(await world.store.length(tickStream("A")), 4);
});

Deno.test("TickSource refuses to start without names that are valid", () => {
  for (const symbols of [[], ["A B"]]) {
    assert.throws(() => new World().source(symbols), /--symbols must list names like BTC\/USDT: it /);
  }
});
