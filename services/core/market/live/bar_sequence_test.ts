import assert from "node:assert/strict";
import fc from "fast-check";
import type { Bar } from "../../contracts/bar.ts";
import { BarSequence } from "./bar_sequence.ts";

const MINUTE = 60_000;
const DEADLINE = 10_000;
const START = Date.UTC(2024, 0, 1);
const NOTHING = { recent: [], nextMs: null };
type From = { readonly recent: readonly Bar[]; readonly nextMs: number | null };

const at = (index: number) => START + index * MINUTE;
const barAt = (index: number, close = 5): Bar => ({
  openTimeMs: at(index),
  open: 5,
  high: Math.max(5, close),
  low: Math.min(5, close),
  close,
  volume: 1,
});
const always = (afterMs: number, beforeMs: number) => (beforeMs - afterMs) / MINUTE - 1;
const sequenceOf = (reached: From = NOTHING, maxHeld = 1_000, expected = always) =>
  new BarSequence({ stepMs: MINUTE, gapDeadlineMs: DEADLINE, maxHeld, expected }, reached, START);
/** The bars and holes that it hands out, by index. */
function taken(sequence: BarSequence, nowMs: number, most?: number) {
  const { bars, holes } = sequence.take(nowMs, most);
  const index = (timeMs: number) => (timeMs - START) / MINUTE;
  return {
    bars: bars.map((bar) => index(bar.openTimeMs)),
    holes: holes.map(({ fromMs, untilMs }) => [index(fromMs), index(untilMs)]),
  };
}
const kindOf = (sequence: BarSequence, bar: Bar) => sequence.offer(bar, at(9))?.kind;

Deno.test("BarSequence hands bars out in order, from the first one that it is offered", () => {
  const sequence = sequenceOf();
  for (const index of [0, 1, 2]) assert.equal(sequence.offer(barAt(index), at(index + 1)), null);
  assert.deepEqual(taken(sequence, at(3), 2), { bars: [0, 1], holes: [] });
  assert.deepEqual(taken(sequence, at(3)), { bars: [2], holes: [] });
  assert.equal(sequence.nextMs, at(3));
});

Deno.test("BarSequence holds later bars until the missing one is there", () => {
  const sequence = sequenceOf({ recent: [barAt(0)], nextMs: at(1) });
  for (const index of [3, 2]) sequence.offer(barAt(index), at(4));
  assert.deepEqual(taken(sequence, at(4) + DEADLINE - 1), { bars: [], holes: [] });
  assert.ok(sequence.hasGap);
  sequence.offer(barAt(1), at(4) + DEADLINE - 1);
  assert.deepEqual(taken(sequence, at(4) + DEADLINE - 1), { bars: [1, 2, 3], holes: [] });
});

Deno.test("BarSequence gives a hole up at its deadline, says so, and takes no bar for it later", () => {
  const sequence = sequenceOf({ recent: [barAt(0)], nextMs: at(1) });
  sequence.offer(barAt(3), at(4));
  assert.equal(sequence.deadlineMs, at(4) + DEADLINE);
  const { bars, holes } = sequence.take(at(4) + DEADLINE);
  assert.deepEqual(bars, [barAt(3)]);
  const reason = "none came within 10000 ms of later bars";
  assert.deepEqual(holes, [{ fromMs: at(1), untilMs: at(3), bars: 2, reason }]);
  const refusal = sequence.offer(barAt(2), at(5));
  assert.equal(refusal?.kind, "passed");
  assert.match(refusal!.reason, /bars \d+ to \d+ are recorded as missing/);
  assert.equal(sequence.nextMs, at(4));
});

Deno.test("BarSequence holds no bar where the market was closed, and counts only bars that should have come", () => {
  // Closed from 3 to 7.
  const open = (afterMs: number, beforeMs: number) => {
    const times = Array.from(
      { length: always(afterMs, beforeMs) },
      (_, step) => afterMs + (step + 1) * MINUTE,
    );
    return times.filter((timeMs) => timeMs < at(3) || timeMs > at(7)).length;
  };
  const sequence = sequenceOf({ recent: [barAt(2)], nextMs: at(3) }, 10, open);
  sequence.offer(barAt(8), at(9));
  assert.deepEqual(taken(sequence, at(9)), { bars: [8], holes: [] });
  const gapped = sequenceOf({ recent: [barAt(1)], nextMs: at(2) }, 10, open);
  gapped.offer(barAt(8), at(9));
  assert.deepEqual(gapped.take(at(9)).bars, []);
  assert.equal(gapped.take(at(9) + DEADLINE).holes[0].bars, 1);
});

Deno.test("BarSequence gives nothing up only because time passes: without a later bar the market may be silent", () => {
  const sequence = sequenceOf({ recent: [barAt(0)], nextMs: at(1) });
  assert.equal(sequence.deadlineMs, Infinity);
  assert.deepEqual(taken(sequence, at(1_000)), { bars: [], holes: [] });
  sequence.offer(barAt(1), at(1_000));
  assert.deepEqual(taken(sequence, at(1_000)), { bars: [1], holes: [] });
});

