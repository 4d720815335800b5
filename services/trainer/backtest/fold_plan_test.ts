import assert from "node:assert/strict";
import { stepOf } from "../trainer_testing.ts";
import { DAY_MS, feedFrom } from "./backtest_testing.ts";
import { isUnknown, planFolds, stepsBefore } from "./fold_plan.ts";

const days = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => (from + index) * DAY_MS);
const FEED = feedFrom({ X: Array.from({ length: 300 }, (_, day) => 100 + day) });
/** The step of each bar that has two after it. */
const STEPS = Array.from({ length: 298 }, (_, index) => stepOf("X", index + 1));

Deno.test("planFolds() covers the span without a gap; each model learns until its own fold", () => {
  const span = { fromMs: 100 * DAY_MS, toMs: 190 * DAY_MS, trainUntilMs: 90 * DAY_MS };
  const folds = planFolds(days(100, 190), 3, span);
  assert.deepEqual(
    folds.map(({ fromMs, toMs, trainUntilMs }) => [fromMs, toMs, trainUntilMs].map((ms) => ms / DAY_MS)),
    [[100, 129, 90], [130, 160, 130], [161, 190, 161]],
  );
  assert.throws(
    () => planFolds(days(100, 190), 5, span),
    /Cannot make 5 folds as each must have 20 bars or more: there are 91 in all/,
  );
});

Deno.test("stepsBefore() purges steps whose reward reaches into the fold, and keeps the embargo", () => {
  const lastOf = (embargo: number) => {
    const last = stepsBefore(200 * DAY_MS, FEED.bars("X"), STEPS, embargo).at(-1)!;
    return last.barMs / DAY_MS;
  };
  assert.equal(lastOf(0), 197); // its reward ends at the open of day 199
  assert.equal(lastOf(5), 192);
  assert.deepEqual(stepsBefore(2 * DAY_MS, FEED.bars("X"), STEPS, 0), []);
  assert.equal(stepsBefore(Infinity, FEED.bars("X"), STEPS, 0).length, 298);
});

Deno.test("isUnknown() counts the bars that the last reward reached as known", () => {
  const from = (day: number) => ({ fromMs: day * DAY_MS, toMs: 300 * DAY_MS });
  assert.equal(isUnknown(FEED, from(200), 197 * DAY_MS), true);
  assert.equal(isUnknown(FEED, from(200), 198 * DAY_MS), false);
  assert.equal(isUnknown(FEED, from(200), 250 * DAY_MS), false);
});
