/** Turns a decided order into what is sent to a venue: a side and a whole number of lots, by the close that was decided on. Pure.
 * Spot alone: nothing is sold that is not held. */
import { type Account, equityAt, sideOf } from "../account/account.ts";
import { buyPrice, exactRules, largestBuy } from "../account/costs.ts";
import { divideDown, formatMoney, fromNumber, multiplyDown, ONE } from "../account/money.ts";
import type { Order } from "../account/order.ts";
import type { TradeRules } from "../account/trade_rules.ts";
import type { OrderIntent } from "../contracts/venue.ts";
import { clientOrderId } from "./client_order_id.ts";
import { isEnough, type VenueMarket, wholeLots } from "./venue_market.ts";

export interface OrderPlanParts {
  readonly account: string;
  readonly symbol: string;
  readonly market: VenueMarket;
  readonly rules: TradeRules;
  /** Share of the cash that no order spends, as the price moves before it fills; in [0, 1). */
  readonly reserve: number;
}

/** `nothing`: there is nothing to trade, or too little for the venue, in words. */
export type OrderPlan =
  | { readonly intent: OrderIntent }
  | { readonly nothing: string };

/** @throws {RangeError} If the order is for a short. */
export function planOrder(account: Account, order: Order, close: number, parts: OrderPlanParts): OrderPlan {
  const { market } = parts;
  const { leg, quantity } = legOf(account, order, fromNumber(close), parts);
  const price = fromNumber(close);
  if (!isEnough(quantity, price, market)) {
    const least = `${formatMoney(market.leastQuantity)} ${market.base} and ` +
      `${formatMoney(market.leastNotional)} ${market.quote}`;
    return {
      nothing: `the order is too small for the venue, which asks for ${least} at least: ` +
        `it is ${formatMoney(quantity)} ${market.base}`,
    };
  }
  const of = { account: parts.account, symbol: parts.symbol, barMs: order.decidedAtMs, leg };
  return {
    intent: {
      ...of,
      clientOrderId: clientOrderId(of),
      side: leg === "entry" || leg === "add" ? "buy" : "sell",
      quantity: formatMoney(quantity),
      stopDistance: leg === "entry" ? order.stopDistance : null,
      takeDistance: leg === "entry" ? order.takeDistance : null,
    },
  };
}

function legOf(
  account: Account,
  order: Order,
  close: bigint,
  { market, rules, reserve }: OrderPlanParts,
): { leg: OrderIntent["leg"]; quantity: bigint } {
  if (order.target < 0 || account.quantity < 0n) {
    throw new RangeError(
      `Cannot plan an order as a spot market has no shorts: the target is ${order.target}, ` +
        `and ${formatMoney(account.quantity)} is held`,
    );
  }
  const held = wholeLots(account.quantity, market);
  if (order.target === 0) return { leg: "exit", quantity: held };
  const spendable = multiplyDown(account.cash, fromNumber(1 - reserve));
  const { taker } = exactRules(rules);
  const buy = (budget: bigint) =>
    wholeLots(largestBuy(budget < spendable ? budget : spendable, buyPrice(close, taker), taker), market);
  if (sideOf(account) === 0) {
    return { leg: "entry", quantity: buy(multiplyDown(account.cash, fromNumber(order.target))) };
  }
  const wanted = multiplyDown(equityAt(account, close), fromNumber(order.target));
  const missing = wanted - divideDown(account.quantity * close, ONE);
  if (missing > 0n) return { leg: "add", quantity: buy(missing) };
  const surplus = account.quantity - (wanted * ONE) / close;
  return { leg: "reduce", quantity: wholeLots(surplus < held ? surplus : held, market) };
}
