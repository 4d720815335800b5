import assert from "node:assert/strict";
import fc from "fast-check";
import { controlDocument } from "./control.ts";
import { Decimal, Fill, LaneAccount, LaneState, leaseKey, PendingOrder, replicaKey } from "./lane.ts";
import { accountTotal } from "./risk.ts";

Deno.test("Decimal takes amounts of up to 20 digits with up to 8 places", () => {
  const digits = (least: number, most: number) => fc.stringMatching(new RegExp(`^[0-9]{${least},${most}}$`));
  fc.assert(fc.property(fc.constantFrom("", "-"), digits(1, 20), digits(0, 8), (sign, whole, places) => {
    const text = `${sign}${whole}${places === "" ? "" : `.${places}`}`;
    assert.ok(Decimal.safeParse(text).success, text);
  }));
});

Deno.test("Decimal refuses what money is never written as", () => {
  for (
    const text of ["", "1e5", "1.123456789", ".5", "5.", "+1", "NaN", "1,5", " 1", "--1", "9".repeat(21)]
  ) {
    assert.equal(Decimal.safeParse(text).success, false, text);
  }
});

Deno.test("PendingOrder refuses a target beyond the most leverage, and exits at no distance", () => {
  const order = {
    decidedAtMs: 1,
    target: -0.5,
    stopDistance: 2,
    takeDistance: null,
    isResize: false,
    isTrailing: false,
    limitPrice: null,
  };
  assert.ok(PendingOrder.safeParse(order).success);
  for (const target of [3.01, -4, NaN]) {
    assert.equal(PendingOrder.safeParse({ ...order, target }).success, false, String(target));
  }
  for (const distance of [0, -1, NaN, Infinity]) {
    assert.equal(
      PendingOrder.safeParse({ ...order, stopDistance: distance }).success,
      false,
      String(distance),
    );
    assert.equal(
      PendingOrder.safeParse({ ...order, takeDistance: distance }).success,
      false,
      String(distance),
    );
  }
});

Deno.test("LaneAccount takes an account from before there were stops as one without", () => {
  const old = { cash: "1", quantity: "0", entryPrice: "0", barsInTrade: 0, feesPaid: "0" };
  assert.deepEqual(LaneAccount.parse(old), {
    ...old,
    borrowPaid: "0",
    stopPrice: "0",
    takePrice: "0",
    trailDistance: "0",
    cooldownLeft: 0,
  });
});

Deno.test("every key of an account shares its hash tag", () => {
  assert.equal(accountTotal("paper").key, "{paper}:total");
  assert.equal(controlDocument("paper").key, "control:{paper}");
  assert.equal(leaseKey("paper"), "{paper}:leases");
  assert.equal(replicaKey("paper"), "{paper}:replicas");
});

Deno.test("an order, a lane and a fill from before limits, trailing stops and makers are read as without them", () => {
  const order = { decidedAtMs: 1, target: 1, stopDistance: null, takeDistance: null, isResize: false };
  assert.deepEqual(PendingOrder.parse(order), { ...order, isTrailing: false, limitPrice: null });
  const account = LaneAccount.parse({
    cash: "1",
    quantity: "0",
    entryPrice: "0",
    barsInTrade: 0,
    feesPaid: "0",
  });
  const lane = { account, benchmark: account, pending: null, peakEquity: 1 };
  assert.equal(LaneState.parse(lane).lastBar, null);
  const fill = {
    account: "a",
    symbol: "A",
    barMs: 1,
    decidedAtMs: 0,
    side: "buy",
    quantity: "1",
    price: "1",
    fee: "0",
  };
  assert.equal(Fill.parse({ ...fill, reason: "order" }).liquidity, "taker");
});
