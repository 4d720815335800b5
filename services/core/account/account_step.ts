/** The money: the one place that fills an order, takes its costs, gives a position up at its stop, and marks an account.
 * Pure and exact. A bar is an open, then a way to the close whose order of prices nobody knows: where a bar touches both the
 * stop and the take, the stop counts. */
import type { Bar } from "../contracts/bar.ts";
import type { LastBar } from "../contracts/lane.ts";
import { type Account, equityAt, holdBar, sideOf } from "./account.ts";
import { accrued } from "./borrowing.ts";
import { buyPrice, downTo, type ExactCosts, exactRules, sellPrice, takerCosts, upTo } from "./costs.ts";
import { type Exit, exitPrices, passedAt, touchedIn, trailed } from "./exits.ts";
import { applyFill, executed, type ExecutedFill } from "./fills.ts";
import { formatMoney, fromNumber, ONE } from "./money.ts";
import {
  checkOrder,
  entryBudget,
  entryQuantity,
  type Order,
  resizeNotional,
  resizeQuantity,
} from "./order.ts";
import type { TradeRules } from "./trade_rules.ts";

export type { Order } from "./order.ts";

/** What happened at the open of a bar. */
export interface OpenStep {
  /** After the fills: what the decision before has led to. */
  readonly account: Account;
  /** At most two: a reversal closes, then opens. */
  readonly fills: readonly ExecutedFill[];
  /** Marked at the open, before the fills. */
  readonly equityAtOpen: bigint;
  /** An entry that waits inside the bar; null for none. */
  readonly resting: RestingEntry | null;
  /** The rule by which the order, or its entry, is void, and what broke it; null where it is not. */
  readonly voided: string | null;
}

/** A limit that the open has not filled. */
export interface RestingEntry {
  readonly order: Order;
  /** Whether the order has closed a position: if the entry is void, that was an exit. */
  readonly hasClosed: boolean;
}

/** What happened from the open of a bar to its close. */
export interface PassStep {
  readonly account: Account;
  /** At most two: an entry that rested, and an exit. */
  readonly fills: readonly ExecutedFill[];
  /** Marked at the close, after the fills. */
  readonly equityAtClose: bigint;
  readonly voided: string | null;
}

export interface AccountStep extends Omit<OpenStep, "resting">, PassStep {}

/** Takes an account through one bar: the order that was pending fills at the open or rests inside the bar, then the bar passes.
 * @param last The bar before; null if there was none.
 * @throws {RangeError} As {@link fillAtOpen} and {@link passBar} do. */
export function accountStep(
  account: Account,
  order: Order | null,
  bar: Bar,
  rules: TradeRules,
  last: LastBar | null = null,
): AccountStep {
  const opened = fillAtOpen(account, order, bar, rules, last);
  const passed = passBar(opened.account, bar, rules, last, opened.resting);
  return {
    account: passed.account,
    fills: opened.fills.length === 0
      ? passed.fills
      : passed.fills.length === 0
      ? opened.fills
      : [...opened.fills, ...passed.fills],
    equityAtOpen: opened.equityAtOpen,
    equityAtClose: passed.equityAtClose,
    voided: opened.voided ?? passed.voided,
  };
}

const NO_FILLS: readonly ExecutedFill[] = [];

/** The open of a bar: what was borrowed since the open before is paid for; one bar of a cooldown is over; a stop, a take or a
 * liquidation that the open has passed exits; else the order fills.
 *
 * A position that the order would keep or resize exits where the open has passed its exit, and the order is void; an order that
 * closes or reverses it fills as an order. A new long buys the largest quantity whose cost, fee included, fits in its share of the
 * cash; a new short sells at most its share of the equity. A resize keeps stop and take. Nothing is entered in a cooldown, nor
 * without equity: a short that lost more than all leaves a negative cash, which is ruin. A limit entry fills here, as a taker and
 * never beyond its limit, where the open is better than it; else it rests.
 * @throws {RangeError} If the order cannot be an order under the rules, or costs depend on a bar before that is not there. */
