import assert from "node:assert/strict";
import { MiscConfig } from "../../config/misc.ts";
import type { BadEntry } from "../../redis/store.ts";
import { silentLog } from "../../runtime/log.ts";
import type { Batch, Reached } from "../market.ts";
import { at, barAt, FakeSource, MINUTE, START } from "./live_market_testing.ts";
import { LiveMarket } from "./live_market.ts";

const HISTORY = 100;
const DEADLINE = 8_000;

/** A market and what it has given, by symbol: bars as their index, holes as `from-until`. */
class World {
  readonly source: FakeSource;
  readonly market: LiveMarket;
  readonly bad: BadEntry[] = [];
  readonly given = new Map<string, (number | string)[]>();
  readonly stop = new AbortController();
  liveBars = 0;
  /** How many more bars of each symbol it may give. */
  room = Infinity;

  constructor(symbols = ["A"], nowIndex = 200, leastBars = 10, hasPast = true, misc: object = {}) {
    this.source = new FakeSource(symbols, at(nowIndex) + 2_000);
    this.source.hasPast = hasPast;
    this.market = new LiveMarket({
      source: this.source,
      historyBars: HISTORY,
      leastBars,
      gapDeadlineMs: DEADLINE,
      rules: MiscConfig.parse(misc),
      clock: this.source.clock,
      log: silentLog,
      quarantine: (bad) => this.bad.push(bad),
    });
  }

  keep({ bars, holes }: Batch): void {
    const index = (timeMs: number) => (timeMs - START) / MINUTE;
    for (const [symbol, series] of bars) {
      const given = this.given.get(symbol) ?? [];
      for (const hole of holes.get(symbol) ?? []) given.push(`${index(hole.fromMs)}-${index(hole.untilMs)}`);
      given.push(...series.map((bar) => index(bar.openTimeMs)));
      this.given.set(symbol, given);
    }
  }

  async history(reached: ReadonlyMap<string, Reached> = new Map()): Promise<void> {
    for await (const batch of this.market.history(reached, this.stop.signal)) this.keep(batch);
  }

  /** Follows until the test ends. */
  async live(reached: ReadonlyMap<string, Reached> = new Map()): Promise<void> {
    for await (const batch of this.market.live(reached, () => this.room, this.stop.signal)) {
      this.keep(batch);
      this.room -= batch.bars.get("A")?.length ?? 0;
      this.liveBars = batch.liveBars;
    }
  }

  /** Moves the clock on and lets everything run that is ready. */
  async pass(ms: number): Promise<void> {
    this.source.clock.advance(ms);
    await settled();
  }

