import assert from "node:assert/strict";
import { TradeTally } from "./trade_tally.ts";

Deno.test("TradeTally counts trades from flat to flat, net of fees, by hand", () => {
  const tally = new TradeTally();
  const fill = (quantity: string, price: string, fee: string) => tally.push({ quantity, price, fee });
  fill("10", "100", "1");
  fill("-4", "110", "0.5");
  assert.deepEqual([tally.trades, tally.won], [0, 0]);
  fill("-6", "99", "0.5"); // 440 + 594 − 1,000 − 2 = 32
  assert.deepEqual([tally.trades, tally.won], [1, 1]);
  fill("-0.1", "50", "0.01");
  fill("0.1", "50", "0.01"); // its fees alone
  assert.deepEqual([tally.trades, tally.won], [2, 1]);
  assert.equal(tally.traded, 1_000 + 440 + 594 + 5 + 5);
  assert.ok(Math.abs(tally.fees - 2.02) < 1e-12);
});

Deno.test("TradeTally is exact about what is held: 0.1 + 0.2 − 0.3 is flat", () => {
  const tally = new TradeTally();
  for (const quantity of ["0.1", "0.2", "-0.3"]) tally.push({ quantity, price: "10", fee: "0" });
  assert.equal(tally.trades, 1);
});