export function fillAtOpen(
  account: Account,
  order: Order | null,
  bar: Bar,
  rules: TradeRules,
  last: LastBar | null = null,
): OpenStep {
  const exact = exactRules(rules);
  const open = fromNumber(bar.open);
  const paid = accrued(account, open, { fromMs: last?.openTimeMs ?? null, toMs: bar.openTimeMs }, exact);
  const equityAtOpen = equityAt(paid, open);
  if (order !== null) checkOrder(order, open, rules);
  const isBlocked = paid.cooldownLeft > 0;
  const before = isBlocked ? { ...paid, cooldownLeft: paid.cooldownLeft - 1 } : paid;
  const nothing = { account: before, fills: NO_FILLS, equityAtOpen, resting: null, voided: null };
  const reason = leavesPosition(account, order) ? null : passedAt(before, open, exact);
  if (reason !== null) {
    const fill = exitFill(before, { reason, price: open }, rules, last);
    return { ...nothing, account: exited(before, fill, rules), fills: [fill] };
  }
  if (order === null) return nothing;
  if (Math.sign(order.target) === sideOf(before)) {
    return order.isResize ? { ...nothing, ...resized(before, order, open, rules, last) } : nothing;
  }
  return { ...nothing, ...moved(before, order, open, isBlocked, rules, last) };
}

/** The rest of a bar: an entry that rests fills at its limit if the bar trades through it, strictly beyond; a stop, a take or a
 * liquidation that the bar touches exits at its price, costs apart; what is left is one bar older, and a stop that trails has
 * followed. Where the open of an entry's own bar is beyond its stop already, the stop exits at the open. After an entry inside the
 * bar a take counts only where the close is beyond it. A take, like any limit, takes prices strictly beyond it.
 * @throws {RangeError} If costs depend on a bar before that is not there. */
export function passBar(
  account: Account,
  bar: Bar,
  rules: TradeRules,
  last: LastBar | null = null,
  resting: RestingEntry | null = null,
): PassStep {
  const exact = exactRules(rules);
  const close = fromNumber(bar.close);
  const entry = resting === null ? null : enteredInside(account, resting, bar, rules);
  const at = entry?.account ?? account;
  const isEnteredInside = entry?.fill !== undefined;
  const fills = entry?.fill === undefined ? NO_FILLS : [entry.fill];
  const voided = entry?.voided ?? null;
  const touched = touchedIn(at, bar, exact, isEnteredInside);
  if (touched === null) {
    const held = trailed(holdBar(at), bar, exact, isEnteredInside);
    return { account: held, fills, equityAtClose: equityAt(held, close), voided };
  }
  const fill = exitFill(at, touched, rules, last);
  const after = exited(at, fill, rules);
  return { account: after, fills: [...fills, fill], equityAtClose: equityAt(after, close), voided };
}

/** Whether an order closes or reverses what is held. */
function leavesPosition(account: Account, order: Order | null): boolean {
  return order !== null && Math.sign(order.target) !== sideOf(account);
}

/** A take rests at its price; everything else takes what is there. */
function exitFill(
  account: Account,
  { reason, price }: Exit,
  rules: TradeRules,
  last: LastBar | null,
): ExecutedFill {
  const quantity = -account.quantity;
  const costs = reason === "take" ? exactRules(rules).maker : takerCosts(rules, last, () => quantity);
  return executed({ decidedAtMs: null, reason }, quantity, paidAt(price, quantity, costs), costs);
}

function paidAt(price: bigint, side: bigint, costs: ExactCosts): bigint {
  return side > 0n ? buyPrice(price, costs) : sellPrice(price, costs);
}

/** An exit to flat starts the cooldown that belongs to its reason. */
function exited(account: Account, fill: ExecutedFill, rules: TradeRules): Account {
  const isForced = fill.reason === "stop" || fill.reason === "liquidated";
  const cooldownLeft = isForced ? Math.max(rules.cooldownBars, rules.stopCooldownBars) : rules.cooldownBars;
  return { ...applyFill(account, fill), cooldownLeft };
}

type Filled = Pick<OpenStep, "account" | "fills" | "voided"> & Partial<Pick<OpenStep, "resting">>;

function resized(
  account: Account,
  order: Order,
  open: bigint,
  rules: TradeRules,
  last: LastBar | null,
): Filled {
  const { target, decidedAtMs } = order;
  const costs = takerCosts(rules, last, () => resizeNotional(account, target, open) * ONE / open);
  const { quantity, voided } = resizeQuantity(
    account,
    target,
    open,
    (side) => paidAt(open, side, costs),
    costs,
    exactRules(rules),
  );
  if (quantity === 0n) return { account, fills: NO_FILLS, voided };
  const fill = executed({ decidedAtMs, reason: "order" }, quantity, paidAt(open, quantity, costs), costs);
  const isExit = account.quantity + quantity === 0n;
  return {
    account: isExit ? exited(account, fill, rules) : applyFill(account, fill),
    fills: [fill],
    voided: null,
  };
}

