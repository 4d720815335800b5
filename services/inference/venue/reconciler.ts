/** Compares what the ledger holds with what the venue holds. On a difference nothing is ordered: the account is halted, with both
 * figures, until a person says which is right. */
import { formatMoney, fromNumber } from "../../core/account/money.ts";
import { barStream } from "../../core/contracts/bar.ts";
import { type Reconciliation, reconciliations, type VenueEvent } from "../../core/contracts/venue.ts";
import { clientOrderId } from "../../core/venue/client_order_id.ts";
import type { VenueBook } from "../../core/venue/venue_book.ts";
import type { VenueMarket } from "../../core/venue/venue_market.ts";
import type { Ledger } from "../../core/redis/ledger.ts";
import type { Store } from "../../core/redis/store.ts";
import type { Clock } from "../../core/runtime/clock.ts";
import type { Log } from "../../core/runtime/log.ts";
import type { Broker } from "./broker.ts";

export interface ReconcilerParts {
  readonly account: string;
  readonly symbol: string;
  readonly timeframe: string;
  readonly replica: string;
  readonly market: VenueMarket;
  readonly broker: Broker;
  readonly store: Store;
  readonly ledger: Pick<Ledger, "control" | "steer">;
  readonly clock: Clock;
  readonly log: Log;
}

/** In units of 1e-8 of the base currency. */
export interface Comparison {
  readonly ledger: bigint;
  readonly venue: bigint;
  readonly strangers: readonly string[];
  /** Orders of the lane that should rest at the venue and do not. */
  readonly lost: readonly string[];
  readonly agrees: boolean;
}

/** Somebody who changes the control more often meanwhile is at fault. */
const MOST_RACES = 20;
const MOST_STRANGERS = 100;

export class Reconciler {
  readonly #parts: ReconcilerParts;
  #published: Comparison | null = null;

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
  }

  /** Less than a lot is no difference: nobody could trade it away. @throws {VenueError} */
  async compare(book: VenueBook): Promise<Comparison> {
    const { broker, symbol, market } = this.#parts;
    const [balances, open] = await Promise.all([broker.balances(), broker.openOrders(symbol)]);
    const ledger = book.live.account.quantity + book.live.dust;
    const venue = balances.get(market.base) ?? 0n;
    const strangers = open.filter((id) => book.order(id) === undefined).slice(0, MOST_STRANGERS);
    const lost = book.open.map(({ spec }) => spec.clientOrderId).filter((id) => !open.includes(id));
    const apart = venue > ledger ? venue - ledger : ledger - venue;
    const agrees = apart < market.lot && strangers.length === 0 && lost.length === 0;
    return { ledger, venue, strangers, lost, agrees };
  }

  /** What a person has said; null as long as nobody has. */
  async accepted(): Promise<Reconciliation["accept"]> {
    const { store, account, symbol } = this.#parts;
    return (await store.getField(reconciliations(account), symbol))?.accept ?? null;
  }

  /** Keeps a comparison for people, and forgets what was said of another one. */
  async publish(comparison: Comparison): Promise<void> {
    const { ledger, venue, strangers, agrees } = comparison;
    const { store, account, symbol, clock } = this.#parts;
    if (this.#published !== null && isSame(this.#published, comparison)) return;
    this.#published = comparison;
    await store.setField(reconciliations(account), symbol, {
      state: agrees ? "agrees" : "differs",
      ledger: formatMoney(ledger),
      venue: formatMoney(venue),
      strangers: [...strangers],
      accept: null,
      atMs: clock.nowMs(),
    });
  }

  /** Forgets what was said, as it was done. */
  async obeyed(comparison: Comparison): Promise<void> {
    this.#published = null;
    await this.publish(comparison);
  }

  /** For people. */
  describe({ ledger, venue, strangers, lost }: Comparison): string {
    const { symbol, market: { base } } = this.#parts;
    const others = strangers.length === 0
      ? ""
      : `, and has open orders that are not ours: ${strangers.slice(0, 5).join(", ")}`;
    const gone = lost.length === 0 ? "" : `, and does not have our resting orders ${lost.join(", ")}`;
    const held = `the venue holds ${formatMoney(venue)} ${base} of ${symbol}, the ledger ${
      formatMoney(ledger)
    }`;
    return held + others + gone;
  }

  /** Halts the account until `deno task resume --accept venue|ledger`. */
  async halt(reason: string): Promise<void> {
    const { ledger, account, clock, log } = this.#parts;
    log.error({ account, reason }, "trading is halted");
    for (let race = 0; race < MOST_RACES; race++) {
      const before = await ledger.control(account);
      if (before?.state === "halted") return;
      const halted = await ledger.steer(account, {
        revision: (before?.revision ?? 0) + 1,
        state: "halted",
        flatten: false,
        reason: reason.slice(0, 500),
        by: "venue",
        atMs: clock.nowMs(),
        barMs: null,
        resumes: before?.resumes ?? 0,
      });
      if (halted) return;
    }
    throw new Error(`Cannot halt ${account} as its control must stand still: it changed ${MOST_RACES} times`);
  }

  /** Open time and close of the last bar. @throws {Error} If there is none. */
  async lastBar(): Promise<{ readonly barMs: number; readonly close: bigint }> {
    const { symbol, timeframe, store } = this.#parts;
    const [last] = await store.newest(barStream(symbol, timeframe), 1);
    if (last === undefined) {
      throw new Error(`Cannot price ${symbol} as there must be a bar: there is none yet`);
    }
    return { barMs: last.value.bar.openTimeMs, close: fromNumber(last.value.bar.close) };
  }

  /** The event by which the ledger takes over what the venue holds, at the last close. @throws {Error} As {@link lastBar} does. */
  async takeOver({ ledger, venue }: Comparison, book: VenueBook): Promise<VenueEvent> {
    const { account, symbol, market, clock, replica } = this.#parts;
    const { barMs, close } = await this.lastBar();
    const quantity = formatMoney(venue > ledger ? venue - ledger : ledger - venue);
    const number = book.number + 1;
    const of = { account, symbol, barMs, leg: "reconcile" as const };
    return {
      kind: "reconciled",
      barMs,
      leg: of.leg,
      clientOrderId: clientOrderId(of, number),
      side: venue > ledger ? "buy" : "sell",
      quantity,
      trigger: null,
      venueOrderId: null,
      fills: [{
        tradeId: `reconciled-${number}`,
        price: formatMoney(close),
        quantity,
        fee: "0",
        feeCurrency: market.quote,
      }],
      reason: "taken over from the venue, as a person said",
      replica,
      atMs: clock.nowMs(),
    };
  }
}

function isSame(a: Comparison, b: Comparison): boolean {
  return a.ledger === b.ledger && a.venue === b.venue && a.agrees === b.agrees &&
    a.strangers.join() === b.strangers.join() && a.lost.join() === b.lost.join();
}
