/** One live lane: its ledger and journal in memory, a venue, and replicas that trade there and die at a chosen step. Bars are decided
 * by the test, through the same functions as those of the agent. */
import assert from "node:assert/strict";
import { type Account, openAccount } from "../../core/account/account.ts";
import { type Order, orderTo } from "../../core/account/order.ts";
import { formatMoney, parseMoney } from "../../core/account/money.ts";
import type { Bar } from "../../core/contracts/bar.ts";
import { barStream } from "../../core/contracts/bar.ts";
import type { Fill } from "../../core/contracts/lane.ts";
import { fillStream } from "../../core/contracts/lane.ts";
import { type VenueEvent, venueStream } from "../../core/contracts/venue.ts";
import { STRATEGY } from "../../core/lane/lane_testing.ts";
import { type Lane, laneOf, stepLane, toLaneState } from "../../core/lane/lane_step.ts";
import { orderAtVenue } from "../../core/lane/venue_orders.ts";
import { commitOf, RISK } from "../../core/redis/ledger_samples_testing.ts";
import { MemoryKeyspace } from "../../core/redis/memory_keyspace.ts";
import { MemoryLedger } from "../../core/redis/memory_ledger.ts";
import { MemoryStore } from "../../core/redis/memory_store.ts";
import { systemClock, until } from "../../core/runtime/clock.ts";
import { silentLog } from "../../core/runtime/log.ts";
import type { FakeMatching } from "../../core/testing/fake_matching.ts";
import { ManualClock } from "../../core/testing/manual_clock.ts";
import type { Broker } from "./broker.ts";
import { VenueDesk } from "./venue_desk.ts";
import { VenueJournal } from "./venue_journal.ts";
import { SYMBOL } from "./venue_testing.ts";

export const ACCOUNT = "main";
const MINUTE_MS = 60_000;
const BASE = "BTC";
const RULES = { ...STRATEGY.rulesOf(SYMBOL), cooldownBars: 0, stopCooldownBars: 2 };
const SETTINGS = { pollMs: 2_000, lookMs: 500, settleMs: 10_000, sendWithinMs: 30_000, mostRetryMs: 30_000 };

/** A process that ends at one of its steps: what it writes, and what it asks of the venue. */
export class Mortal {
  #left: number;
  readonly #isDone: boolean;
  isDead = false;
  steps = 0;

  /** @param steps The last one. @param isDone Whether that one is still done. */
  constructor(steps = Infinity, isDone = false) {
    this.#left = steps;
    this.#isDone = isDone;
  }

