/** The money: the one place that fills an order, takes its costs, gives a position up at its stop, and marks an account.
 * Pure and exact. A bar is an open, then a way to the close whose order of prices nobody knows: where a bar touches both the
 * stop and the take, the stop counts. */
import type { Bar } from "../contracts/bar.ts";
import type { Fill } from "../contracts/lane.ts";
import { type Account, equityAt, holdBar, sideOf } from "./account.ts";
import { type ExactCosts, exactCosts, largestBuy, largestSale, type TradeRules } from "./costs.ts";
import { applyFill, executed, type ExecutedFill } from "./fills.ts";
import { divideDown, fromNumber, multiplyDown, ONE } from "./money.ts";

/** Go to `target`, a signed fraction of equity in [-1, 1]: 1 = all in, 0 = flat, -1 = short by the whole equity. */
export interface Order {
  /** Open time of the bar that was decided on. */
  readonly decidedAtMs: number;
  readonly target: number;
  /** From the price of the fill to where the position is given up, in price units; null for no stop. Of entries alone. */
  readonly stopDistance: number | null;
  /** The same to where its profit is taken. */
  readonly takeDistance: number | null;
  /** Trades a held position of the target's side to the target's size. Without it such a position is kept as it is, however
   * far it has drifted. It never enters. */
  readonly isResize: boolean;
}

/** What happened at the open of a bar. */
export interface OpenStep {
  /** After the fills: what the decision before has led to. */
  readonly account: Account;
  /** At most two: a reversal closes, then opens. */
  readonly fills: readonly ExecutedFill[];
  /** Marked at the open, before the fills. */
  readonly equityAtOpen: bigint;
}

/** What happened from the open of a bar to its close. */
export interface PassStep {
  readonly account: Account;
  /** At most one: an exit. */
  readonly fills: readonly ExecutedFill[];
  /** Marked at the close, after the fills. */
  readonly equityAtClose: bigint;
}

export interface AccountStep extends OpenStep, PassStep {}

/** Takes an account through one bar: the order that was pending fills at the open, then the bar passes.
 * @throws {RangeError} As {@link fillAtOpen} and {@link passBar} do. */
export function accountStep(account: Account, order: Order | null, bar: Bar, rules: TradeRules): AccountStep {
  const opened = fillAtOpen(account, order, bar, rules);
  const passed = passBar(opened.account, bar, rules);
  return {
    account: passed.account,
    fills: [...opened.fills, ...passed.fills],
    equityAtOpen: opened.equityAtOpen,
    equityAtClose: passed.equityAtClose,
  };
}

/** The open of a bar: one bar of a cooldown is over; a stop or a take that the open has passed exits; else the order fills.
 *
 * A position that the order would keep or resize exits at a passed stop (or take), and the order is void; an order that closes
 * or reverses it fills as an order. A new long buys the largest quantity whose cost, fee included, fits in its share of the
 * cash; a new short sells at most its share of the equity. A resize keeps stop and take. Nothing is entered in a cooldown, nor
 * without equity: a short that lost more than all leaves a negative cash, which is ruin.
 * @throws {RangeError} If the target is not in [-1, 1], a distance is not positive, or the price to fill at is below one unit. */
export function fillAtOpen(account: Account, order: Order | null, bar: Bar, rules: TradeRules): OpenStep {
  const open = fromNumber(bar.open);
  const equityAtOpen = equityAt(account, open);
  if (order !== null) checkOrder(order, open);
  const isBlocked = account.cooldownLeft > 0;
  const before = isBlocked ? { ...account, cooldownLeft: account.cooldownLeft - 1 } : account;
  const reason = leavesPosition(account, order) ? null : passedAt(account, open);
  if (reason !== null) {
    const fill = exitFill(account, open, reason, exactCosts(rules));
    return { account: exited(before, fill, rules), fills: [fill], equityAtOpen };
  }
  if (order === null) return { account: before, fills: [], equityAtOpen };
  return { ...filled(before, order, open, isBlocked, rules), equityAtOpen };
}

/** The rest of a bar: a stop or a take that it touches exits at its price, costs apart; what is left is one bar older.
 * Where the open of an entry's own bar is beyond its stop already, the stop exits at the open. */
export function passBar(account: Account, bar: Bar, rules: TradeRules): PassStep {
  const [open, close] = [fromNumber(bar.open), fromNumber(bar.close)];
  const touched = touchedIn(account, bar);
  if (touched === null) {
    const held = holdBar(account);
    return { account: held, fills: [], equityAtClose: equityAt(held, close) };
  }
  const { reason, price } = touched;
  const worse = sideOf(account) > 0 ? open < price : open > price;
  const fill = exitFill(account, reason === "stop" && worse ? open : price, reason, exactCosts(rules));
  const after = exited(account, fill, rules);
  return { account: after, fills: [fill], equityAtClose: equityAt(after, close) };
}

type ExitReason = Exclude<Fill["reason"], "order">;

