/** Bars, orders and rules to try accounts with. */
import type { Bar } from "../contracts/bar.ts";
import { type Account, openAccount } from "./account.ts";
import { accountStep, type Order } from "./account_step.ts";
import type { TradeRules } from "./costs.ts";
import { formatMoney, parseMoney } from "./money.ts";

export const FREE: TradeRules = {
  feeBps: 0,
  halfSpreadBps: 0,
  slippageBps: 0,
  cooldownBars: 0,
  stopCooldownBars: 0,
};

/** A bar whose range is just what its open and close span, unless it is given. */
export function barOf(
  open: number,
  close = open,
  low = Math.min(open, close),
  high = Math.max(open, close),
): Bar {
  return { openTimeMs: 0, open, high, low, close, volume: 1 };
}

/** An order that was decided at 7. */
export function go(target: number, changes: Partial<Order> = {}): Order {
  return { decidedAtMs: 7, target, stopDistance: null, takeDistance: null, isResize: false, ...changes };
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