  /** The same object, whose named methods are steps of this process. */
  wrap<T extends object>(inner: T, names: readonly (keyof T)[]): T {
    return new Proxy(inner, {
      get: (target, name) => {
        const value = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        const method = value.bind(target);
        if (!names.includes(name as keyof T)) return method;
        return async (...args: unknown[]) => {
          this.steps++;
          if (!this.isDead && --this.#left > 0) return await method(...args);
          const isLast = !this.isDead;
          this.isDead = true;
          if (isLast && this.#isDone) await method(...args);
          throw new Error("killed");
        };
      },
    });
  }
}

/** An order to a share of the equity; 0 is the way out. */
export function go(target: number, changes: Partial<Order> = {}): Omit<Order, "decidedAtMs"> {
  return { ...orderTo(target, 0), ...changes };
}

export class DeskWorld implements AsyncDisposable {
  readonly clock = new ManualClock({ startMs: Date.UTC(2026, 0, 5), jumps: true });
  readonly keyspace = new MemoryKeyspace({ nowMs: () => 0 });
  readonly store = new MemoryStore({
    keyspace: this.keyspace,
    onBadEntry: (bad) => assert.fail(`${bad.key} ${bad.id}: ${bad.reason}`),
  });
  readonly ledger = new MemoryLedger({ keyspace: this.keyspace });
  readonly broker: Broker;
  readonly books: FakeMatching;
  isReal = false;
  /** Whether the replica's lease holds. */
  leads = true;
  #replicas = 0;
  #fence = 0;
  #desk: VenueDesk | null = null;
  #running: { readonly mortal: Mortal; readonly stop: AbortController; readonly desk: Promise<void> }[] = [];
  #mortal = new Mortal();
  #lane: Lane | null = null;
  #version = 0;
  #price = "100";

  constructor(broker: Broker, books: FakeMatching) {
    this.broker = broker;
    this.books = books;
  }

  get desk(): VenueDesk {
    return this.#desk!;
  }

  get mortal(): Mortal {
    return this.#mortal;
  }

  get account(): Account {
    return this.#lane!.account;
  }

  /** By the last commit; undefined before the first. */
  get held(): bigint | undefined {
    return this.#lane?.account.quantity;
  }

  /** Starts a replica; one that runs already goes on beside it, as one that does not know that it has lost its lease. */
  async start(mortal = new Mortal()): Promise<void> {
    const replica = `inference-${++this.#replicas}`;
    const held = { account: ACCOUNT, replica, symbols: [SYMBOL], ttlMs: 1e9 };
    if (this.#replicas > 1) {
      await this.ledger.releaseLeases({ account: ACCOUNT, replica: `inference-${this.#replicas - 1}` });
    }
    this.#fence = (await this.ledger.renewLeases(held)).get(SYMBOL)!;
    const stop = new AbortController();
    this.#mortal = mortal;
    const store = mortal.wrap(this.store, ["append", "setField"]);
    const broker = mortal.wrap(this.broker, ["send", "find", "cancel", "openOrders", "balances"]);
    const desk = new VenueDesk({
      ...{
        account: ACCOUNT,
        symbol: SYMBOL,
        timeframe: "1m",
        timeframeMs: MINUTE_MS,
        replica,
        store,
        broker,
      },
      market: this.broker.market(SYMBOL),
      opening: { account: openAccount(parseMoney(STRATEGY.cash)), dust: 0n },
      ...{ rules: RULES, reserve: 0.005, isReal: this.isReal, settings: SETTINGS, log: silentLog },
      journal: new VenueJournal({ account: ACCOUNT, symbol: SYMBOL, store, onDisk: () => Promise.resolve() }),
      ledger: this.ledger,
      clock: this.clock,
      leads: () => this.leads,
      random: () => 0.5,
    });
    await this.#load();
    await desk.open(this.#lane);
    this.#desk = desk;
    this.#running.push({ mortal, stop, desk: desk.run(stop.signal) });
  }

  /** Ends all replicas at once, whatever they were about to do. */
  async kill(): Promise<void> {
    for (const { mortal, stop } of this.#running) {
      mortal.isDead = true;
      stop.abort();
    }
    await Promise.all(this.#running.map(({ desk }) => desk));
    this.#running = [];
  }

  /** Lets the replicas do some of their work. */
  async doSome(): Promise<void> {
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve));
  }

  setPrice(price: string): void {
    this.#price = price;
    this.books.setPrice("BTCUSDT", price);
  }

  /** Decides and commits the bar that has just ended, at the venue's price. @returns Its verdict. */
  async bar(order: Omit<Order, "decidedAtMs"> | null = null): Promise<string> {
    this.clock.advance(MINUTE_MS - this.clock.nowMs() % MINUTE_MS);
    const barMs = this.clock.nowMs() - MINUTE_MS;
    const close = Number(this.#price);
    const bar: Bar = { openTimeMs: barMs, open: close, high: close, low: close, close, volume: 1 };
    await this.store.append(barStream(SYMBOL, "1m"), `${barMs}-0`, { phase: "live", bar });
    const arrivals = this.desk.arrivals;
    const of = { account: ACCOUNT, symbol: SYMBOL };
    const step = stepLane(of, this.#lane, bar, null, { cash: STRATEGY.cash, rulesOf: () => RULES }, arrivals);
    const wished = {
      target: order?.target ?? 0,
      order: order === null ? null : { ...order, decidedAtMs: barMs },
      verdict: { outcome: "ordered", reason: "a test" } as const,
    };
    const ordered = orderAtVenue(wished, this.desk.sight(arrivals), {
      ...of,
      ...{ close, lane: step.lane.account, target: 0, rules: RULES, isProvisional: false },
    });
    await this.#commit({ ...step.lane, pending: ordered.order, risk: RISK }, step.fills, ordered.intent);
    this.desk.committed(arrivals.applied, ordered.intent);
    return ordered.verdict.reason;
  }

  /** Waits until nothing is left to do at the venue. */
  async settle(): Promise<void> {
    const isSettled = () => this.desk.sight(this.desk.arrivals).held === null && this.desk.isIdle;
    const settled = until(systemClock, "the venue is settled", isSettled, { everyMs: 0, deadlineMs: 5_000 });
    await settled.catch((cause) => {
      throw new Error(`${cause.message}: ${this.desk.sight(this.desk.arrivals).held}`, { cause });
    });
  }

  /** Waits until the replica has died, or has nothing left to do. */
  async settleOrDie(): Promise<void> {
    const isOver = () =>
      this.#mortal.isDead || (this.desk.sight(this.desk.arrivals).held === null && this.desk.isIdle);
    await until(systemClock, "the venue is settled or the replica dead", isOver, {
      everyMs: 0,
      deadlineMs: 5_000,
    });
  }

  /** What the ledger holds after all that the venue has told, and what the venue holds. */
  holdings(): { readonly ledger: string; readonly venue: string } {
    const { account, dust } = this.desk.book.live;
    return { ledger: formatMoney(account.quantity + dust), venue: formatMoney(this.books.balance(BASE)) };
  }

  async events(): Promise<VenueEvent[]> {
    return (await this.store.range(venueStream(ACCOUNT, SYMBOL))).map(({ value }) => value);
  }

  async fills(): Promise<Fill[]> {
    return (await this.store.range(fillStream(ACCOUNT, SYMBOL))).map(({ value }) => value);
  }

  /** What the venue executed, by leg: `entry 0.5`. */
  async executed(): Promise<string[]> {
    const legs = new Map((await this.events()).map(({ clientOrderId, leg }) => [clientOrderId, leg]));
    return this.books.orders.filter(({ executed }) => executed > 0n)
      .map(({ clientOrderId, executed }) =>
        `${legs.get(clientOrderId) ?? "unknown"} ${formatMoney(executed)}`
      );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.broker[Symbol.asyncDispose]();
  }

  async #load(): Promise<void> {
    const record = await this.ledger.load(ACCOUNT, SYMBOL);
    this.#lane = record === null ? null : laneOf(record);
    this.#version = record?.version ?? 0;
  }

  async #commit(
    lane: Lane,
    fills: readonly Fill[],
    intent: Parameters<MemoryLedger["commit"]>[0]["intent"],
  ): Promise<void> {
    const { barMs } = lane;
    const version = this.#version + 1;
    const control = await this.ledger.control(ACCOUNT);
    const sample = commitOf({ account: ACCOUNT, symbol: SYMBOL, barMs, version, fence: this.#fence });
    const result = await this.ledger.commit({
      ...sample,
      record: { barMs, version, fence: this.#fence, state: toLaneState(lane) },
      ...{ fills, intent, control: { revision: control?.revision ?? 0, next: null } },
    });
    assert.deepEqual(result, { outcome: "committed" });
    [this.#lane, this.#version] = [lane, version];
  }
}
