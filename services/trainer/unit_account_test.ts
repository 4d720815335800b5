import assert from "node:assert/strict";
import { markEquity } from "../core/account/account.ts";
import { parseMoney } from "../core/account/money.ts";
import { rescaleOf, UNIT_ACCOUNT } from "./unit_account.ts";

Deno.test("rescaleOf() leaves an account within a thousandfold as it is, and brings it back from beyond", () => {
  const unit = UNIT_ACCOUNT.cash;
  for (const equity of [unit, unit * 1_000n, unit / 1_000n]) assert.equal(rescaleOf(equity), null);
  const large = { ...UNIT_ACCOUNT, cash: unit * 2_000n, feesPaid: parseMoney("5000") };
  assert.deepEqual(rescaleOf(large.cash)!(large), {
    ...UNIT_ACCOUNT,
    cash: unit * 2n,
    feesPaid: parseMoney("5"),
  });
  const small = { ...UNIT_ACCOUNT, cash: unit / 2_000n };
  assert.equal(rescaleOf(small.cash)!(small).cash, unit / 2n);
});

Deno.test("rescaleOf() keeps what a position is worth of the equity, and where it ends", () => {
  const short = {
    ...UNIT_ACCOUNT,
    cash: UNIT_ACCOUNT.cash * 3_000n,
    quantity: parseMoney("-10000000"),
    entryPrice: parseMoney("101.5"),
    stopPrice: parseMoney("110"),
    barsInTrade: 4,
  };
  const equity = markEquity(short, 100);
  const after = rescaleOf(equity)!(short);
  assert.equal(markEquity(after, 100), equity / 1_000n);
  assert.equal(after.quantity * 1_000n, short.quantity);
  assert.deepEqual(
    [after.entryPrice, after.stopPrice, after.barsInTrade],
    [short.entryPrice, short.stopPrice, 4],
  );
});
