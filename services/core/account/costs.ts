/** What a fill costs, exactly: commission, half spread and slippage, and the steps that prices and quantities come in. Pure. */
import type { LastBar } from "../contracts/lane.ts";
import { divideDown, fromNumber, multiplyDown, multiplyUp, ONE, toNumber } from "./money.ts";
import { slippageShare } from "./slippage.ts";
import type { TradeRules } from "./trade_rules.ts";

/** Of one kind of fill; fractions and amounts in units of 1e-8. */
export interface ExactCosts {
  readonly fee: bigint;
  readonly minFee: bigint;
  /** How far the price moves against the trader. */
  readonly priceMove: bigint;
  readonly tick: bigint;
  readonly isMaker: boolean;
}

/** Rules in units of 1e-8. */
export interface ExactRules {
  /** Where slippage depends on nothing; else without it. */
  readonly taker: ExactCosts;
  readonly maker: ExactCosts;
  readonly tick: bigint;
  /** In units, not in contracts. */
  readonly lot: bigint;
  readonly minNotional: bigint;
  /** Of a year. */
  readonly borrow: bigint;
  readonly margin: bigint;
  readonly maintenance: bigint;
}

const known = new WeakMap<TradeRules, ExactRules>();

/** @throws {RangeError} If a cost is not in [0, 10000) bp. */
export function exactRules(rules: TradeRules): ExactRules {
  const made = known.get(rules);
  if (made !== undefined) return made;
  const exact = makeExact(rules);
  known.set(rules, exact);
  return exact;
}

/** What taking costs. @param last The bar before the fill; null if there was none.
 * @param quantity What the order trades in all, which is asked for only where it counts.
 * @throws {RangeError} If slippage depends on the bar before, and there was none. */
export function takerCosts(rules: TradeRules, last: LastBar | null, quantity: () => bigint): ExactCosts {
  const { taker } = exactRules(rules);
  if (rules.slippage.model === "fixed") return taker;
  if (last === null) {
    throw new RangeError(
      `Cannot fill an order as slippage by ${rules.slippage.model} needs the bar before it: there is none`,
    );
  }
  const traded = quantity();
  const units = toNumber(traded < 0n ? -traded : traded);
  const share = slippageShare(rules.slippage, units, last, rules.multiplier);
  const priceMove = taker.priceMove + BigInt(Math.ceil(share * 1e8));
  return { ...taker, priceMove: priceMove < ONE ? priceMove : ONE - 1n };
}

/** The fee on a notional of either sign, rounded up. */
export function feeOn(notional: bigint, { fee, minFee }: ExactCosts): bigint {
  const share = multiplyUp(notional < 0n ? -notional : notional, fee);
  return share > minFee ? share : minFee;
}

/** What is paid where the price is so. */
export function buyPrice(price: bigint, { priceMove, tick }: ExactCosts): bigint {
  return upTo(priceMove === 0n ? price : multiplyUp(price, ONE + priceMove), tick);
}

/** What is received where the price is so: at least one tick, so that a price stays positive. */
export function sellPrice(price: bigint, { priceMove, tick }: ExactCosts): bigint {
  const moved = downTo(multiplyDown(price, ONE - priceMove), tick);
  return moved > 0n ? moved : tick;
}

/** The largest quantity whose notional n and fee max(least, ceil(n × fee)) fit in a budget.
 * n <= floor(budget / (1 + fee)) is exactly that for the share, as both sides of n × fee <= budget − n are compared with whole
 * units. @param paid The price with its costs. */
export function largestBuy(budget: bigint, paid: bigint, { fee, minFee }: ExactCosts): bigint {
  if (budget <= minFee) return 0n;
  const byShare = (budget * ONE) / (ONE + fee);
  const byLeast = budget - minFee;
  return ((byLeast < byShare ? byLeast : byShare) * ONE) / paid;
}

/** The largest quantity whose notional is at most a budget. */
export function largestSale(budget: bigint, paid: bigint): bigint {
  return budget <= 0n ? 0n : divideDown(budget * ONE, paid);
}

/** The nearest multiple of a step that is not less. @param value At least 0. */
export function upTo(value: bigint, step: bigint): bigint {
  return step === 1n ? value : (value + step - 1n) / step * step;
}

/** The nearest multiple of a step that is not more. @param value At least 0. */
export function downTo(value: bigint, step: bigint): bigint {
  return step === 1n ? value : value / step * step;
}

function makeExact(rules: TradeRules): ExactRules {
  const { halfSpreadBps, slippage } = rules;
  const fixed = slippage.model === "fixed" ? slippage.bps : 0;
  const tick = fromNumber(rules.tick);
  const minFee = fromNumber(rules.minFee);
  const taker = {
    fee: fractionOf("taker fee", rules.takerBps),
    minFee,
    priceMove: fractionOf("half spread and slippage", halfSpreadBps + fixed),
    tick,
    isMaker: false,
  };
  const maker = { ...taker, fee: fractionOf("maker fee", rules.makerBps), priceMove: 0n, isMaker: true };
  return {
    taker,
    maker,
    tick,
    lot: multiplyDown(fromNumber(rules.lot), fromNumber(rules.multiplier)) || 1n,
    minNotional: fromNumber(rules.minNotional),
    borrow: fractionOf("borrow", rules.borrowBps),
    margin: fractionOf("margin interest", rules.marginBps),
    maintenance: fromNumber(rules.maintenanceMargin),
  };
}

/** Units of 1e-8 in one basis point. */
const UNITS_PER_BP = 10_000;

/** Basis points as a fraction in units of 1e-8, to 0.0001 bp. */
function fractionOf(what: string, bps: number): bigint {
  if (!(bps >= 0 && bps < 10_000)) {
    throw new RangeError(`Cannot take costs as the ${what} must be >= 0 and < 10000 bp: it is ${bps}`);
  }
  return BigInt(Math.round(bps * UNITS_PER_BP));
}
