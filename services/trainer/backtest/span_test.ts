import assert from "node:assert/strict";
import { Schedule } from "../../core/market/schedule.ts";
import { DAY_MS, feedFrom } from "./backtest_testing.ts";
import { barsIn, type SpanChoices, spanOf } from "./span.ts";

const FEED = feedFrom({ X: Array.from({ length: 20 }, (_, day) => 100 + day) });
const NOTHING: SpanChoices = { from: null, to: null, trainUntil: null, bars: null, bootstrapShare: 0.5 };
const day = (ms: number) => ms / DAY_MS;
const spanFor = (choices: Partial<SpanChoices>) => {
  const { fromMs, toMs, trainUntilMs } = spanOf(FEED, { ...NOTHING, ...choices });
  return [fromMs, toMs, trainUntilMs].map(day);
};

Deno.test("spanOf() begins by itself where a run of the whole system would", () => {
  const { firstLiveMs } = new Schedule(FEED, { bootstrapShare: 0.5 });
  assert.deepEqual(spanFor({}), [day(firstLiveMs), 20, day(firstLiveMs)]);
  assert.deepEqual(spanFor({ bars: 4 }), [11, 14, 11]);
});

Deno.test("spanOf() takes dates: the last one is included as a whole, and learning may end earlier", () => {
  assert.deepEqual(spanFor({ from: "1970-01-05", to: "1970-01-09" }), [4, 8, 4]);
  assert.deepEqual(spanFor({ from: "1970-01-05", trainUntil: "1970-01-03" }), [4, 20, 2]);
  assert.deepEqual(spanFor({ trainUntil: "1970-01-04" }), [3, 20, 3]);
  assert.deepEqual(spanFor({ from: "1970-01-05T00:00", to: "1970-01-07T12:00Z" }), [4, 6, 4]);
});

Deno.test("spanOf() refuses dates that cannot be meant, naming the option", () => {
  const fails = (choices: Partial<SpanChoices>, message: RegExp) =>
    assert.throws(() => spanFor(choices), message);
  fails(
    { from: "5.1.1970" },
    /^RangeError: Cannot take --from as it must be a date such as 2015-06-01, .*: it is 5\.1\.1970$/,
  );
  fails({ to: "1970-13-01" }, /--to .*: it is 1970-13-01/);
  fails(
    { from: "1970-01-05", trainUntil: "1970-01-06" },
    /--train-until must not be after --from: it is 1970-01-06/,
  );
  fails({ from: "1970-01-20" }, /there must be 3 bars or more from 1970-01-20.*: there are 2/);
  fails({ bars: 11 }, /there must be 11 bars or more .*: there are 10/);
});

Deno.test("barsIn() gives the bars of a span, both ends included", () => {
  const bars = [...barsIn(FEED, "X", { fromMs: 3 * DAY_MS, toMs: 5 * DAY_MS })];
  assert.deepEqual(bars.map(({ openTimeMs }) => day(openTimeMs)), [3, 4, 5]);
});
