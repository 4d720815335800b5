import assert from "node:assert/strict";
import { bookOf, DAY_MS } from "../backtest_testing.ts";
import { portfolioOf } from "../portfolio.ts";
import { drawnRows, underwater } from "./curve_chart.ts";
import { monthlyReturns } from "./monthly_table.ts";
import { escape, ticks, timeTicks } from "./svg.ts";

Deno.test("drawnRows() keeps the ends, and the lowest and highest of each piece", () => {
  const values = Float64Array.from({ length: 10_000 }, (_, row) => Math.sin(row / 50));
  values[4_321] = 9;
  const rows = drawnRows(values, 200);
  assert.ok(rows.length <= 202 && rows.includes(4_321));
  assert.deepEqual([rows[0], rows.at(-1)], [0, 9_999]);
  assert.deepEqual(rows, rows.toSorted((a, b) => a - b));
  assert.deepEqual(drawnRows(Float64Array.of(1, 2, 3)), [0, 1, 2]);
});

Deno.test("underwater() is the share below the peak so far", () => {
  assert.deepEqual([...underwater(Float64Array.of(100, 50, 200, 150))], [0, -0.5, 0, -0.25]);
});

Deno.test("ticks() are round and within their range", () => {
  assert.deepEqual(ticks(0, 10, 5), [0, 2, 4, 6, 8, 10]);
  assert.deepEqual(ticks(-0.31, 0, 3), [-0.2, 0].map(String).map(Number).filter((each) => each >= -0.31));
  assert.deepEqual(ticks(101, 104.9, 4), [101, 102, 103, 104]);
  assert.ok(ticks(5, 5, 5).length <= 11);
});

Deno.test("timeTicks() name years, months, days or hours, by what fits", () => {
  const labels = (from: string, to: string) =>
    timeTicks(Date.parse(from), Date.parse(to), 12).map(({ label }) => label);
  assert.deepEqual(labels("2000-06-01", "2005-02-01"), ["2001", "2002", "2003", "2004", "2005"]);
  assert.deepEqual(labels("2001-11-15", "2002-03-15"), ["Dec", "2002", "Feb", "Mar"]);
  assert.deepEqual(labels("2001-11-15", "2001-11-18"), ["15 Nov", "16 Nov", "17 Nov", "18 Nov"]);
  assert.deepEqual(labels("2001-11-15T00:00Z", "2001-11-15T02:00Z"), ["00:00", "01:00", "02:00"]);
});

Deno.test("monthlyReturns() go from the last equity of a month to that of the next", () => {
  const [first, second] = monthlyReturns(portfolioOf([
    // 45 days from 1970-12-01 on: 31 in December, 14 in January.
    bookOf(Array.from({ length: 45 }, (_, day) => day < 30 ? 100 : day < 44 ? 110 : 99), { firstDay: 334 }),
  ]));
  assert.equal(334 * DAY_MS, Date.UTC(1970, 11, 1));
  assert.deepEqual([first!.year, first!.months.filter((each) => each !== null).length], [1970, 1]);
  assert.ok(Math.abs(first!.months[11]! - 0.1) < 1e-12 && Math.abs(first!.total - 0.1) < 1e-12);
  assert.ok(Math.abs(second!.months[0]! + 0.1) < 1e-12);
  assert.equal(second!.months[1], null);
});

Deno.test("escape() leaves no way out of an attribute or an element", () => {
  assert.equal(escape(`<a b="c" d='e'>&`), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;");
});
