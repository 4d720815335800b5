import assert from "node:assert/strict";
import fc from "fast-check";
import { Bar } from "../contracts/bar.ts";
import type { Tick } from "../contracts/tick.ts";
import { barOpenMs } from "../contracts/bar_grid.ts";
import { TickBuffer } from "./tick_buffer.ts";

const MINUTE = 60_000;
const GRACE = 500;
const START = Date.UTC(2024, 0, 1);

function bufferOf(...symbols: string[]): TickBuffer {
  const buffer = new TickBuffer({ stepMs: MINUTE, graceMs: GRACE, aheadMs: 1_000 });
  for (const symbol of symbols) buffer.start(symbol, START);
  return buffer;
}
const tick = (ms: number, price: number, size = 1, tradeId?: string): Tick => ({
  timeMs: START + ms,
  price,
  size,
  ...(tradeId === undefined ? {} : { tradeId }),
});
/** Takes ticks as they come in, without delay. */
function takeAll(buffer: TickBuffer, symbol: string, ticks: readonly Tick[]): void {
  for (const each of ticks) assert.equal(buffer.take(symbol, each, each.timeMs), null);
}

Deno.test("TickBuffer makes a bar of its interval's ticks: first and last by their time, not by their arrival", () => {
  const buffer = bufferOf("A");
  takeAll(buffer, "A", [tick(10, 5), tick(40, 9, 2)]);
  for (const late of [tick(5, 6, 0.5), tick(20, 3)]) assert.equal(buffer.take("A", late, START + 50), null);
  assert.deepEqual(buffer.drain(START + MINUTE + GRACE - 1), []);
  const bar = { openTimeMs: START, open: 6, high: 9, low: 3, close: 9, volume: 4.5 };
  assert.deepEqual(buffer.drain(START + MINUTE + GRACE), [{ symbol: "A", bar }]);
  assert.deepEqual(buffer.drain(START + 9 * MINUTE), []);
});

Deno.test("TickBuffer closes a bar by a tick of its symbol that is later than the grace, before the clock says so", () => {
  const buffer = bufferOf("A");
  takeAll(buffer, "A", [tick(10, 5), tick(MINUTE + GRACE - 1, 6)]);
  assert.deepEqual(buffer.drain(), []);
  takeAll(buffer, "A", [tick(MINUTE + GRACE, 7)]);
  assert.deepEqual(buffer.drain().map(({ bar }) => [bar.openTimeMs, bar.close]), [[START, 5]]);
  assert.deepEqual(
    buffer.drain(START + 3 * MINUTE).map(({ bar }) => [bar.open, bar.close, bar.volume]),
    [[6, 7, 2]],
  );
});

Deno.test("TickBuffer counts a tick within the grace in its own bar, though the next has begun", () => {
  const buffer = bufferOf("A");
  takeAll(buffer, "A", [tick(10, 5), tick(MINUTE + 1, 8)]);
  assert.equal(buffer.take("A", tick(MINUTE - 1, 6), START + MINUTE + GRACE - 1), null);
  const closes = buffer.drain(START + 3 * MINUTE).map(({ bar }) => [bar.close, bar.volume]);
  assert.deepEqual(closes, [[6, 2], [8, 1]]);
});

