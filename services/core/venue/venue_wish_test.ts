import assert from "node:assert/strict";
import { Heads } from "../config/heads.ts";
import { MiscConfig } from "../config/misc.ts";
import { exitHead as exit, faultsOf, venueHeads as heads } from "./venue_heads_testing.ts";
import { checkWish, type VenueWish } from "./venue_wish.ts";

function wish(venue: Record<string, unknown>, changes: Partial<VenueWish> = {}): VenueWish {
  return {
    misc: MiscConfig.parse({ account: { name: "main", currency: "USDT" }, venue }),
    isLive: false,
    keys: { key: "k", secret: "s", password: null },
    feed: { feed: "ccxt:binance", plannedLiveBars: null, symbols: ["BTC/USDT"] },
    heads: heads(),
    ...changes,
  };
}

const SENTENCE = "trade real money on binance with account main";

Deno.test("checkWish() lets paper and a sandbox pass as they are", () => {
  assert.deepEqual(faultsOf(() => checkWish(wish({}, { keys: null }))), []);
  assert.deepEqual(faultsOf(() => checkWish(wish({ broker: "ccxt" }))), []);
});

Deno.test("checkWish() lets real money pass only with --live and the sentence that names exchange and account", () => {
  const real = { broker: "ccxt", sandbox: false };
  assert.deepEqual(
    faultsOf(() => checkWish(wish({ ...real, confirm_live: SENTENCE }, { isLive: true }))),
    [],
  );
  assert.deepEqual(faultsOf(() => checkWish(wish({ ...real, confirm_live: SENTENCE }))), [
    "real money needs --live beside venue.sandbox false: it is not given",
  ]);
  for (
    const confirm_live of [
      "",
      "yes",
      SENTENCE.replace("main", "other"),
      SENTENCE.replace("binance", "kraken"),
    ]
  ) {
    assert.deepEqual(faultsOf(() => checkWish(wish({ ...real, confirm_live }, { isLive: true }))), [
      `venue.confirm_live must be "${SENTENCE}": it is "${confirm_live}"`,
    ]);
  }
});

Deno.test("checkWish() refuses --live without a venue for real money", () => {
  assert.deepEqual(faultsOf(() => checkWish(wish({}, { isLive: true }))), [
    "--live must come with venue.broker ccxt in misc.yaml: it is paper",
  ]);
  assert.deepEqual(faultsOf(() => checkWish(wish({ broker: "ccxt" }, { isLive: true }))), [
    "--live must come with venue.sandbox false, as it means real money: it is true",
  ]);
});

Deno.test("checkWish() names every fault at once: keys, a feed of the past, trailing stops, shorts", () => {
  const faults = faultsOf(() =>
    checkWish(wish({ broker: "ccxt" }, {
      keys: null,
      feed: { feed: "S&P 500", plannedLiveBars: 300, symbols: ["SPX"] },
      heads: Heads.parse({
        action: { type: "branch_q", values: ["flat", "long", "short"] },
        stop: { ...exit(2), stop_kind: "trailing" },
      }),
    }))
  );
  assert.deepEqual(faults, [
    "RLTRADER_VENUE_KEY and RLTRADER_VENUE_SECRET must hold the account's keys: they are not set",
    "orders must follow a market in real time, ccxt:EXCHANGE or ticks:redis: the feed is S&P 500",
    "heads.stop.stop_kind must be fixed: a stop that rests at the venue does not follow the price",
    "heads.action.values must not hold short: a spot market has none to sell",
  ]);
});