function checkOrder({ target, stopDistance, takeDistance }: Order, open: bigint): void {
  if (!(target >= -1 && target <= 1)) {
    throw new RangeError(`Cannot fill an order as its target must be in [-1, 1]: it is ${target}`);
  }
  for (const [what, distance] of [["stop", stopDistance], ["take", takeDistance]] as const) {
    if (distance !== null && !(distance > 0 && distance < Infinity)) {
      throw new RangeError(
        `Cannot fill an order as its ${what} must be at a distance > 0: it is ${distance}`,
      );
    }
  }
  if (open <= 0n) {
    throw new RangeError("Cannot fill an order as the open must be at least 0.00000001: it is less");
  }
}

/** Whether an order closes or reverses what is held. */
function leavesPosition(account: Account, order: Order | null): boolean {
  return order !== null && Math.sign(order.target) !== sideOf(account);
}

/** Which exit a price has passed. */
function passedAt(account: Account, price: bigint): ExitReason | null {
  const side = BigInt(sideOf(account));
  if (side === 0n) return null;
  if (account.stopPrice !== 0n && (price - account.stopPrice) * side <= 0n) return "stop";
  if (account.takePrice !== 0n && (price - account.takePrice) * side >= 0n) return "take";
  return null;
}

function touchedIn(account: Account, bar: Bar): { reason: ExitReason; price: bigint } | null {
  const side = sideOf(account);
  if (side === 0) return null;
  const [worst, best] = (side > 0 ? [bar.low, bar.high] : [bar.high, bar.low]).map(fromNumber);
  if (passedAt({ ...account, takePrice: 0n }, worst) !== null) {
    return { reason: "stop", price: account.stopPrice };
  }
  if (passedAt({ ...account, stopPrice: 0n }, best) !== null) {
    return { reason: "take", price: account.takePrice };
  }
  return null;
}

function exitFill(account: Account, price: bigint, reason: ExitReason, costs: ExactCosts): ExecutedFill {
  return executed({ decidedAtMs: null, reason, quantity: -account.quantity }, price, costs);
}

/** An exit to flat starts the cooldown that belongs to its reason. */
function exited(account: Account, fill: ExecutedFill, rules: TradeRules): Account {
  const cooldownLeft = fill.reason === "stop"
    ? Math.max(rules.cooldownBars, rules.stopCooldownBars)
    : rules.cooldownBars;
  return { ...applyFill(account, fill), cooldownLeft };
}

function filled(
  account: Account,
  order: Order,
  open: bigint,
  isBlocked: boolean,
  rules: TradeRules,
): Pick<OpenStep, "account" | "fills"> {
  const { decidedAtMs, target } = order;
  const side = Math.sign(target);
  const costs = exactCosts(rules);
  const trade = (quantity: bigint) => executed({ decidedAtMs, reason: "order", quantity }, open, costs);
  if (side === sideOf(account)) {
    const quantity = order.isResize ? resizeQuantity(account, target, open, costs) : 0n;
    if (quantity === 0n) return { account, fills: [] };
    const fill = trade(quantity);
    const isExit = account.quantity + quantity === 0n;
    return { account: isExit ? exited(account, fill, rules) : applyFill(account, fill), fills: [fill] };
  }
  const closing = account.quantity === 0n ? null : trade(-account.quantity);
  const flat = closing === null ? account : applyFill(account, closing);
  const mayEnter = side !== 0 && !order.isResize && !isBlocked;
  const quantity = mayEnter ? entryQuantity(flat, target, open, costs) : 0n;
  if (quantity === 0n) {
    return closing === null
      ? { account, fills: [] }
      : { account: exited(account, closing, rules), fills: [closing] };
  }
  const entry = trade(quantity);
  const entered = withExits(applyFill(flat, entry), order);
  return { account: entered, fills: closing === null ? [entry] : [closing, entry] };
}

function entryQuantity(flat: Account, target: number, open: bigint, costs: ExactCosts): bigint {
  const budget = multiplyDown(flat.cash, fromNumber(Math.abs(target)));
  return target > 0 ? largestBuy(budget, open, costs) : -largestSale(budget, open, costs);
}

/** What to trade of a held position for `target` of the equity at the open; 0 if that changes nothing. */
function resizeQuantity(account: Account, target: number, open: bigint, costs: ExactCosts): bigint {
  const side = BigInt(sideOf(account));
  const held = account.quantity * side;
  const wanted = multiplyDown(equityAt(account, open), fromNumber(Math.abs(target)));
  const missing = wanted - divideDown(held * open, ONE);
  if (missing > 0n) {
    const budget = side > 0n && missing > account.cash ? account.cash : missing;
    return side * (side > 0n ? largestBuy(budget, open, costs) : largestSale(budget, open, costs));
  }
  const kept = wanted > 0n ? (wanted * ONE) / open : 0n;
  return kept < held ? -side * (held - kept) : 0n;
}

/** Where the exits of a new position lie, from the price that it was filled at. One below zero can never be reached. */
function withExits(entered: Account, order: Order): Account {
  const side = BigInt(sideOf(entered));
  const at = (distance: number | null, away: bigint) => {
    if (distance === null) return 0n;
    const price = entered.entryPrice + away * fromNumber(distance);
    return price > 0n ? price : 0n;
  };
  return { ...entered, stopPrice: at(order.stopDistance, -side), takePrice: at(order.takeDistance, side) };
}