Deno.test("TickBuffer refuses and counts what is late, ahead, doubled or from before the start, and says why", () => {
  const buffer = bufferOf("A");
  takeAll(buffer, "A", [tick(10, 5, 1, "t1")]);
  const refusals = [
    buffer.take("A", tick(20, 5, 1, "t1"), START + 20),
    buffer.take("A", tick(-1, 5, 1, "t0"), START + 20),
    buffer.take("A", tick(2_021, 5, 1, "t2"), START + 1_020),
    buffer.take("A", tick(30, 5, 1, "t3"), START + MINUTE + GRACE),
    buffer.take("A", tick(10, 5, 1, "t1"), START + MINUTE + GRACE),
  ];
  assert.deepEqual(refusals.map((refusal) => refusal?.kind), [
    "doubled",
    "before",
    "ahead",
    "late",
    "doubled",
  ]);
  assert.match(refusals[2]!.reason, /must be at most 1000 ms ahead: it is 1001 ms ahead/);
  assert.match(refusals[3]!.reason, /within 500 ms after its bar's end: bar \d+ was over for 500 ms/);
  assert.deepEqual(buffer.counts, { taken: 1, doubled: 2, before: 1, late: 1, ahead: 1 });
  assert.deepEqual(buffer.drain().map(({ bar }) => bar.volume), [1]);
});

Deno.test("TickBuffer gives no bar for an interval without ticks, and takes no late tick for it", () => {
  const buffer = bufferOf("A");
  takeAll(buffer, "A", [tick(10, 5), tick(3 * MINUTE, 6)]);
  assert.equal(buffer.take("A", tick(MINUTE, 7), START + 3 * MINUTE)?.kind, "late");
  const opens = buffer.drain(START + 5 * MINUTE).map(({ bar }) => bar.openTimeMs - START);
  assert.deepEqual(opens, [0, 3 * MINUTE]);
});

Deno.test("TickBuffer takes past ticks of a symbol that has brought none yet, whatever the clock says", () => {
  const buffer = bufferOf("A");
  assert.deepEqual(buffer.drain(START + 99 * MINUTE), []);
  takeAll(buffer, "A", [tick(10, 5)]);
  assert.equal(buffer.drain(START + 99 * MINUTE).length, 1);
  assert.equal(buffer.take("A", tick(20, 5), START + 20)?.kind, "late");
});

Deno.test("TickBuffer lets no symbol wait for another", () => {
  const buffer = bufferOf("A", "B");
  takeAll(buffer, "A", [tick(10, 5), tick(2 * MINUTE, 6)]);
  assert.deepEqual(buffer.drain().map(({ symbol }) => symbol), ["A"]);
  takeAll(buffer, "B", [tick(20, 7)]);
  assert.equal(buffer.nextCloseMs(), START + MINUTE + GRACE);
  assert.deepEqual(buffer.drain(START + MINUTE + GRACE, new Set(["B"])), []);
  const drained = buffer.drain(START + MINUTE + GRACE);
  assert.deepEqual(drained.map(({ symbol, bar }) => [symbol, bar.open]), [["B", 7]]);
});

Deno.test("TickBuffer leaves out the interval that a start without a time falls into, and what an interruption cut", () => {
  const buffer = bufferOf();
  buffer.start("A", null);
  assert.equal(buffer.take("A", tick(59_000, 5), START + 59_000)?.kind, "before");
  takeAll(buffer, "A", [tick(MINUTE + 1, 6, 1, "t1"), tick(2 * MINUTE + 1, 7, 1, "t2")]);
  buffer.start("A", null);
  assert.equal(buffer.take("A", tick(2 * MINUTE + 1, 7, 1, "t2"), START + 3 * MINUTE)?.kind, "doubled");
  assert.equal(buffer.take("A", tick(3 * MINUTE - 1, 8), START + 3 * MINUTE)?.kind, "before");
  takeAll(buffer, "A", [tick(3 * MINUTE + 1, 9)]);
  const opens = buffer.drain(START + 9 * MINUTE).map(({ bar }) => (bar.openTimeMs - START) / MINUTE);
  assert.deepEqual(opens, [3], "bar 1 was being made when it was interrupted");
});

Deno.test("TickBuffer refuses a symbol that was not started, and options out of their range", () => {
  assert.throws(() => bufferOf("A").take("B", tick(1, 1), START), /Cannot take a tick of B as the symbol/);
  for (const change of [{ stepMs: 0 }, { graceMs: -1 }, { aheadMs: 0.5 }]) {
    assert.throws(() => new TickBuffer({ stepMs: 1, graceMs: 0, aheadMs: 0, ...change }), {
      name: "RangeError",
      message: /Cannot make bars as \w+ must be a whole number/,
    });
  }
});

/** Ticks of two symbols in order of arrival, each up to two bars late and one ahead. */
const arrivals = fc.array(
  fc.record({
    symbol: fc.constantFrom("A", "B"),
    waitMs: fc.integer({ min: 0, max: MINUTE }),
    delayMs: fc.integer({ min: -1_500, max: 2 * MINUTE }),
    price: fc.integer({ min: 1, max: 1_000 }),
    id: fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined }),
  }),
  { maxLength: 120 },
);

Deno.test("TickBuffer loses no tick and doubles none: each is in one bar or has a reason, and bars ascend", () => {
  fc.assert(fc.property(arrivals, (given) => {
    const buffer = bufferOf("A", "B");
    const bars = new Map<string, Bar[]>([["A", []], ["B", []]]);
    const keep = (closed: ReturnType<TickBuffer["drain"]>) =>
      closed.forEach(({ symbol, bar }) => bars.get(symbol)!.push(Bar.parse(bar)));
    const volumes = new Map<string, number>();
    let now = START + 3 * MINUTE;
    let refused = 0;
    for (const { symbol, waitMs, delayMs, price, id } of given) {
      now += waitMs;
      const timeMs = now - delayMs;
      const trade = id === undefined ? {} : { tradeId: `t${id}` };
      if (buffer.take(symbol, { timeMs, price, size: 1, ...trade }, now) === null) {
        const key = `${symbol} ${barOpenMs(timeMs, MINUTE)}`;
        volumes.set(key, (volumes.get(key) ?? 0) + 1);
      } else refused++;
      if (price % 3 === 0) keep(buffer.drain(now));
    }
    keep(buffer.drain(now + 3 * MINUTE));
    const { taken, ...others } = buffer.counts;
    assert.equal(taken + refused, given.length);
    assert.equal(Object.values(others).reduce((a, b) => a + b), refused);
    const made = new Map<string, number>();
    for (const [symbol, series] of bars) {
      const opens = series.map((bar) => bar.openTimeMs);
      assert.deepEqual(opens, [...new Set(opens)].sort((a, b) => a - b), symbol);
      for (const bar of series) made.set(`${symbol} ${bar.openTimeMs}`, bar.volume);
    }
    assert.deepEqual([...made].sort(), [...volumes].sort());
  }));
});
