import { equal } from "node:assert/strict";
import { barDate, decimal, duration, figure, money, percent, signed, signedPercent } from "./format.ts";

Deno.test("numbers have a fixed width of decimals, a true minus, and no negative zero", () => {
  equal(decimal(-1234.5, 2), "−1,234.50");
  equal(decimal(-0.001, 2), "0.00");
  equal(decimal(null, 2), "–");
  equal(decimal(NaN, 2), "–");
  equal(signed(0.004, 2), "0.00");
  equal(signed(0.5, 1), "+0.5");
  equal(percent(0.1234), "12.3 %");
  equal(signedPercent(-0.05), "−5.00 %");
  equal(money(12_345_678.9), "12,345,679");
});

Deno.test("figure() keeps small and large values readable", () => {
  equal(figure(12), "12");
  equal(figure(0.01234), "0.01234");
  equal(figure(0.0000123), "1.23e−5");
  equal(figure(1234.567), "1,235");
});

Deno.test("barDate() names days without a time and minutes with one, in UTC", () => {
  equal(barDate(Date.UTC(2020, 3, 16), "1d"), "2020-04-16");
  equal(barDate(Date.UTC(2020, 3, 16, 14, 30), "5m"), "2020-04-16 14:30");
  equal(barDate(null, "1d"), "–");
});

Deno.test("duration() chooses its unit", () => {
  equal(duration(1_234), "1.2 s");
  equal(duration(45_000), "45 s");
  equal(duration(600_000), "10 min");
  equal(duration(9_000_000), "2.5 h");
});
