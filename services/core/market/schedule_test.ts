import assert from "node:assert/strict";
import fc from "fast-check";
import type { Bar } from "../contracts/bar.ts";
import { BarSeriesBuilder } from "./bar_series.ts";
import { type Feed, feedOf } from "./feed.ts";
import { type Round, Schedule } from "./schedule.ts";

/** A feed whose symbols have bars at the given times. */
function feedAt(times: Readonly<Record<string, readonly number[]>>): Feed {
  const series = Object.entries(times).map(([symbol, openTimes]) => {
    const builder = new BarSeriesBuilder();
    for (const openTimeMs of openTimes) {
      builder.append({ openTimeMs, open: 1, high: 2, low: 1, close: 2, volume: symbol.length });
    }
    return [symbol, builder] as const;
  });
  return feedOf({ name: "test", note: "made by hand", timeframe: "1d" }, new Map(series));
}
const shown = (rounds: Iterable<Round>) =>
  Array.from(rounds, ({ phase, openTimeMs, bars }) => `${phase} ${openTimeMs} ${[...bars.keys()].join()}`);

Deno.test("Schedule gives all bars of one time together, and leaves out who has none", () => {
  const feed = feedAt({ A: [10, 20, 30, 40], B: [20, 40, 50] });
  assert.deepEqual(shown(new Schedule(feed, { bootstrapShare: 0.6 }).rounds()), [
    "bootstrap 10 A",
    "bootstrap 20 A,B",
    "bootstrap 30 A",
    "live 40 A,B",
    "live 50 B",
  ]);
});

Deno.test("Schedule counts the history of each symbol", () => {
  const schedule = new Schedule(feedAt({ A: [10, 20, 30, 40], B: [40, 50] }), { bootstrapShare: 0.6 });
  assert.equal(schedule.bootstrapRounds, 3);
  assert.equal(schedule.firstLiveMs, 40);
  assert.equal(schedule.bootstrapBars("A"), 3);
  assert.equal(schedule.bootstrapBars("B"), 0);
});

Deno.test("Schedule stops after the live bars that were asked for, and starts where history ends", () => {
  const schedule = new Schedule(feedAt({ A: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] }), { liveBars: 1 });
  assert.equal(schedule.liveRounds, 1);
  assert.deepEqual(shown(schedule.rounds(7)), ["bootstrap 8 A", "live 9 A"]);
});

Deno.test("Schedule names the rule that an option or a feed breaks", () => {
  const feed = feedAt({ A: [1, 2, 3, 4, 5] });
  const cases: [() => unknown, RegExp][] = [
    [() => new Schedule(feed, { bootstrapShare: 1 }), /share must be above 0 and below 1: it is 1/],
    [() => new Schedule(feed, { bootstrapShare: NaN }), /share must be above 0 and below 1: it is NaN/],
    [() => new Schedule(feed, { liveBars: 0 }), /live bars must be a whole number from 1 on: it is 0/],
    [
      () => new Schedule(feed, { liveBars: 2 }),
      /at most 1 live bars follow the first 4 \(bootstrap share 0.8\): 2/,
    ],
    [() => new Schedule(feedAt({ A: [1] })), /at least 1 bar before and after the share of 0.8: it holds 1/],
  ];
  for (const [action, message] of cases) assert.throws(action, { name: "RangeError", message });
});

const symbolTimes = fc.array(fc.uniqueArray(fc.nat(60), { minLength: 4, maxLength: 40 }), {
  minLength: 1,
  maxLength: 5,
}).map((all) => Object.fromEntries(all.map((times, index) => [`S${index}`, times.sort((a, b) => a - b)])));
const share = fc.double({ min: 0.3, max: 0.7, noNaN: true });

Deno.test("Schedule never reorders, drops, doubles or makes up a bar", () => {
  fc.assert(fc.property(symbolTimes, share, (times, bootstrapShare) => {
    const feed = feedAt(times);
    const rounds = [...new Schedule(feed, { bootstrapShare }).rounds()];
    for (let index = 1; index < rounds.length; index++) {
      assert.ok(rounds[index].openTimeMs > rounds[index - 1].openTimeMs);
    }
    for (const symbol of feed.symbols) {
      const published = rounds.flatMap((round) => round.bars.get(symbol) ?? []);
      assert.deepEqual(published, [...feed.bars(symbol)]);
    }
    assert.ok(rounds.every((round) => [...round.bars.values()].every((bar) => isOf(round, bar))));
  }));
});

function isOf(round: Round, bar: Bar): boolean {
  return bar.openTimeMs === round.openTimeMs;
}

Deno.test("Schedule leaks no live bar into history: every live round follows every bootstrap round", () => {
  fc.assert(fc.property(symbolTimes, share, (times, bootstrapShare) => {
    const schedule = new Schedule(feedAt(times), { bootstrapShare });
    const rounds = [...schedule.rounds()];
    assert.equal(rounds.length, schedule.bootstrapRounds + schedule.liveRounds);
    rounds.forEach((round, index) => {
      assert.equal(round.phase, index < schedule.bootstrapRounds ? "bootstrap" : "live");
      assert.equal(round.phase === "live", round.openTimeMs >= schedule.firstLiveMs);
    });
  }));
});

Deno.test("Schedule goes on after any time with the rounds that an uninterrupted run would give", () => {
  fc.assert(
    fc.property(symbolTimes, share, fc.integer({ min: -1, max: 61 }), (times, bootstrapShare, afterMs) => {
      const schedule = new Schedule(feedAt(times), { bootstrapShare });
      const later = [...schedule.rounds()].filter((round) => round.openTimeMs > afterMs);
      assert.deepEqual([...schedule.rounds(afterMs)], later);
    }),
  );
});

Deno.test("Schedule makes the same history whatever follows it", () => {
  fc.assert(fc.property(symbolTimes, share, (times, bootstrapShare) => {
    const whole = new Schedule(feedAt(times), { bootstrapShare });
    const short = new Schedule(feedAt(times), { bootstrapShare, liveBars: 1 });
    const shortRounds = [...short.rounds()];
    assert.deepEqual(shortRounds, [...whole.rounds()].slice(0, shortRounds.length));
  }));
});
