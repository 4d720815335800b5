/** The agent with a desk: what the venue tells moves the account, and what a decision went by is on record. */
import assert from "node:assert/strict";
import { openAccount } from "../../core/account/account.ts";
import { parseMoney } from "../../core/account/money.ts";
import { barStream } from "../../core/contracts/bar.ts";
import { type Decision, decisionStream, laneRecord } from "../../core/contracts/lane.ts";
import { outboxStream, venueStream } from "../../core/contracts/venue.ts";
import { loadedModel, STRATEGY } from "../../core/lane/lane_testing.ts";
import { laneOf, stepLane, toLaneState } from "../../core/lane/lane_step.ts";
import { systemClock, until } from "../../core/runtime/clock.ts";
import { silentLog } from "../../core/runtime/log.ts";
import { FakeMatching } from "../../core/testing/fake_matching.ts";
import { fakeModel } from "../../core/testing/fake_network.ts";
import { VenueBook } from "../../core/venue/venue_book.ts";
import { MARKET } from "../../core/venue/venue_market_testing.ts";
import { ACCOUNT, barAt, DAY_MS, HISTORY, TIMEFRAME, World } from "../inference_testing.ts";
import { PaperBroker } from "./paper_broker_testing.ts";
import { VenueDesk } from "./venue_desk.ts";
import { VenueJournal } from "./venue_journal.ts";
import { SYMBOL } from "./venue_testing.ts";

const MODEL = await loadedModel(fakeModel([[1, 0.5], [-1, -0.5], [0, 1]], { [SYMBOL]: 0.02 }));
const LIVE = 30;

class VenueWorld extends World implements AsyncDisposable {
  readonly books = new FakeMatching(() => 0);
  readonly broker = new PaperBroker(this.books);
  readonly desk: VenueDesk;
  readonly #stop = new AbortController();

  constructor(isReal = false) {
    super();
    this.books.balances.set("USDT", parseMoney("100000"));
    this.desk = new VenueDesk({
      ...{
        account: ACCOUNT,
        symbol: SYMBOL,
        timeframe: TIMEFRAME,
        timeframeMs: DAY_MS,
        replica: "inference-1",
      },
      ...{ market: MARKET, broker: this.broker, store: this.store, ledger: this.ledger, clock: this.clock },
      opening: { account: openAccount(parseMoney(STRATEGY.cash)), dust: 0n },
      ...{
        rules: STRATEGY.rulesOf(SYMBOL),
        reserve: 0.1,
        isReal,
        log: silentLog,
        leads: () => true,
        random: () => 0.5,
      },
      settings: { pollMs: 2_000, lookMs: 500, settleMs: 10_000, sendWithinMs: 30_000, mostRetryMs: 30_000 },
      journal: new VenueJournal({
        ...{ account: ACCOUNT, symbol: SYMBOL, store: this.store },
        onDisk: () => Promise.resolve(),
      }),
    });
  }

  /** Trades the live bars; each order is settled before the next bar. */
  async trade(isProvisional = false): Promise<Decision[]> {
    await this.publish(1, HISTORY + LIVE, HISTORY, SYMBOL);
    const lessee = { account: ACCOUNT, replica: "inference-1", symbols: [SYMBOL], ttlMs: 1e9 };
    const fence = (await this.ledger.renewLeases(lessee)).get(SYMBOL)!;
    const agent = await this.agent(fence, {
      symbol: SYMBOL,
      venue: this.desk,
      currentModel: () => Promise.resolve({ ...MODEL, provisional: isProvisional }),
      snapshots: {
        restore: () => Promise.resolve(-1),
        caughtUp: async () => {},
        committed: async () => {},
      } as never,
    });
    await agent.resume();
    this.books.setPrice("BTCUSDT", "100");
    void this.desk.run(this.#stop.signal);
    for (let t = HISTORY + 1; t <= HISTORY + LIVE; t++) {
      const isSettled = () => this.desk.isIdle && this.desk.sight(this.desk.arrivals).held === null;
      await until(systemClock, "the desk is idle", isSettled, { everyMs: 0, deadlineMs: 5_000 });
      const bar = barAt(t, SYMBOL);
      this.books.setPrice("BTCUSDT", String(bar.close));
      await agent.onBar({ phase: "live", bar });
    }
    return (await this.store.range(decisionStream(ACCOUNT, SYMBOL))).map(({ value }) => value);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    return Promise.resolve();
  }
}

Deno.test("InferenceAgent's live account is moved by the venue alone, and a replay of outbox and events gives the same", async () => {
  await using world = new VenueWorld();
  const decisions = await world.trade();
  const orders = decisions.filter(({ order }) => order !== null);
  const outbox = await world.store.range(outboxStream(ACCOUNT, SYMBOL));
  assert.ok(orders.length >= 4, `${orders.length} orders`);
  assert.deepEqual(outbox.map(({ value }) => value.barMs), orders.map(({ barMs }) => barMs));
  const applied = decisions.map(({ outside }) => outside?.venue?.applied ?? -1);
  assert.deepEqual(applied, applied.toSorted((a, b) => a - b));

  const events = await world.store.range(venueStream(ACCOUNT, SYMBOL));
  const parts = { account: ACCOUNT, symbol: SYMBOL, market: MARKET, rules: STRATEGY.rulesOf(SYMBOL) };
  const opening = { account: openAccount(parseMoney(STRATEGY.cash)), dust: 0n };
  const book = new VenueBook({ ...parts, live: opening, applied: 0 });
  for (const { value } of outbox) book.intend(value);
  let lane = null;
  for (const [index, decision] of decisions.entries()) {
    while (book.number < applied[index]) book.record(book.number + 1, events[book.number].value);
    const [{ value: { bar } }] = await world.store.range(barStream(SYMBOL, TIMEFRAME), {
      from: `${decision.barMs}-0`,
      to: `${decision.barMs}-0`,
    });
    const step: ReturnType<typeof stepLane> = stepLane(
      { account: ACCOUNT, symbol: SYMBOL },
      lane,
      bar,
      null,
      STRATEGY,
      book.arrivals,
    );
    book.commit(applied[index]);
    lane = step.lane;
    assert.deepEqual(toLaneState(lane).account, decision.laneAccount, `bar ${decision.barMs}`);
  }
  const record = (await world.store.get(laneRecord(ACCOUNT, SYMBOL)))!;
  assert.deepEqual(laneOf(record).venue, lane?.venue);
  const rounded = world.books.balance("USDT") - world.desk.book.live.account.cash;
  assert.ok(
    rounded >= 0n && rounded <= 2n * BigInt(world.books.trades.length),
    `${rounded} units, never to our favour`,
  );
});

Deno.test("InferenceAgent lets a provisional model trade a sandbox, and orders nothing for real money", async () => {
  await using sandbox = new VenueWorld(false);
  await sandbox.trade(true);
  assert.ok(sandbox.books.trades.length > 0);
  await using real = new VenueWorld(true);
  const decisions = await real.trade(true);
  assert.equal(real.books.orders.length, 0);
  const reasons = new Set(decisions.map(({ verdict: { outcome, reason } }) => `${outcome}: ${reason}`));
  assert.ok(
    reasons.has(
      "refused: the model is provisional: it has beaten nothing but staying flat, and trades no real money",
    ),
    [...reasons].join("\n"),
  );
  await using proven = new VenueWorld(true);
  await proven.trade(false);
  assert.ok(proven.books.trades.length > 0);
});
