/** The money: the one place that fills an order, takes its costs and marks an account. Pure and exact.
 *
 * Rounding is to the unit of 1e-8 and never in the trader's favour: what is paid rounds up, what is received rounds
 * down, a bought quantity rounds down. */
import type { Bar } from "../contracts/bar.ts";
import type { Fill, LaneAccount } from "../contracts/lane.ts";
import { divideDown, formatMoney, fromNumber, multiplyDown, multiplyUp, ONE, parseMoney } from "./money.ts";

/** One lane's account in units of 1e-8. */
export interface Account {
  readonly cash: bigint;
  /** Negative when short. */
  readonly quantity: bigint;
  /** Fill price of the open position; 0 when flat. */
  readonly entryPrice: bigint;
  /** Bars that the position was held through, the bar of its entry included; 0 when flat. */
  readonly barsInTrade: number;
  readonly feesPaid: bigint;
}

/** Costs of a trade on one side, in basis points of its notional. */
export interface CostRules {
  readonly feeBps: number;
  readonly halfSpreadBps: number;
  readonly slippageBps: number;
}

/** Go to `target`: 1 = all in, 0 = flat, -1 = short by the whole equity. */
export interface Order {
  /** Open time of the bar that was decided on. */
  readonly decidedAtMs: number;
  readonly target: number;
}

/** One execution in units of 1e-8. Buying has a positive quantity; the fee is never negative. */
export interface ExecutedFill {
  readonly decidedAtMs: number;
  readonly quantity: bigint;
  readonly price: bigint;
  readonly fee: bigint;
}

export interface AccountStep {
  /** The account after the bar. */
  readonly account: Account;
  /** At most two: a reversal closes, then opens. */
  readonly fills: readonly ExecutedFill[];
  /** Marked at the open, before the fills. */
  readonly equityAtOpen: bigint;
  /** Marked at the close, after the fills. */
  readonly equityAtClose: bigint;
}

/** Units of 1e-8 in one basis point. */
const UNITS_PER_BP = 10_000;

/** An account with nothing but cash. @param cash Units of 1e-8. @throws {RangeError} If it is not positive. */
export function openAccount(cash: bigint): Account {
  if (cash <= 0n) {
    throw new RangeError(`Cannot open an account as its cash must be positive: it is ${formatMoney(cash)}`);
  }
  return { cash, quantity: 0n, entryPrice: 0n, barsInTrade: 0, feesPaid: 0n };
}

/** Takes an account through one bar: the order that was pending fills at the open, then the bar passes.
 *
 * A position on the target's side is kept as it is (no rebalancing on drift). A new long buys the largest quantity
 * whose cost, fee included, fits in the cash; a new short sells a notional of the whole equity. Nothing is opened
 * without equity: a short that lost more than all leaves a negative cash, which is ruin.
 * @throws {RangeError} If the target is not -1, 0 or 1, or the price to fill at is below one unit. */
export function accountStep(account: Account, order: Order | null, bar: Bar, rules: CostRules): AccountStep {
  const open = fromNumber(bar.open);
  const fills = order === null ? [] : fillsOf(account, order, open, rules);
  let after = account;
  for (const fill of fills) after = applyFill(after, fill);
  after = holdBar(after);
  return {
    account: after,
    fills,
    equityAtOpen: equityAt(account, open),
    equityAtClose: equityAt(after, fromNumber(bar.close)),
  };
}

/** The account after one execution; a ledger is rebuilt by this and `holdBar`.
 * @throws {RangeError} If the fill neither opens a position from flat nor closes a whole one. */
export function applyFill(account: Account, fill: ExecutedFill): Account {
  const quantity = account.quantity + fill.quantity;
  if (account.quantity !== 0n && quantity !== 0n) {
    const [traded, held] = [formatMoney(fill.quantity), formatMoney(account.quantity)];
    throw new RangeError(
      `Cannot apply a fill as it must open a position or close a whole one: it is ${traded} on ${held}`,
    );
  }
  return {
    cash: account.cash - signedNotional(fill) - fill.fee,
    quantity,
    entryPrice: quantity === 0n ? 0n : fill.price,
    barsInTrade: 0,
    feesPaid: account.feesPaid + fill.fee,
  };
}

/** The account after a bar has passed: an open position is one bar older. */
export function holdBar(account: Account): Account {
  return account.quantity === 0n ? account : { ...account, barsInTrade: account.barsInTrade + 1 };
}

/** What a fill takes from the cash besides its fee: positive for buying, negative for selling. */
export function signedNotional(fill: ExecutedFill): bigint {
  return multiplyUp(fill.quantity, fill.price);
}

/** Cash plus the position at a price. @returns Units of 1e-8, rounded down. */
export function markEquity(account: Account, price: number): bigint {
  return equityAt(account, fromNumber(price));
}

/** What going from one target to another costs, as a fraction of equity. */
export function costOf(targetBefore: number, targetAfter: number, rules: CostRules): number {
  return (rules.feeBps + rules.halfSpreadBps + rules.slippageBps) * 1e-4 *
    Math.abs(targetAfter - targetBefore);
}

