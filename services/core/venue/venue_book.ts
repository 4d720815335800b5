/** What a live lane has at its venue, folded from its outbox and its venue events, and what has to be done there next. Pure: a
 * replica that takes over folds the same and does the same.
 *
 * One order at a time: nothing is sent while an order has no answer or is not over, but for exits at rest. */
import type { TradeRules } from "../account/trade_rules.ts";
import { formatMoney, parseMoney } from "../account/money.ts";
import type { Leg, OrderIntent, VenueEvent } from "../contracts/venue.ts";
import { clientOrderId } from "./client_order_id.ts";
import { applyExecution, type Arrivals, type Execution, executionOf, type LiveAccount } from "./execution.ts";
import { type OrderSpec, TrackedOrder } from "./tracked_order.ts";
import { type VenueMarket, wholeLots } from "./venue_market.ts";

/** What to do next: send an order, ask what became of one, call one back, or give up what cannot be sent any more. */
export type VenueStep =
  | { readonly kind: "send"; readonly order: OrderSpec }
  | { readonly kind: "look"; readonly order: TrackedOrder }
  | { readonly kind: "cancel"; readonly order: TrackedOrder }
  | { readonly kind: "drop"; readonly order: OrderSpec; readonly reason: string };

export interface VenueBookParts {
  readonly account: string;
  readonly symbol: string;
  readonly market: VenueMarket;
  readonly rules: Pick<TradeRules, "cooldownBars" | "stopCooldownBars">;
  /** As the last commit left it. */
  readonly live: LiveAccount;
  /** The last event that it holds. */
  readonly applied: number;
}

interface NumberedExecution {
  readonly number: number;
  readonly execution: Execution;
  /** A currency that fees may not be in; null where they are known. */
  readonly foreignFee: string | null;
}

/** An order at rest that the position asks for. */
interface WantedExit {
  readonly leg: "stop" | "take";
  readonly quantity: bigint;
  readonly trigger: bigint;
}

export class VenueBook {
  readonly #parts: VenueBookParts;
  readonly #orders = new Map<string, TrackedOrder>();
  readonly #intents = new Map<string, OrderSpec>();
  /** The order of the last bar that ordered something, as it was committed. */
  #intent: OrderSpec | null = null;
  /** Brings the venue to the ledger, where a person has said so. */
  #repair: OrderSpec | null = null;
  #pending: NumberedExecution[] = [];
  #live: LiveAccount;
  /** The account as of the last commit, and the last event in it. */
  #committed: { readonly live: LiveAccount; readonly applied: number };
  #number = 0;

  constructor(parts: VenueBookParts) {
    this.#parts = parts;
    this.#live = parts.live;
    this.#committed = { live: parts.live, applied: parts.applied };
  }

  /** The last event. */
  get number(): number {
    return this.#number;
  }

  /** The account with all executions, committed or not. */
  get live(): LiveAccount {
    return this.#live;
  }

  /** The bar that the last order goes back to; 0 before there was one. */
  get lastBarMs(): number {
    return this.#intent?.barMs ?? 0;
  }

