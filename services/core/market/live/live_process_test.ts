/** Core on a market without an end: what is in the streams after any kill is what an uninterrupted run leaves. */
import assert from "node:assert/strict";
import { MiscConfig } from "../../config/misc.ts";
import { type Bar, barStream } from "../../contracts/bar.ts";
import { experienceStream } from "../../contracts/experience.ts";
import { missingBarsStream } from "../../contracts/missing_bars.ts";
import type { Store } from "../../redis/store.ts";
import { silentLog } from "../../runtime/log.ts";
import { BarSeriesBuilder } from "../bar_series.ts";
import { feedOf } from "../feed.ts";
import { dyingStore, eventually, World } from "../market_process_testing.ts";
import { at, barAt, FakeSource, MINUTE, START } from "./live_market_testing.ts";
import { LiveMarket } from "./live_market.ts";

const SYMBOLS = ["A", "B"];
const HISTORY = 30;
/** Index of the first live bar. */
const LIVE = 200;
const END = LIVE + 10;
/** No exchange has ever had these. */
const ABSENT: Record<string, readonly number[]> = { A: [180, LIVE + 5, LIVE + 6], B: [LIVE + 3] };

class LiveWorld extends World {
  readonly source = new FakeSource(SYMBOLS, at(LIVE) + 2_000);
  #brought = LIVE;

  constructor() {
    super(feedOf(
      { name: "fake:market", note: "made up", timeframe: "1m" },
      new Map(SYMBOLS.map((symbol) => [symbol, new BarSeriesBuilder()])),
    ));
    this.source.page = 20;
    for (const [symbol, absent] of Object.entries(ABSENT)) {
      for (const index of absent) this.source.absent.add(`${symbol} ${index}`);
    }
  }

  /** Runs core, on a store that may die, until every bar is decided or it ends by itself. */
  async runCore(store: Store): Promise<void> {
    const stop = new AbortController();
    const market = new LiveMarket({
      source: this.source,
      historyBars: HISTORY,
      leastBars: 10,
      gapDeadlineMs: 8_000,
      rules: MiscConfig.parse({}),
      clock: this.source.clock,
      log: silentLog,
      quarantine: (bad) => assert.fail(bad.reason),
    });
    let end: Error | null = null;
    const running = this.process({ market, store, maxLeadBars: 64 }).run(stop.signal)
      .then(() => end = new Error("it ended"), (cause) => end = cause);
    await eventually("all is decided", async () => {
      await this.answer();
      this.#passTime();
      return end !== null || await this.#isComplete();
    });
    stop.abort();
    await running;
    if (end!.name !== "AbortError" && end!.message !== "it ended") throw end;
  }

  /** Five seconds; every second bar is brought as it closes, the others have to be asked for. */
  #passTime(): void {
    if (this.source.clock.waiting === 0) return; // core is busy
    this.source.clock.advance(5_000);
    while (at(this.#brought + 1) + 500 < this.source.nowMs()) {
      const index = this.#brought++;
      for (const symbol of SYMBOLS) {
        if (index % 2 === 0 && !ABSENT[symbol].includes(index)) this.source.bring(symbol, barAt(index));
      }
    }
  }

  async #isComplete(): Promise<boolean> {
    for (const symbol of SYMBOLS) {
      const [last] = await this.store.newest(barStream(symbol, "1m"), 1);
      if ((last?.value.bar.openTimeMs ?? 0) < at(END - 1)) return false;
      const steps = await this.steps(symbol);
      if (steps.at(-1)! < at(END - 3)) return false;
    }
    return true;
  }
}

/** Every bar that there is, once, ascending; every hole recorded; a step for each bar that two more follow. */
async function check(world: LiveWorld): Promise<void> {
  for (const symbol of SYMBOLS) {
    const entries = await world.store.range(barStream(symbol, "1m"));
    const [first, last] = [entries[0], entries.at(-1)!].map(({ value }) => indexOf(value.bar));
    assert.ok(first <= LIVE - HISTORY + 2, `${first} ${symbol}`);
    const expected = Array.from({ length: last - first + 1 }, (_, offset) => first + offset)
      .filter((index) => !ABSENT[symbol].includes(index));
    assert.deepEqual(entries.map(({ value }) => value.bar), expected.map(barAt), symbol);
    const phases = entries.map(({ value }) => value.phase);
    assert.equal(phases.lastIndexOf("bootstrap") + 1, phases.indexOf("live"));
    const missing = await world.store.range(missingBarsStream(symbol, "1m"));
    assert.deepEqual(
      missing.map(({ value }) => [(value.fromMs - START) / MINUTE, value.bars]),
      symbol === "A" ? [[180, 1], [LIVE + 5, 2]] : [[LIVE + 3, 1]],
    );
    const steps = (await world.store.range(experienceStream("paper", symbol))).map(({ value }) =>
      value.barMs
    );
    assert.deepEqual(steps, expected.map(at).slice(-steps.length - 2, -2));
    assert.ok(steps.length > 30);
  }
}

const indexOf = (bar: Bar) => (bar.openTimeMs - START) / MINUTE;

Deno.test("MarketProcess publishes a market without an end: history, then live bars, with its holes on record", async () => {
  const world = new LiveWorld();
  await world.runCore(world.store);
  await check(world);
  const status = (await world.status())!;
  assert.equal(status.state, "live");
  assert.deepEqual([status.plannedLiveBars, status.bootstrapBars], [null, HISTORY]);
  assert.equal(status.liveBars, (await world.liveBars("B")).length);
});

Deno.test("MarketProcess that is killed at any write on a market without an end loses, doubles and inserts nothing", async () => {
  for (const isDone of [false, true]) {
    for (let writes = 1; writes < 60; writes += 1 + Math.floor(writes / 3)) {
      const world = new LiveWorld();
      await world.runCore(dyingStore(world.store, writes, isDone)).catch((cause) =>
        assert.equal(cause.message, "killed")
      );
      await world.runCore(world.store);
      await check(world);
    }
  }
});
