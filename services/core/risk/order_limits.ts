/** What limits say of an order that adds risk: why it may not be, or how large it may be. Pure. */
import type { RiskScope } from "./loss_limits.ts";
import { counted } from "../runtime/texts.ts";
import { amount, percent } from "./risk_figures.ts";
import { orderWindow } from "./risk_rules.ts";

/** An order that leads to a larger position, or to one on another side. */
export interface Increase {
  /** Position before and after it, as signed fractions of the lane's equity. */
  readonly before: number;
  readonly after: number;
  /** The lane's, at the close that is decided on. */
  readonly equity: number;
}

/** Every reason against it. */
export function vetoesOf(increase: Increase, scopes: readonly RiskScope[]): string[] {
  return scopes.flatMap((scope) => [...rateVeto(scope), ...turnoverVeto(increase, scope)]);
}

/** How large a position may become. */
export interface Room {
  /** Fraction of the lane's equity, rounded down to 8 places; Infinity without a limit. */
  readonly share: number;
  /** The tightest limit in words. */
  readonly reason: string;
}

/** @param equity The lane's, at the close that is decided on. */
export function roomFor(equity: number, scopes: readonly RiskScope[]): Room {
  const unlimited: Room = { share: Infinity, reason: "" };
  return scopes.flatMap((scope) => roomsIn(scope, equity))
    .reduce((least, room) => room.share < least.share ? room : least, unlimited);
}

function roomsIn({ whose, book, limits }: RiskScope, equity: number): Room[] {
  const { heldElsewhere } = book;
  const others = heldElsewhere === 0 ? "" : `, of which other lanes hold ${amount(heldElsewhere)}`;
  const room = (most: number, words: string) => ({
    share: shareOf(most - heldElsewhere, equity),
    reason: `${whose}position limit is ${words}${others}`,
  });
  return [
    ...(limits.maxPosition === null
      ? []
      : [room(limits.maxPosition * book.equity, `${percent(limits.maxPosition)} of equity`)]),
    ...(limits.maxNotional === null ? [] : [room(limits.maxNotional, amount(limits.maxNotional))]),
  ];
}

/** Rounded down to the places of money; what float64 leaves of a whole one counts as whole. */
function shareOf(value: number, equity: number): number {
  return equity > 0 && value > 0 ? Math.floor(value / equity * 1e8 + 1e-6) / 1e8 : 0;
}

function rateVeto({ whose, book, limits: { maxOrdersPerMinute } }: RiskScope): string[] {
  if (maxOrdersPerMinute === null) return [];
  const { windowMs, most } = orderWindow(maxOrdersPerMinute);
  if (book.recentOrders < most) return [];
  const minutes = counted(Number((windowMs / 60_000).toFixed(2)), "minute");
  return [`${whose}limit is ${counted(most, "order")} in ${minutes}, and ${book.recentOrders} came before`];
}

function turnoverVeto(
  increase: Increase,
  { whose, book, limits: { maxDailyTurnover } }: RiskScope,
): string[] {
  if (maxDailyTurnover === null) return [];
  const after = book.traded + Math.abs(increase.after - increase.before) * increase.equity;
  const most = maxDailyTurnover * book.dayStartEquity;
  if (after <= most) return [];
  return [`${whose}turnover of the day would be ${amount(after)}, over the limit of ${amount(most)}`];
}
