import assert from "node:assert/strict";
import { FREE } from "../../core/account/account_testing.ts";
import { parseMoney } from "../../core/account/money.ts";
import { MiscConfig } from "../../core/config/misc.ts";
import { exitHead as exit, faultsOf, venueHeads as heads } from "../../core/venue/venue_heads_testing.ts";
import { MARKET } from "../../core/venue/venue_market_testing.ts";
import { checkCash, checkMarkets } from "./live_gate.ts";

const misc = MiscConfig.parse({ account: { name: "main", currency: "USDT" } });

Deno.test("checkMarkets() wants the account's currency, one lane for each currency, and exits that can rest", () => {
  const market = MARKET;
  const check = (markets: Record<string, typeof market>, of = heads(), rules = FREE) =>
    faultsOf(() => checkMarkets(new Map(Object.entries(markets)), { misc, heads: of, rulesOf: () => rules }));
  const both = heads({ stop: exit("none", 2), take: exit(3) });
  assert.deepEqual(check({ "BTC/USDT": market }, heads({ stop: exit(2) })), []);
  assert.deepEqual(check({ "BTC/USDT": { ...market, restsBoth: true } }, both), []);
  assert.deepEqual(check({ "BTC/EUR": { ...market, quote: "EUR" } }), [
    "BTC/EUR must be paid in account.currency USDT: it is paid in EUR",
  ]);
  assert.deepEqual(check({ "BTC/USDT": market, "BTC/USDT2": market }), [
    "BTC/USDT2 and BTC/USDT must not both hold BTC: nobody could tell whose it is",
  ]);
  assert.deepEqual(check({ "BTC/USDT": market }, both), [
    "heads must have stop or take, not both: what rests on the spot market BTC/USDT holds the whole quantity",
  ]);
  assert.deepEqual(
    check({ "BTC/USDT": { ...market, restsStops: false, restsTakes: false } }, both).slice(0, 2),
    [
      "BTC/USDT must take stops that rest at the venue: it takes none",
      "BTC/USDT must take orders for profits that rest at the venue: it takes none",
    ],
  );
});

Deno.test("checkMarkets() refuses what only paper can do", () => {
  const rules = { ...FREE, entry: "limit" as const, maxLeverage: 2, multiplier: 50 };
  const wished = { misc, heads: heads(), rulesOf: () => rules };
  assert.deepEqual(faultsOf(() => checkMarkets(new Map([["BTC/USDT", MARKET]]), wished)), [
    "BTC/USDT must be entered at the market: its entry is limit",
    "BTC/USDT must be traded without borrowing: its largest leverage is 2",
    "BTC/USDT must be counted in units: its multiplier is 50",
  ]);
});

Deno.test("checkCash() wants the venue to hold what new lanes start with", () => {
  checkCash(parseMoney("1000"), parseMoney("1000"), "USDT");
  assert.deepEqual(faultsOf(() => checkCash(parseMoney("1000"), parseMoney("999.5"), "USDT")), [
    "the venue must hold what new lanes start with (account.cash_per_lane), together 1000 USDT: it holds 999.5",
  ]);
});
