import assert from "node:assert/strict";
import { openAccount, toLaneAccount } from "../../core/account/account.ts";
import { decisionStream, equityStream, fillStream, laneRecord } from "../../core/contracts/lane.ts";
import { RISK } from "../../core/redis/ledger_samples_testing.ts";
import { DAY_MS, decisionAt, equityAt, memoryStore } from "../run_samples_testing.ts";
import { checkBalance } from "./balance.ts";

/** Buys 3.33333333 at 3.00000001 for a fee of 0.01, holds a bar, sells half of a unit, and pays 0.5 for what it borrowed. By hand: 3.33333333 × 3.00000001 is
 * 10.0000000233…, rounded up 10.00000003. */
const LANE = [
  { cash: "89.98999997", quantity: "3.33333333", feesPaid: "0.01", equity: 109.98999995 },
  { cash: "89.98999997", quantity: "3.33333333", feesPaid: "0.01", equity: 109.98999995 },
  { cash: "92.48999997", quantity: "2.83333333", feesPaid: "0.01", borrowPaid: "0.5", equity: 109.48999995 },
];

async function ledger(changes: { cash?: string; equity?: number; extraFill?: boolean } = {}) {
  const store = memoryStore();
  const fill = { account: "paper", symbol: "A", decidedAtMs: null, reason: "order" as const };
  const [bought, sold] = [
    {
      ...fill,
      barMs: DAY_MS,
      side: "buy" as const,
      liquidity: "taker" as const,
      quantity: "3.33333333",
      price: "3.00000001",
      fee: "0.01",
    },
    {
      ...fill,
      barMs: 3 * DAY_MS,
      side: "sell" as const,
      liquidity: "taker" as const,
      quantity: "-0.5",
      price: "6",
      fee: "0",
    },
  ];
  await store.append(fillStream("paper", "A"), `${DAY_MS}-0`, bought);
  await store.append(fillStream("paper", "A"), `${3 * DAY_MS}-0`, sold);
  if (changes.extraFill) {
    await store.append(fillStream("paper", "A"), `${4 * DAY_MS}-0`, { ...sold, barMs: 4 * DAY_MS });
  }
  for (const [index, { equity, ...figures }] of LANE.entries()) {
    const day = index + 1;
    const cash = day === 2 ? changes.cash ?? figures.cash : figures.cash;
    const laneAccount = { ...toLaneAccount(openAccount(1n)), ...figures, cash };
    await store.append(
      decisionStream("paper", "A"),
      `${day * DAY_MS}-0`,
      decisionAt("A", day, { laneAccount }),
    );
    await equityAt(store, "A", day, { close: 6, equity: changes.equity ?? equity });
    if (day < 3) continue;
    await store.set(laneRecord("paper", "A"), {
      ...{ barMs: day * DAY_MS, version: 3, fence: 1 },
      state: {
        account: laneAccount,
        benchmark: laneAccount,
        pending: null,
        lastBar: null,
        peakEquity: 100,
        risk: RISK,
      },
    });
  }
  return await checkBalance(store, "paper", ["A"], "100");
}

Deno.test("checkBalance() rebuilds cash, quantity, fees and equity from the fills", async () => {
  assert.deepEqual(await ledger(), { bars: 3, fills: 2, fault: null });
});

Deno.test("checkBalance() finds a hundred-millionth that is missing, a fill of no bar, and a wrong mark", async () => {
  assert.match(
    (await ledger({ cash: "89.98999996" })).fault!,
    /^A 172800000-0: cash is 89.98999996, and the fills/,
  );
  assert.match((await ledger({ equity: 110 })).fault!, /^A 86400000-0: equity is 110, not 109.98999995/);
  assert.match((await ledger({ extraFill: true })).fault!, /the fill 345600000-0 belongs to no decided bar/);
});

Deno.test("checkBalance() misses a bar without its mark", async () => {
  const store = memoryStore();
  const laneAccount = { ...toLaneAccount(openAccount(1n)), cash: "100" };
  await store.append(decisionStream("paper", "A"), "1-0", {
    ...decisionAt("A", 0, { laneAccount }),
    barMs: 1,
  });
  assert.deepEqual(await store.range(equityStream("paper", "A")), []);
  assert.match((await checkBalance(store, "paper", ["A"], "100")).fault!, /equity is undefined, not there/);
});
