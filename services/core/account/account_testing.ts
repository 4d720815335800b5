/** Bars, orders and rules to try accounts with. */
import type { Bar } from "../contracts/bar.ts";
import type { LastBar } from "../contracts/lane.ts";
import { type Account, openAccount } from "./account.ts";
import { accountStep, type Order } from "./account_step.ts";
import { formatMoney, parseMoney } from "./money.ts";
import { orderTo } from "./order.ts";
import type { TradeRules } from "./trade_rules.ts";

/** A market that asks for nothing. */
export const FREE: TradeRules = {
  takerBps: 0,
  makerBps: 0,
  minFee: 0,
  halfSpreadBps: 0,
  slippage: { model: "fixed", bps: 0 },
  entry: "market",
  borrowBps: 0,
  marginBps: 0,
  maxLeverage: 1,
  maintenanceMargin: 0,
  cooldownBars: 0,
  stopCooldownBars: 0,
  cash: 100_000,
  tick: 1e-8,
  lot: 1e-8,
  minNotional: 0,
  multiplier: 1,
};

/** Slippage of so many basis points, whatever happens. */
export function slipping(bps: number): Pick<TradeRules, "slippage"> {
  return { slippage: { model: "fixed", bps } };
}

/** A bar whose range is just what its open and close span, unless it is given. */
export function barOf(
  open: number,
  close = open,
  low = Math.min(open, close),
  high = Math.max(open, close),
): Bar {
  return { openTimeMs: 0, open, high, low, close, volume: 1 };
}

/** A bar before those of {@link barOf}, whose open is a day later. */
export function lastBar(changes: Partial<LastBar> = {}): LastBar {
  return { openTimeMs: -86_400_000, close: 100, volume: 1_000, atr: 2, ...changes };
}

/** An order that was decided at 7. */
export function go(target: number, changes: Partial<Order> = {}): Order {
  return { ...orderTo(target, 7), ...changes };
}

export function fresh(cash = "1000"): Account {
  return openAccount(parseMoney(cash));
}

/** An account that went to `target` at a price where nothing else happened. */
export function holding(target: number, price: number, changes: Partial<Order> = {}, rules = FREE): Account {
  return accountStep(fresh(), go(target, changes), barOf(price), rules).account;
}

/** Fills for people: reason, quantity and price. */
export function shownFills(
  fills: readonly { readonly reason: string; readonly quantity: bigint; readonly price: bigint }[],
): string[] {
  return fills.map(({ reason, quantity, price }) =>
    `${reason} ${formatMoney(quantity)} at ${formatMoney(price)}`
  );
}