  take(symbol = "A"): (number | string)[] {
    const given = this.given.get(symbol) ?? [];
    this.given.delete(symbol);
    return given;
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await Promise.resolve();
}

const series = (from: number, until: number) =>
  Array.from({ length: until - from }, (_, index) => from + index);
const upTo = (index: number): ReadonlyMap<string, Reached> =>
  new Map([["A", { recent: [barAt(index)], nextMs: at(index + 1), bars: 150, liveBars: 5 }]]);

/** Runs a test on a market that is followed, and ends it. */
async function followed(world: World, test: () => Promise<void>, reached?: ReadonlyMap<string, Reached>) {
  const running = world.live(reached).catch((cause) => cause as Error);
  await settled();
  try {
    await test();
  } finally {
    world.stop.abort();
  }
  assert.equal((await running as Error).name, "AbortError");
}

Deno.test("LiveMarket.history() reads the configured bars of every symbol page by page, up to the last that is over", async () => {
  const world = new World(["A", "B"]);
  world.source.page = 30;
  await world.history();
  assert.deepEqual(world.take("A"), series(100, 200));
  assert.deepEqual(world.take("B"), series(100, 200));
  assert.deepEqual(world.source.asked.slice(0, 4), ["A 100-200", "A 130-200", "A 160-200", "A 190-200"]);
  assert.equal(world.source.opened, 1);
});

Deno.test("LiveMarket.history() goes on where an earlier run was stopped, and does nothing where it was complete", async () => {
  const world = new World();
  await world.history(upTo(149));
  assert.deepEqual(world.take(), series(150, 200));
  const again = new World();
  await again.history(upTo(199));
  assert.deepEqual([again.take(), again.source.asked], [[], []]);
});

Deno.test("LiveMarket.history() tells holes of the past at once, and starts with the first bar that there is", async () => {
  const world = new World();
  for (const index of [...series(90, 110), 150, 151, 199]) world.source.absent.add(`A ${index}`);
  await world.history();
  assert.deepEqual(world.take(), [...series(110, 150), "150-152", ...series(152, 199)]);
});

Deno.test("LiveMarket.history() waits for a source that cannot answer, longer each time, and goes on", async () => {
  const world = new World();
  world.source.failures = 3;
  const reading = world.history();
  for (const waitMs of [1_000, 2_000, 4_000]) {
    await settled();
    assert.deepEqual(world.take(), []);
    await world.pass(waitMs);
  }
  await reading;
  assert.deepEqual(world.take(), series(100, 200));
});

Deno.test("LiveMarket.history() refuses a symbol with too little of it, and a configuration that reads too little", async () => {
  const world = new World(["A"], 200, 60);
  for (const index of series(100, 150)) world.source.absent.add(`A ${index}`);
  await assert.rejects(world.history(), {
    name: "RangeError",
    message: "Cannot learn A of fake:market as its history must hold 60 bars or more: it holds 50",
  });
  assert.throws(() => new World(["A"], 200, 101), /live.history_bars must be 101 or more .+: it is 100/);
});

Deno.test("LiveMarket.live() joins history and live bars: what closed in between is asked for, once", async () => {
  const world = new World();
  await world.history();
  world.take();
  await world.pass(3 * MINUTE);
  await followed(world, async () => {
    assert.deepEqual(world.take(), [200, 201, 202]);
    world.source.bring("A", barAt(202), barAt(203));
    await settled();
    assert.deepEqual(world.take(), [203]);
    assert.equal(world.liveBars, 4);
    assert.deepEqual(world.bad, []);
    assert.equal(world.market.figures().dirt_doubled, 1);
    assert.deepEqual(world.source.asked.slice(2), ["A 200-203"]);
  });
});

Deno.test("LiveMarket.live() takes up after the last published bar or hole of an earlier run", async () => {
  const world = new World();
  await followed(world, async () => {
    assert.deepEqual(world.take(), series(181, 200));
    assert.equal(world.liveBars, 5 + 19);
    assert.equal(world.source.from.get("A"), at(181));
    await settled();
  }, upTo(180));
  const after = new World();
  const reached = new Map([["A", { recent: [barAt(180)], nextMs: at(190), bars: 150, liveBars: 5 }]]);
  await followed(after, async () => {
    assert.deepEqual(after.take(), series(190, 200));
    after.source.bring("A", barAt(185));
    await settled();
    assert.match(after.bad[0].reason, /bars up to \d+ are published/);
  }, reached);
});

Deno.test("LiveMarket.live() polls a source that brings nothing, once each bar is over", async () => {
  const world = new World();
  await followed(world, async () => {
    assert.deepEqual(world.take(), [199]);
    await world.pass(MINUTE - 1_001);
    assert.equal(world.source.asked.length, 1);
    await world.pass(1);
    assert.deepEqual(world.take(), [200]);
    await world.pass(MINUTE);
    assert.deepEqual(world.take(), [201]);
    assert.deepEqual(world.source.asked.slice(1), ["A 200-201", "A 201-202"]);
  }, upTo(198));
});

Deno.test("LiveMarket.live() holds a symbol's bars until its gap is filled, and lets others go on", async () => {
  const world = new World(["A", "B"]);
  await world.history();
  world.source.absent.add("A 200");
  [world.take("A"), world.take("B")];
  await followed(world, async () => {
    await world.pass(2 * MINUTE - 2_000);
    world.source.bring("A", barAt(201));
    world.source.bring("B", barAt(201));
    await settled();
    assert.deepEqual([world.take("A"), world.take("B")], [[], [200, 201]]);
    assert.deepEqual([world.market.figures().held, world.market.figures().openGaps], [1, 1]);
    world.source.absent.clear();
    await world.pass(DEADLINE / 4);
    assert.deepEqual(world.take("A"), [200, 201]);
    assert.deepEqual(world.market.figures().missing, 0);
  });
});

Deno.test("LiveMarket.live() gives a gap up at its deadline, records it, and quarantines what comes for it later", async () => {
  const world = new World();
  world.source.absent.add("A 200");
  await followed(world, async () => {
    await world.pass(2 * MINUTE - 2_000);
    world.take();
    world.source.bring("A", barAt(201));
    await settled();
    for (let waited = 0; waited < DEADLINE; waited += 500) {
      assert.deepEqual(world.take(), [], `after ${waited} ms`);
      await world.pass(500);
    }
    assert.deepEqual(world.take(), ["200-201", 201]);
    const asked = world.source.asked.filter((each) => each === "A 200-201").length;
    assert.ok(asked >= 3 && asked <= 6, `asked ${asked} times`);
    assert.equal(world.market.figures().missing, 1);
    world.source.bring("A", barAt(200), { ...barAt(201), volume: 2 });
    await settled();
    assert.deepEqual(world.take(), []);
    assert.match(world.bad[0].reason, /bars \d+ to \d+ are recorded as missing/);
    assert.match(world.bad[1].reason, /must equal the bar that is published/);
    assert.deepEqual(world.bad.map(({ key, id }) => [key, id]), [
      ["fake:market A", String(at(200))],
      ["fake:market A", String(at(201))],
    ]);
  }, upTo(199));
});

Deno.test("LiveMarket.live() gives nothing up in an outage: when the market is back, it catches up", async () => {
  const world = new World();
  await followed(world, async () => {
    world.source.failures = 1_000;
    for (let minute = 0; minute < 60; minute++) await world.pass(MINUTE);
    assert.deepEqual(world.take(), []);
    assert.ok(world.source.asked.length < 130, `asked ${world.source.asked.length} times in an hour`);
    world.source.failures = 0;
    await world.pass(30_000);
    assert.deepEqual(world.take(), series(200, 260));
    assert.equal(world.market.figures().missing, 0);
  }, upTo(199));
});

Deno.test("LiveMarket.live() quarantines a bar that is none, and asks for it instead", async () => {
  const world = new World();
  await followed(world, async () => {
    await world.pass(MINUTE - 2_000);
    world.source.bring("A", { ...barAt(200), high: NaN });
    await settled();
    assert.equal(world.bad.length, 1);
    assert.match(world.bad[0].reason, /unreadable: high must be a number/);
    await world.pass(1_000);
    assert.deepEqual(world.take(), [200]);
  }, upTo(199));
});

Deno.test("LiveMarket.live() publishes no more of a symbol than there is room for, and loses nothing", async () => {
  const world = new World();
  world.room = 0;
  await followed(world, async () => {
    assert.deepEqual(world.take(), []);
    world.room = 3;
    await world.pass(20);
    assert.deepEqual(world.take(), [151, 152, 153]);
    await world.pass(20);
    world.room = Infinity;
    await world.pass(20);
    assert.deepEqual(world.take(), series(154, 200));
  }, upTo(150));
});

Deno.test("LiveMarket takes what a source without a past brings for history, until there is enough of every symbol", async () => {
  const world = new World(["A", "B"], 200, 3, false);
  world.source.isCaughtUp = false;
  const reading = world.history();
  await settled();
  world.source.bring("A", ...series(200, 204).map(barAt));
  world.source.bring("B", ...series(200, 202).map(barAt));
  await settled();
  world.source.bring("B", barAt(202));
  await settled();
  assert.ok(world.source.isFollowed, "there is more to come");
  world.source.isCaughtUp = true;
  world.source.bring("A", barAt(204));
  await reading;
  assert.ok(!world.source.isFollowed);
  assert.deepEqual([world.take("A"), world.take("B")], [series(200, 205), series(200, 203)]);
  assert.deepEqual(world.source.published_.slice(0, 2), ["A 204", "B 202"]);
  await followed(world, async () => {
    assert.equal(world.source.from.get("A"), at(205));
    world.source.bring("A", barAt(206));
    await world.pass(DEADLINE - 1);
    assert.deepEqual(world.take("A"), []);
    await world.pass(1);
    assert.deepEqual(world.take("A"), ["205-206", 206]);
    assert.deepEqual(world.source.asked, []);
  });
});

Deno.test("LiveMarket.live() ends with the fault of a source that cannot go on", async () => {
  const fault = () => Promise.reject(new RangeError("there is no such market"));
  for (const behaviour of [{ follow: fault }, { ask: fault }]) {
    const world = new World();
    Object.assign(world.source, behaviour);
    await assert.rejects(world.live(upTo(190)), /^RangeError: there is no such market$/);
  }
});

Deno.test("LiveMarket judges bars by the rules for dirt, as a file's: what is repaired, put aside and halted is counted", async () => {
  const jump = { ...barAt(202), high: 500, close: 500 };
  const crossed = { ...barAt(201), high: barAt(201).low };
  const follow = async (dirt: object, test: (world: World) => void) => {
    const world = new World(["A", "B"], 200, 10, true, { dirt });
    await world.history();
    [world.take("A"), world.take("B")];
    await followed(world, async () => {
      world.source.bring("A", barAt(200), crossed, jump, barAt(203));
      world.source.bring("B", ...[200, 201, 202, 203].map(barAt));
      await settled();
      test(world);
    });
  };
  await follow({}, (world) => {
    assert.deepEqual(
      world.take("A"),
      [200, 201, 203],
      "the jump leaves no hole: its record is in the quarantine",
    );
    assert.match(world.bad[0].reason, /^jump: close must be/);
    const { repaired, quarantined, dirt_high_below_low, dirt_jump, missing } = world.market.figures();
    assert.deepEqual([repaired, quarantined, dirt_high_below_low, dirt_jump, missing], [1, 1, 1, 1, 0]);
  });
  await follow({ jump: "halt" }, (world) => {
    assert.deepEqual([world.take("A"), world.take("B")], [[200, 201], [200, 201, 202, 203]]);
    assert.match(world.bad[0].reason, /^jump: .+; the symbol is halted$/);
    assert.equal(world.market.figures().halted, 1);
  });
});

Deno.test("LiveMarket fills a hole with flat bars where the rule says so, and keeps its record", async () => {
  const world = new World(["A"], 200, 10, true, { dirt: { missing: "repair" } });
  world.source.absent.add("A 200");
  await followed(world, async () => {
    await world.pass(2 * MINUTE - 2_000);
    world.source.bring("A", barAt(201));
    await world.pass(DEADLINE);
    const given = world.take();
    assert.deepEqual(given.slice(given.indexOf("200-201")), ["200-201", 200, 201]);
  }, upTo(150));
});

Deno.test("LiveMarket waits for no bar while a symbol's market is closed", async () => {
  // 6 January 2024 is a Saturday, and bar 7,200 its first.
  const instruments = [{ symbols: "A", calendar: "weekdays" }];
  const world = new World(["A"], 7_200, 10, false, { instruments });
  const friday = new Map([["A", { recent: [barAt(7_199)], nextMs: at(7_200), bars: 150, liveBars: 5 }]]);
  await followed(world, async () => {
    await world.pass(2 * 1_440 * MINUTE);
    world.source.bring("A", barAt(7_200 + 2 * 1_440));
    await settled();
    assert.deepEqual(world.take(), [7_200 + 2 * 1_440]);
    assert.equal(world.market.figures().missing, 0);
    world.source.bring("A", barAt(7_202 + 2 * 1_440));
    await world.pass(DEADLINE);
    assert.deepEqual(world.take(), ["10081-10082", 10_082]);
  }, friday);
});
