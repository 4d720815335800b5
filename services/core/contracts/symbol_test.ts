import assert from "node:assert/strict";
import { SymbolName, timeframeMs } from "./symbol.ts";

Deno.test("SymbolName takes names of venues and refuses what could forge a key", () => {
  for (const name of ["SPX", "BTC/USDT", "A-1", "BRK.B", "x_1", "9"]) {
    assert.ok(SymbolName.safeParse(name).success, name);
  }
  for (const name of ["", "-A", "A:B", "A B", "{paper}", "A*", "A\n", "Ä", "x".repeat(33)]) {
    assert.equal(SymbolName.safeParse(name).success, false, JSON.stringify(name));
  }
});

Deno.test("timeframeMs() measures minutes, hours, days and weeks", () => {
  assert.equal(timeframeMs("1m"), 60_000);
  assert.equal(timeframeMs("4h"), 14_400_000);
  assert.equal(timeframeMs("1d"), 86_400_000);
  assert.equal(timeframeMs("2w"), 1_209_600_000);
});

Deno.test("timeframeMs() refuses what is no timeframe, naming it", () => {
  for (const timeframe of ["", "1", "d", "0d", "1.5h", "1y", "-1m"]) {
    assert.throws(() => timeframeMs(timeframe), {
      name: "RangeError",
      message: new RegExp(`is ${timeframe}$`),
    });
  }
});
