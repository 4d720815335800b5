import assert from "node:assert/strict";
import { FREE, fresh, go, holding } from "../account/account_testing.ts";
import { clientOrderId } from "./client_order_id.ts";
import { planOrder } from "./order_plan.ts";
import { MARKET } from "./venue_market_testing.ts";

const PARTS = { account: "main", symbol: "BTC/USDT", market: MARKET, rules: FREE, reserve: 0 };

function planned(
  ...[account, order, close, changes = {}]: [
    Parameters<typeof planOrder>[0],
    Parameters<typeof planOrder>[1],
    number,
    Partial<typeof PARTS>?,
  ]
): string {
  const plan = planOrder(account, order, close, { ...PARTS, ...changes });
  return "nothing" in plan ? plan.nothing : `${plan.intent.leg} ${plan.intent.side} ${plan.intent.quantity}`;
}

Deno.test("planOrder() enters with a share of the cash, in whole lots, costs included", () => {
  assert.equal(planned(fresh("1000"), go(0.5), 3), "entry buy 166.66666");
  assert.equal(
    planned(fresh("1000"), go(1), 100, { rules: { ...FREE, takerBps: 100 } }),
    "entry buy 9.90099",
  );
});

Deno.test("planOrder() keeps a reserve back, as the price moves before the order fills", () => {
  assert.equal(planned(fresh("1000"), go(1), 100, { reserve: 0.01 }), "entry buy 9.9");
  assert.equal(planned(fresh("1000"), go(0.5), 100, { reserve: 0.01 }), "entry buy 5");
});

Deno.test("planOrder() leaves with all whole lots, and resizes by what is missing or too much", () => {
  const half = holding(0.5, 100); // 5 BTC and 500 USDT
  assert.equal(planned(half, go(0), 120), "exit sell 5");
  assert.equal(planned(half, go(0.75, { isResize: true }), 100), "add buy 2.5");
  assert.equal(planned(half, go(0.2, { isResize: true }), 100), "reduce sell 3");
});

Deno.test("planOrder() orders nothing that the venue would find too small, and says so", () => {
  assert.equal(
    planned(fresh("1000"), go(0.004), 100),
    "the order is too small for the venue, which asks for 0.00001 BTC and 5 USDT at least: it is 0.04 BTC",
  );
  assert.match(planned({ ...fresh("1000"), quantity: 900n }, go(0), 100), /it is 0 BTC$/);
});

Deno.test("planOrder() refuses a short", () => {
  assert.throws(() => planOrder(fresh("1000"), go(-0.5), 100, PARTS), {
    name: "RangeError",
    message: "Cannot plan an order as a spot market has no shorts: the target is -0.5, and 0 is held",
  });
});

Deno.test("planOrder() hands the exits of an entry on, and names the order after its bar", () => {
  const order = go(0.5, { stopDistance: 3, takeDistance: 6 });
  const plan = planOrder(fresh("1000"), order, 100, PARTS);
  assert.ok("intent" in plan);
  const { stopDistance, takeDistance, barMs, clientOrderId: id } = plan.intent;
  assert.deepEqual([stopDistance, takeDistance, barMs], [3, 6, 7]);
  assert.equal(id, clientOrderId({ account: "main", symbol: "BTC/USDT", barMs: 7, leg: "entry" }));
});

Deno.test("clientOrderId() differs by account, symbol, bar, leg and attempt, and fits 32 small letters and digits", () => {
  const of = { account: "main", symbol: "BTC/USDT", barMs: 1_767_571_200_000, leg: "entry" } as const;
  const ids = [
    clientOrderId(of),
    clientOrderId({ ...of, account: "other" }),
    clientOrderId({ ...of, symbol: "ETH/USDT" }),
    clientOrderId({ ...of, barMs: of.barMs + 60_000 }),
    clientOrderId({ ...of, leg: "exit" }),
    clientOrderId(of, 1),
  ];
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) assert.match(id, /^rl[0-9a-f]{28}$/);
  assert.equal(clientOrderId(of), "rlbdd6f36270a29ade2a9dad6c374c", "it is the same after every restart");
});