/** Closes what is held on another side, and enters. */
function moved(
  account: Account,
  order: Order,
  open: bigint,
  isBlocked: boolean,
  rules: TradeRules,
  last: LastBar | null,
): Filled {
  const { decidedAtMs, target } = order;
  const side = Math.sign(target);
  const mayEnter = side !== 0 && !order.isResize && !isBlocked;
  const limit = mayEnter ? limitOf(order, rules) : null;
  const isResting = limit !== null && (limit - open) * BigInt(side) <= 0n;
  const costs = takerCosts(rules, last, () => {
    const held = account.quantity < 0n ? -account.quantity : account.quantity;
    if (!mayEnter || isResting) return held;
    return held + entryBudget({ ...account, cash: equityAt(account, open) }, target) * ONE / open;
  });
  const closing = account.quantity === 0n ? null : executed(
    { decidedAtMs, reason: "order" },
    -account.quantity,
    paidAt(open, -account.quantity, costs),
    costs,
  );
  const flat = closing === null ? account : applyFill(account, closing);
  if (isResting) {
    const resting = { order, hasClosed: closing !== null };
    return { account: flat, fills: closing === null ? NO_FILLS : [closing], voided: null, resting };
  }
  const price = paidAt(open, BigInt(side), costs);
  const paid = limit !== null && (price - limit) * BigInt(side) > 0n ? limit : price;
  const { quantity, voided } = mayEnter
    ? entryQuantity(entryBudget(flat, target), side, paid, costs, exactRules(rules))
    : { quantity: 0n, voided: null };
  if (quantity === 0n) {
    return closing === null
      ? { account, fills: NO_FILLS, voided }
      : { account: exited(account, closing, rules), fills: [closing], voided };
  }
  const entry = executed({ decidedAtMs, reason: "order" }, quantity, paid, costs);
  const entered = withExits(applyFill(flat, entry), order, rules);
  return { account: entered, fills: closing === null ? [entry] : [closing, entry], voided: null };
}

/** What becomes of an entry that rests: it fills at its limit as a maker, or is void with the bar. */
function enteredInside(
  account: Account,
  { order, hasClosed }: RestingEntry,
  bar: Bar,
  rules: TradeRules,
): { readonly account: Account; readonly fill?: ExecutedFill; readonly voided: string | null } {
  const { decidedAtMs, target } = order;
  const exact = exactRules(rules);
  const limit = limitOf(order, rules)!;
  const side = Math.sign(target);
  const void_ = (voided: string | null) => ({
    account: hasClosed ? { ...account, cooldownLeft: rules.cooldownBars } : account,
    voided,
  });
  const beyond = fromNumber(side > 0 ? bar.low : bar.high);
  if ((beyond - limit) * BigInt(side) >= 0n) {
    return void_(`the price must pass its limit of ${formatMoney(limit)}: it went to ${formatMoney(beyond)}`);
  }
  const budget = entryBudget(account, target);
  const { quantity, voided } = entryQuantity(budget, side, limit, exact.maker, exact);
  if (quantity === 0n) return void_(voided);
  const fill = executed({ decidedAtMs, reason: "order" }, quantity, limit, exact.maker);
  return { account: withExits(applyFill(account, fill), order, rules), fill, voided: null };
}

/** To the tick, against the trader; null for an order at the open. */
function limitOf({ limitPrice, target }: Order, rules: TradeRules): bigint | null {
  if (limitPrice === null) return null;
  const { tick } = exactRules(rules);
  const price = fromNumber(limitPrice);
  if (target > 0) return upTo(price, tick);
  const down = downTo(price, tick);
  return down > 0n ? down : tick;
}

function withExits(entered: Account, order: Order, rules: TradeRules): Account {
  const { stopDistance: stop, takeDistance: take, isTrailing } = order;
  const trailDistance = isTrailing && stop !== null ? fromNumber(stop) : 0n;
  return { ...entered, ...exitPrices(entered, { stop, take }, exactRules(rules)), trailDistance };
}
