import assert from "node:assert/strict";
import { ManualClock } from "../testing/manual_clock.ts";
import { systemClock, until } from "./clock.ts";

Deno.test("systemClock.wait() ends at once when its signal aborts, and leaves no timer", async () => {
  const stop = new AbortController();
  const waiting = systemClock.wait(1_000_000, stop.signal);
  stop.abort();
  await waiting;
  await systemClock.wait(1_000_000, stop.signal);
});

Deno.test("systemClock.wait() ends after its time", async () => {
  const startedMs = systemClock.monotonicMs();
  await systemClock.wait(5);
  assert.ok(systemClock.monotonicMs() - startedMs >= 4);
});

Deno.test("until() gives the first value that is none of null, undefined and false; 0 and the empty text count", async () => {
  for (const value of [0, "", NaN, [], true]) {
    const answers = [null, undefined, false, value];
    const clock = new ManualClock({ jumps: true });
    assert.deepEqual(await until(clock, "a value", () => answers.shift(), { everyMs: 10 }), value);
    assert.equal(clock.nowMs(), 30);
  }
});

Deno.test("until() says what did not happen in time, having looked a last time", async () => {
  const clock = new ManualClock({ jumps: true });
  let looked = 0;
  await assert.rejects(
    until(clock, "the first model", () => (looked++, null), { everyMs: 10, deadlineMs: 25 }),
    { message: "Cannot go on as the first model must happen within 25 ms: it did not" },
  );
  assert.equal(looked, 4);
});

Deno.test("until() ends with the signal's reason", async () => {
  const stop = new AbortController();
  const clock = new ManualClock();
  const waiting = until(clock, "nothing", () => null, { signal: stop.signal });
  while (clock.waiting === 0) await Promise.resolve();
  stop.abort(new Error("stopped"));
  await assert.rejects(waiting, { message: "stopped" });
});

Deno.test("until() passes on what its condition throws", async () => {
  const condition = () => {
    throw new Error("broken");
  };
  await assert.rejects(until(new ManualClock(), "nothing", condition), { message: "broken" });
});