  /** What the next commit applies. */
  get arrivals(): Arrivals {
    const { market } = this.#parts;
    return { applied: this.#number, executions: this.#pending.map(({ execution }) => execution), market };
  }

  /** An empty book that begins with the last commit, to be folded again. */
  anew(): VenueBook {
    return new VenueBook({ ...this.#parts, ...this.#committed });
  }

  order(id: string): TrackedOrder | undefined {
    return this.#orders.get(id);
  }

  /** Open orders that should be at the venue. */
  get open(): TrackedOrder[] {
    return [...this.#orders.values()].filter(({ state }) => state === "open");
  }

  /** Why nothing may be decided on top of it; null where all is settled. */
  get unsettled(): string | null {
    const foreign = this.#pending.find(({ foreignFee }) => foreignFee !== null)?.foreignFee;
    if (foreign !== undefined) {
      return `the venue took a fee in ${foreign}, whose worth is not known: have fees taken in ` +
        `${this.#parts.market.base} or ${this.#parts.market.quote}`;
    }
    const stuck = this.#stuckExit();
    if (stuck !== null) return `the venue refuses to close ${stuck.spec.quantity}: ${stuck.reason}`;
    const order = this.#current();
    if (order === null) return null;
    const tracked = this.#orders.get(order.clientOrderId);
    if (tracked?.isOver === true) return null;
    const what = `the ${order.leg} of ${formatSide(order)} is not settled at the venue yet`;
    const reason = tracked?.reason ?? null;
    return reason === null ? what : `${what}: ${reason}`;
  }

  /** An order was committed. All that were are told before the first event. */
  intend({ barMs, leg, clientOrderId, side, quantity, stopDistance, takeDistance }: OrderIntent): void {
    const exits = leg === "entry" ? { stopDistance, takeDistance } : null;
    this.#intent = { barMs, leg, clientOrderId, side, quantity, trigger: null, exits };
    this.#intents.set(clientOrderId, this.#intent);
    this.#repair = null;
  }

  /** An order that brings the venue to the ledger; its executions do not move the account. */
  repair(side: "buy" | "sell", quantity: bigint): void {
    this.#repair = this.#make("reconcile", side, quantity, null);
  }

  /** Why the venue refused the last of them; null where it did not. */
  get refusedRepair(): string | null {
    const order = this.#repair === null ? undefined : this.#orders.get(this.#repair.clientOrderId);
    return order?.state === "rejected" ? order.reason ?? "it does not say why" : null;
  }

  /** An event was written. @throws {RangeError} If it is not the next one. */
  record(number: number, event: VenueEvent): void {
    if (number <= this.#number) {
      throw new RangeError(
        `Cannot record a venue event as its number must be above ${this.#number}: it is ${number}`,
      );
    }
    this.#number = number;
    const tracked = this.#orders.get(event.clientOrderId) ?? this.#track(event);
    const { spec } = tracked;
    for (const fill of tracked.record(event)) {
      if (spec.leg === "reconcile" && event.kind !== "reconciled") continue;
      const { isFeeKnown, ...execution } = executionOf(fill, spec, this.#parts.market);
      if (number <= this.#parts.applied) continue;
      this.#pending.push({ number, execution, foreignFee: isFeeKnown ? null : fill.feeCurrency });
      this.#live = applyExecution(this.#live, execution, this.#parts.market, this.#parts.rules);
    }
  }

  /** A commit has applied the events up to this one. */
  commit(applied: number): void {
    const { market, rules } = this.#parts;
    const done = this.#pending.filter(({ number }) => number <= applied);
    const live = done.reduce<LiveAccount>(
      (account, { execution }) => applyExecution(account, execution, market, rules),
      this.#committed.live,
    );
    this.#committed = { live, applied: Math.max(applied, this.#committed.applied) };
    this.#pending = this.#pending.filter(({ number }) => number > applied);
  }

  /** Null where nothing is left to do but to look at what rests now and then. */
  nextStep(): VenueStep | null {
    const orders = [...this.#orders.values()];
    const unclear = orders.find(({ state }) => state === "unanswered");
    if (unclear !== undefined) return { kind: "look", order: unclear };
    const working = orders.find((order) => order.state === "open" && !order.isResting);
    if (working !== undefined) return { kind: "look", order: working };
    return this.#currentStep() ?? this.#exitStep();
  }

  #current(): OrderSpec | null {
    return this.#repair ?? this.#intent;
  }

  /** What the last decision asks for: what rests is called back first, as it holds the quantity. */
  #currentStep(): VenueStep | null {
    const current = this.#current();
    if (current === null || this.#orders.get(current.clientOrderId)?.isOver === true) return null;
    const resting = this.open.find(({ isResting }) => isResting);
    if (resting !== undefined) return { kind: "cancel", order: resting };
    if (current.side === "buy" || current.leg === "reconcile") return { kind: "send", order: current };
    const left = wholeLots(this.#live.account.quantity, this.#parts.market);
    const asked = parseMoney(current.quantity);
    if (left === 0n) {
      return { kind: "drop", order: current, reason: "nothing is left to sell: an exit was executed before" };
    }
    return { kind: "send", order: { ...current, quantity: formatMoney(asked < left ? asked : left) } };
  }

  /** What the position asks for: missing exits are placed, those of another quantity or of no position are called back. */
  #exitStep(): VenueStep | null {
    const wanted = this.#wantedExits();
    const surplus = this.open.find((order) => !wanted.some((exit) => isOrderOf(order, exit)));
    if (surplus !== undefined) return { kind: "cancel", order: surplus };
    const [missing] = this.#missingExits();
    if (missing === undefined || this.#stuckExit() !== null) return null;
    const { leg, quantity, trigger } = missing;
    const isRefused = this.#refusals().some((order) => isOrderOf(order, missing));
    // The price is beyond it already, or the venue does not take it: the position is given up at the market.
    return { kind: "send", order: this.#make(leg, "sell", quantity, isRefused ? null : trigger) };
  }

  /** An exit that was refused even at the market. */
  #stuckExit(): TrackedOrder | null {
    const missing = this.#missingExits();
    return this.#refusals().find(({ spec }) =>
      spec.trigger === null &&
      missing.some(({ leg, quantity }) => spec.leg === leg && spec.quantity === formatMoney(quantity))
    ) ?? null;
  }

  /** Those since the last decision: what was refused before it was about another position. */
  #refusals(): TrackedOrder[] {
    return [...this.#orders.values()].filter(({ state, spec }) =>
      state === "rejected" && spec.barMs === this.lastBarMs
    );
  }

  #missingExits(): WantedExit[] {
    return this.#wantedExits().filter((exit) => !this.open.some((order) => isOrderOf(order, exit)));
  }

  #wantedExits(): WantedExit[] {
    const { account } = this.#live;
    const quantity = wholeLots(account.quantity, this.#parts.market);
    if (quantity === 0n) return [];
    return ([["stop", account.stopPrice], ["take", account.takePrice]] as const)
      .filter(([, trigger]) => trigger !== 0n)
      .map(([leg, trigger]) => ({ leg, quantity, trigger }));
  }

  /** An order of the last bar under a name that none of its orders had, unless that one was never sent. */
  #make(leg: Leg, side: "buy" | "sell", quantity: bigint, trigger: bigint | null): OrderSpec {
    const { account, symbol } = this.#parts;
    const barMs = this.lastBarMs;
    for (let attempt = 0;; attempt++) {
      const id = clientOrderId({ account, symbol, barMs, leg }, attempt);
      const known = this.#orders.get(id);
      if (known !== undefined && known.state !== "absent") continue;
      const spec: OrderSpec = {
        barMs,
        leg,
        clientOrderId: id,
        side,
        quantity: formatMoney(quantity),
        trigger: trigger === null ? null : formatMoney(trigger),
        exits: null,
      };
      if (known === undefined || isSame(known.spec, spec)) return spec;
    }
  }

  #track(event: VenueEvent): TrackedOrder {
    const { barMs, leg, clientOrderId: id, side, quantity, trigger } = event;
    const exits = this.#intents.get(id)?.exits ?? null;
    const order = new TrackedOrder({ barMs, leg, clientOrderId: id, side, quantity, trigger, exits });
    this.#orders.set(id, order);
    return order;
  }
}

function isOrderOf({ spec }: TrackedOrder, { leg, quantity, trigger }: WantedExit): boolean {
  return spec.leg === leg && spec.quantity === formatMoney(quantity) && spec.trigger === formatMoney(trigger);
}

function isSame(a: OrderSpec, b: OrderSpec): boolean {
  return a.side === b.side && a.quantity === b.quantity && a.trigger === b.trigger;
}

function formatSide({ side, quantity }: OrderSpec): string {
  return `${side === "buy" ? "" : "-"}${quantity}`;
}
