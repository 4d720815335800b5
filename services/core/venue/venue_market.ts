/** What a venue asks of orders in one of its markets. Pure. */
import { divideDown, multiplyDown } from "../account/money.ts";

/** Amounts are in units of 1e-8. */
export interface VenueMarket {
  readonly base: string;
  readonly quote: string;
  /** Quantities are whole numbers of it. */
  readonly lot: bigint;
  /** Prices are whole numbers of it. */
  readonly tick: bigint;
  readonly leastQuantity: bigint;
  /** Of quantity × price. */
  readonly leastNotional: bigint;
  readonly restsStops: boolean;
  readonly restsTakes: boolean;
  /** Whether a stop and a take may rest for the same quantity. */
  readonly restsBoth: boolean;
}

/** The largest whole number of lots in a quantity. @param quantity At least 0. */
export function wholeLots(quantity: bigint, { lot }: Pick<VenueMarket, "lot">): bigint {
  return divideDown(quantity, lot) * lot;
}

/** The next price of the grid at or below a price; at least one tick. */
export function onGrid(price: bigint, { tick }: Pick<VenueMarket, "tick">): bigint {
  const steps = divideDown(price, tick) * tick;
  return steps > 0n ? steps : tick;
}

/** Whether an order is large enough. */
export function isEnough(quantity: bigint, price: bigint, market: VenueMarket): boolean {
  return quantity > 0n && quantity >= market.leastQuantity &&
    multiplyDown(quantity, price) >= market.leastNotional;
}
