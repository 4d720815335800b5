/** Real orders, by real processes: inference places them at the venue through ccxt, and is killed in the middle of it. */
import assert from "node:assert/strict";
import { formatMoney, parseMoney } from "../core/account/money.ts";
import { decisionStream, fillStream, laneRecord } from "../core/contracts/lane.ts";
import { outboxStream, reconciliations, venueStream } from "../core/contracts/venue.ts";
import { ACCOUNT, SYMBOL, VenueRun } from "./venue_run_testing.ts";

Deno.test("deno task dev trades at a venue: orders are executed once through a kill between sending and recording", async () => {
  await using run = await VenueRun.start();
  const { venue } = run;
  await run.until(
    "the first decision",
    async () => (await run.all(decisionStream(ACCOUNT, SYMBOL))).length > 0,
  );
  let killed = 0;
  venue.onAsked = (endpoint) => {
    if (endpoint !== "send" || killed > 0) return;
    killed++;
    void run.pidOf("inference-1").then((pid) => Deno.kill(pid, "SIGKILL"));
  };
  run.hurry();
  await run.until(
    "orders after the kill",
    () => venue.books.orders.filter(({ executed }) => executed > 0n).length >= 4,
  );
  const isTold = async () => {
    const told = (await run.all(venueStream(ACCOUNT, SYMBOL))).flatMap(({ fills }) => fills).length;
    return told === venue.books.trades.length;
  };
  await run.until("all is told", isTold);
  const summary = await run.stop();

  assert.equal(killed, 1);
  assert.deepEqual([summary.venue, summary.restarts, summary.halted], ["sandbox binance", 1, null]);
  const events = await run.all(venueStream(ACCOUNT, SYMBOL));
  const intents = await run.all(outboxStream(ACCOUNT, SYMBOL));
  const executed = venue.books.orders.filter(({ executed }) => executed > 0n).map(({ clientOrderId }) =>
    clientOrderId
  );
  assert.equal(new Set(executed).size, executed.length, "no order was executed twice");
  const known = new Set(
    events.filter(({ kind }) => kind === "sending").map(({ clientOrderId }) => clientOrderId),
  );
  assert.ok(executed.every((id) => known.has(id)), "none was sent that was not written down");
  assert.ok(intents.length >= 2);
  assert.ok(venue.books.orders.some(({ type }) => type === "STOP_LOSS"), "stops rest at the venue");
  const trades = events.flatMap(({ fills }) => fills.map(({ tradeId }) => tradeId));
  assert.equal(new Set(trades).size, trades.length);

  // What the ledger has applied, and what came after its last commit, is what the venue holds.
  const record = (await run.store.get(laneRecord(ACCOUNT, SYMBOL)))!;
  const { account, venue: { applied, dust } } = { venue: { applied: 0, dust: "0" }, ...record.state };
  const later = events.slice(applied).flatMap(({ side, leg, fills }) => {
    assert.notEqual(leg, "reconcile");
    return fills.map(({ quantity, fee, feeCurrency }) =>
      (side === "buy" ? 1n : -1n) * parseMoney(quantity) - (feeCurrency === "BTC" ? parseMoney(fee) : 0n)
    );
  });
  const held = [account.quantity, dust].map(parseMoney).concat(later).reduce((sum, each) => sum + each, 0n);
  assert.equal(formatMoney(held), formatMoney(venue.books.balance("BTC")));
  assert.ok((await run.all(fillStream(ACCOUNT, SYMBOL))).length > 0);
  assert.equal((await run.store.getField(reconciliations(ACCOUNT), SYMBOL))?.state, "agrees");
});
