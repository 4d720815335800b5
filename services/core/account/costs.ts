/** What a trade costs: commission, half spread and slippage, as a fraction for decisions and exactly for fills. Pure. */
import { divideDown, multiplyDown, multiplyUp, ONE } from "./money.ts";

/** Costs of a trade on one side, in basis points of its notional. */
export interface CostRules {
  readonly feeBps: number;
  readonly halfSpreadBps: number;
  readonly slippageBps: number;
}

/** What the market asks of a trader besides its prices. */
export interface TradeRules extends CostRules {
  /** Decisions after an exit to flat that may not enter. */
  readonly cooldownBars: number;
  /** The same after an exit by a stop; the longer of both counts. */
  readonly stopCooldownBars: number;
}

/** What going from one exposure to another costs, as a fraction of equity. Both are signed fractions of equity. */
export function costOf(exposureBefore: number, exposureAfter: number, rules: CostRules): number {
  return (rules.feeBps + rules.halfSpreadBps + rules.slippageBps) * 1e-4 *
    Math.abs(exposureAfter - exposureBefore);
}

/** Fractions in units of 1e-8. */
export interface ExactCosts {
  readonly fee: bigint;
  /** How far the price moves against the trader. */
  readonly priceMove: bigint;
}

/** @throws {RangeError} If a cost is not in [0, 10000) bp. */
export function exactCosts(rules: CostRules): ExactCosts {
  return {
    fee: fractionOf("fee", rules.feeBps),
    priceMove: fractionOf("half spread and slippage", rules.halfSpreadBps + rules.slippageBps),
  };
}

/** The fee on a notional of either sign, rounded up. */
export function feeOn(notional: bigint, costs: ExactCosts): bigint {
  return multiplyUp(notional < 0n ? -notional : notional, costs.fee);
}

export function buyPrice(price: bigint, costs: ExactCosts): bigint {
  return multiplyUp(price, ONE + costs.priceMove);
}

/** At least one unit, so that a price stays positive. */
export function sellPrice(price: bigint, costs: ExactCosts): bigint {
  const moved = multiplyDown(price, ONE - costs.priceMove);
  return moved > 0n ? moved : 1n;
}

/** The largest quantity whose notional n and fee ceil(n × fee) fit in a budget.
 * n <= floor(budget / (1 + fee)) is exactly that, as both sides of n × fee <= budget − n are compared with whole units. */
export function largestBuy(budget: bigint, price: bigint, costs: ExactCosts): bigint {
  if (budget <= 0n) return 0n;
  const notional = (budget * ONE) / (ONE + costs.fee);
  return (notional * ONE) / buyPrice(price, costs);
}

/** The largest quantity whose notional is at most a budget. */
export function largestSale(budget: bigint, price: bigint, costs: ExactCosts): bigint {
  return budget <= 0n ? 0n : divideDown(budget * ONE, sellPrice(price, costs));
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
