import assert from "node:assert/strict";
import { ManualClock } from "../../testing/manual_clock.ts";
import { Wake } from "./wake.ts";

/** Whether a promise is settled once all that is ready has run. */
async function isOver(promise: Promise<void>): Promise<boolean> {
  let over = false;
  void promise.then(() => over = true);
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  return over;
}

Deno.test("Wake rests until the time, or until there is news", async () => {
  const clock = new ManualClock();
  const wake = new Wake(clock);
  const first = wake.wait(100);
  clock.advance(99);
  assert.ok(!await isOver(first));
  clock.advance(1);
  assert.ok(await isOver(first));
  const second = wake.wait(100);
  assert.ok(!await isOver(second));
  wake.up();
  assert.ok(await isOver(second));
});

Deno.test("Wake does not rest if there was news before, and tells it once", async () => {
  const clock = new ManualClock();
  const wake = new Wake(clock);
  wake.up();
  wake.up();
  assert.ok(await isOver(wake.wait(100)));
  const next = wake.wait(100);
  assert.ok(!await isOver(next));
  clock.advance(100);
  await next;
});