export function toLaneAccount(account: Account): LaneAccount {
  return {
    cash: formatMoney(account.cash),
    quantity: formatMoney(account.quantity),
    entryPrice: formatMoney(account.entryPrice),
    barsInTrade: account.barsInTrade,
    feesPaid: formatMoney(account.feesPaid),
  };
}

export function fromLaneAccount(account: LaneAccount): Account {
  return {
    cash: parseMoney(account.cash),
    quantity: parseMoney(account.quantity),
    entryPrice: parseMoney(account.entryPrice),
    barsInTrade: account.barsInTrade,
    feesPaid: parseMoney(account.feesPaid),
  };
}

/** A fill as the ledger stores it. @param at Whose it is, and the bar whose open it filled at. */
export function toLaneFill(fill: ExecutedFill, at: Pick<Fill, "account" | "symbol" | "barMs">): Fill {
  return {
    account: at.account,
    symbol: at.symbol,
    barMs: at.barMs,
    decidedAtMs: fill.decidedAtMs,
    side: fill.quantity > 0n ? "buy" : "sell",
    quantity: formatMoney(fill.quantity),
    price: formatMoney(fill.price),
    fee: formatMoney(fill.fee),
    reason: "order",
  };
}

export function fromLaneFill(fill: Fill): ExecutedFill {
  return {
    decidedAtMs: fill.decidedAtMs,
    quantity: parseMoney(fill.quantity),
    price: parseMoney(fill.price),
    fee: parseMoney(fill.fee),
  };
}

function fillsOf(account: Account, order: Order, open: bigint, rules: CostRules): ExecutedFill[] {
  const { target, decidedAtMs } = order;
  if (target !== 0 && target !== 1 && target !== -1) {
    throw new RangeError(`Cannot fill an order as its target must be -1, 0 or 1: it is ${target}`);
  }
  if (open <= 0n) {
    throw new RangeError("Cannot fill an order as the open must be at least 0.00000001: it is less");
  }
  if (target === sideOf(account)) return [];
  const costs = exactCosts(rules);
  const fills: ExecutedFill[] = [];
  let flat = account;
  if (account.quantity !== 0n) {
    const closing = execute(decidedAtMs, -account.quantity, open, costs);
    fills.push(closing);
    flat = applyFill(account, closing);
  }
  const quantity = target === 1
    ? largestBuy(flat.cash, open, costs)
    : target === -1
    ? -largestSale(flat.cash, open, costs)
    : 0n;
  if (quantity !== 0n) fills.push(execute(decidedAtMs, quantity, open, costs));
  return fills;
}

/** Fractions in units of 1e-8. */
interface ExactCosts {
  readonly fee: bigint;
  /** How far the price moves against the trader. */
  readonly priceMove: bigint;
}

function exactCosts(rules: CostRules): ExactCosts {
  return {
    fee: fractionOf("fee", rules.feeBps),
    priceMove: fractionOf("half spread and slippage", rules.halfSpreadBps + rules.slippageBps),
  };
}

/** Basis points as a fraction in units of 1e-8, to 0.0001 bp. */
function fractionOf(what: string, bps: number): bigint {
  if (!(bps >= 0 && bps < 10_000)) {
    throw new RangeError(`Cannot take costs as the ${what} must be >= 0 and < 10000 bp: it is ${bps}`);
  }
  return BigInt(Math.round(bps * UNITS_PER_BP));
}

function execute(decidedAtMs: number, quantity: bigint, open: bigint, costs: ExactCosts): ExecutedFill {
  const price = quantity > 0n ? buyPrice(open, costs) : sellPrice(open, costs);
  const notional = multiplyUp(quantity, price);
  return { decidedAtMs, quantity, price, fee: multiplyUp(notional < 0n ? -notional : notional, costs.fee) };
}

function buyPrice(open: bigint, costs: ExactCosts): bigint {
  return multiplyUp(open, ONE + costs.priceMove);
}

/** At least one unit, so that a price stays positive. */
function sellPrice(open: bigint, costs: ExactCosts): bigint {
  const price = multiplyDown(open, ONE - costs.priceMove);
  return price > 0n ? price : 1n;
}

/** The largest quantity whose notional n and fee ceil(n × fee) fit in the cash.
 * n <= floor(cash / (1 + fee)) is exactly that, as both sides of n × fee <= cash − n are compared with whole units. */
function largestBuy(cash: bigint, open: bigint, costs: ExactCosts): bigint {
  if (cash <= 0n) return 0n;
  const notional = (cash * ONE) / (ONE + costs.fee);
  return (notional * ONE) / buyPrice(open, costs);
}

/** The largest quantity whose notional is at most the equity of a flat account. */
function largestSale(equity: bigint, open: bigint, costs: ExactCosts): bigint {
  return equity <= 0n ? 0n : (equity * ONE) / sellPrice(open, costs);
}

function equityAt(account: Account, price: bigint): bigint {
  return account.quantity === 0n ? account.cash : account.cash + divideDown(account.quantity * price, ONE);
}

function sideOf(account: Account): number {
  return account.quantity > 0n ? 1 : account.quantity < 0n ? -1 : 0;
}
