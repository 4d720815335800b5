import assert from "node:assert/strict";
import { ManualClock } from "../../testing/manual_clock.ts";
import { ExchangeClock } from "./exchange_clock.ts";

const START = Date.UTC(2024, 0, 1);

/** @param travelMs How long each way takes, question by question. */
function world(aheadMs: number, travelMs: readonly (readonly [there: number, back: number])[]) {
  const clock = new ManualClock({ startMs: START });
  const warnings: string[] = [];
  const log = {
    debug() {},
    info() {},
    error() {},
    warn: (_: object, message: string) => void warnings.push(message),
  };
  const exchange = new ExchangeClock({ name: "ccxt:x", warnMs: 500, refuseMs: 5_000, clock, log });
  const travels = [...travelMs];
  const fetchTime = () => {
    const [there, back] = travels.shift()!;
    clock.advance(there);
    const theirsMs = clock.nowMs() + aheadMs;
    clock.advance(back);
    return Promise.resolve(theirsMs);
  };
  return { clock, exchange, warnings, check: () => exchange.check(fetchTime) };
}

Deno.test("ExchangeClock tells the exchange's time, from the quickest of three answers", async () => {
  const { clock, exchange, warnings, check } = world(120, [[0, 900], [10, 10], [700, 0]]);
  assert.equal(exchange.nowMs(), START);
  await check();
  assert.equal(exchange.offsetMs, 120);
  assert.equal(exchange.nowMs(), clock.nowMs() + 120);
  assert.deepEqual(warnings, []);
});

Deno.test("ExchangeClock warns of a clock that is off, and refuses one that is far off, in either direction", async () => {
  for (
    const [aheadMs, words] of [[800, "800 ms behind ccxt:x's"], [-800, "800 ms ahead of ccxt:x's"]] as const
  ) {
    const { warnings, check } = world(aheadMs, [[0, 0], [0, 0], [0, 0]]);
    await check();
    assert.deepEqual(warnings, [`this machine's clock is ${words}`]);
  }
  await assert.rejects(world(-60_000, [[5, 5], [5, 5], [5, 5]]).check(), {
    name: "RangeError",
    message: "Cannot follow ccxt:x as this machine's clock must be within 5000 ms of the exchange's " +
      "(exchange.clock_refuse_ms): it is 60000 ms ahead of it. Synchronise it, e.g. with NTP",
  });
});

Deno.test("ExchangeClock refuses nobody for what slow answers leave in doubt", async () => {
  const slow = Array.from({ length: 3 }, () => [0, 12_000] as const);
  const { exchange, warnings, check } = world(0, slow);
  await check();
  assert.deepEqual([exchange.offsetMs, warnings], [-6_000, []]);
});
