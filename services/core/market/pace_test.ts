import assert from "node:assert/strict";
import fc from "fast-check";
import { paced } from "./pace.ts";

/** A clock that jumps to the end of each sleep, and a little further. */
class FakeClock {
  constructor(readonly lateMs = 0) {}
  timeMs = 1_000;
  sleeps = 0;
  nowMs() {
    return this.timeMs;
  }
  sleep(ms: number) {
    this.sleeps++;
    this.timeMs += ms + this.lateMs;
    return Promise.resolve();
  }
}
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

Deno.test("paced() yields everything in order, one interval apart, the first at once", async () => {
  const clock = new FakeClock();
  const seen: [number, number][] = [];
  for await (const round of paced(numbers(5), { speed: 4, clock })) seen.push([round, clock.timeMs - 1_000]);
  assert.deepEqual(seen, [[0, 0], [1, 250], [2, 500], [3, 750], [4, 1_000]]);
});

Deno.test("paced() does not drift, however late each timer is", async () => {
  await fc.assert(fc.asyncProperty(fc.double({ min: 0, max: 9, noNaN: true }), async (lateMs) => {
    const clock = new FakeClock(lateMs);
    let atMs = 0;
    for await (const _ of paced(numbers(1_001), { speed: 100, clock })) atMs = clock.timeMs - 1_000;
    assert.ok(Math.abs(atMs - (10_000 + lateMs)) < 1e-6, `${atMs}`);
  }));
});

Deno.test("paced() catches up after a short hold-up, and starts anew after a long one", async () => {
  const spans = async (holdUpMs: number) => {
    const clock = new FakeClock();
    const times: number[] = [];
    for await (const round of paced(numbers(20), { speed: 10, clock })) {
      times.push(clock.timeMs);
      if (round === 5) clock.timeMs += holdUpMs;
    }
    return times[19] - times[0];
  };
  assert.equal(await spans(400), 1_900);
  // Round 6 was due 100 ms after round 5, comes 60 s after it, and the next 13 follow at the pace.
  assert.equal(await spans(60_000), 500 + 60_000 + 1_300);
});

Deno.test("paced() at max never sleeps", async () => {
  const clock = new FakeClock();
  let count = 0;
  for await (const _ of paced(numbers(1_000), { speed: "max", clock })) count++;
  assert.equal(count, 1_000);
  assert.equal(clock.sleeps, 0);
});

Deno.test("paced() throws the signal's reason as soon as it aborts, also while it sleeps", async () => {
  for (const speed of [1, "max"] as const) {
    const stop = new AbortController();
    const clock = new FakeClock();
    const sleep = clock.sleep.bind(clock);
    clock.sleep = (ms: number) => {
      if (clock.sleeps === 2) stop.abort(new Error("asked to stop"));
      return sleep(ms);
    };
    const seen: number[] = [];
    await assert.rejects(async () => {
      for await (const round of paced(numbers(10), { speed, clock, signal: stop.signal })) {
        seen.push(round);
        if (speed === "max" && round === 2) stop.abort(new Error("asked to stop"));
      }
    }, /asked to stop/);
    assert.deepEqual(seen, [0, 1, 2]);
  }
});

Deno.test("paced() takes rounds that come one by one", async () => {
  async function* rounds() {
    for (const round of numbers(3)) yield await Promise.resolve(round);
  }
  const seen: number[] = [];
  for await (const round of paced(rounds(), { speed: 1, clock: new FakeClock() })) seen.push(round);
  assert.deepEqual(seen, [0, 1, 2]);
});

Deno.test("paced() refuses a speed that no timer can keep", async () => {
  for (const speed of [0, -1, NaN, 1e-9]) {
    await assert.rejects(paced([1], { speed, clock: new FakeClock() }).next(), {
      name: "RangeError",
      message: new RegExp(`the speed must be "max" or at least .* bars/s: it is ${speed}`),
    });
  }
});