Deno.test("BarSequence waits past the deadline for an answer that it has asked for, not for one that failed", () => {
  const sequence = sequenceOf({ recent: [barAt(0)], nextMs: at(1) });
  sequence.offer(barAt(2), at(3));
  assert.deepEqual(sequence.ask(at(3)), { fromMs: at(1), untilMs: at(2) });
  assert.deepEqual(taken(sequence, at(3) + 5 * DEADLINE), { bars: [], holes: [] });
  sequence.offer(barAt(1), at(3) + 5 * DEADLINE);
  sequence.answer(at(2));
  assert.deepEqual(taken(sequence, at(3) + 5 * DEADLINE), { bars: [1, 2], holes: [] });
  sequence.offer(barAt(4), at(5));
  sequence.ask(at(5));
  sequence.answer(null);
  assert.equal(sequence.deadlineMs, at(5) + DEADLINE);
});

Deno.test("BarSequence gives holes of old history up at once when the source has answered for them", () => {
  const sequence = sequenceOf();
  const nowMs = at(1_000);
  assert.deepEqual(sequence.ask(at(9)), { fromMs: START, untilMs: at(9) });
  for (const index of [1, 2, 4, 7]) sequence.offer(barAt(index), nowMs);
  sequence.answer(at(8));
  assert.deepEqual(taken(sequence, nowMs), { bars: [1, 2, 4, 7], holes: [[3, 4], [5, 7]] });
  assert.ok(!sequence.hasAnswered(at(9)));
  assert.deepEqual(sequence.ask(at(9)), { fromMs: at(8), untilMs: at(9) });
});

Deno.test("BarSequence keeps asking for a fresh hole until its deadline, though the source had none at first", () => {
  const sequence = sequenceOf({ recent: [barAt(0)], nextMs: at(1) });
  sequence.offer(barAt(2), at(3));
  for (let attempt = 0; attempt < 3; attempt++) {
    assert.deepEqual(sequence.ask(at(3)), { fromMs: at(1), untilMs: at(2) });
    sequence.answer(at(2));
    assert.deepEqual(taken(sequence, at(3) + attempt).bars, []);
  }
  assert.deepEqual(taken(sequence, at(3) + DEADLINE), { bars: [2], holes: [[1, 2]] });
});

Deno.test("BarSequence goes on behind an empty page, and asks from the start again when all was asked for", () => {
  const sequence = sequenceOf({ recent: [barAt(0)], nextMs: at(1) });
  assert.deepEqual(sequence.ask(at(9)), { fromMs: at(1), untilMs: at(9) });
  sequence.answer(at(5));
  assert.deepEqual(sequence.ask(at(9)), { fromMs: at(5), untilMs: at(9) });
  sequence.answer(at(9));
  assert.deepEqual(sequence.ask(at(9)), { fromMs: at(1), untilMs: at(9) });
  sequence.answer(null);
  assert.deepEqual(sequence.ask(at(1)), null);
  assert.ok(!sequence.isAsking);
});

Deno.test("BarSequence tells a doubled bar from one that differs, is too late or off the grid", () => {
  const sequence = sequenceOf({ recent: [barAt(4)], nextMs: at(5) });
  sequence.offer(barAt(6), at(7));
  assert.equal(kindOf(sequence, barAt(4)), "doubled");
  assert.equal(kindOf(sequence, barAt(6)), "doubled");
  assert.equal(kindOf(sequence, barAt(4, 6)), "differs");
  assert.equal(kindOf(sequence, barAt(6, 6)), "differs");
  assert.equal(kindOf(sequence, barAt(3)), "passed");
  assert.equal(kindOf(sequence, { ...barAt(8), openTimeMs: at(8) + 1 }), "off grid");
  assert.match(sequence.offer(barAt(4, 6), at(9))!.reason, /its high is 6, not 5/);
});

Deno.test("BarSequence holds at most so many bars, but always takes what fills the hole before them", () => {
  const sequence = sequenceOf({ recent: [barAt(0)], nextMs: at(1) }, 3);
  for (const index of [2, 3, 4]) assert.equal(sequence.offer(barAt(index), at(5)), null);
  assert.equal(kindOf(sequence, barAt(5)), "full");
  assert.equal(sequence.offer(barAt(1), at(5)), null);
  assert.deepEqual(taken(sequence, at(5)), { bars: [1, 2, 3, 4], holes: [] });
  assert.deepEqual(sequence.ask(at(6)), { fromMs: at(5), untilMs: at(6) });
});

Deno.test("BarSequence publishes each time once, ascending, and every time is a bar or in a hole", () => {
  const step = fc.oneof(
    fc.record({ offer: fc.integer({ min: 0, max: 30 }), close: fc.integer({ min: 4, max: 6 }) }),
    fc.record({ wait: fc.integer({ min: 0, max: 2 * DEADLINE }) }),
    fc.constantFrom("ask", "answer", "fail"),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
    const sequence = sequenceOf({ recent: [], nextMs: START });
    const covered: number[] = [];
    let nowMs = at(40);
    let wanted = null;
    for (const each of steps) {
      if (typeof each === "object" && "offer" in each) sequence.offer(barAt(each.offer, each.close), nowMs);
      else if (typeof each === "object") nowMs += each.wait;
      else if (each === "ask") wanted = sequence.isAsking ? wanted : sequence.ask(at(31));
      else if (sequence.isAsking) sequence.answer(each === "fail" ? null : wanted!.untilMs);
      const { bars, holes } = taken(sequence, nowMs);
      const times = [...bars];
      for (const [from, until] of holes) for (let index = from; index < until; index++) times.push(index);
      covered.push(...times.sort((a, b) => a - b));
    }
    assert.deepEqual(covered, Array.from(covered, (_, index) => index));
    assert.equal(sequence.nextMs, at(covered.length));
  }));
});
