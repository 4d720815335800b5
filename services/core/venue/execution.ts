/** What the venue's executions make of a live account: the counterpart of `accountStep`, which makes them up. Pure and exact.
 *
 * A fee that is taken in the base currency comes off the quantity: 1 bought with 0.001 of it as fee is 0.999 held, and the account
 * books its worth as fee. So the account holds what the venue holds, to the last unit. */
import type { Bar } from "../contracts/bar.ts";
import type { Fill } from "../contracts/lane.ts";
import type { Leg, OrderIntent, VenueFill } from "../contracts/venue.ts";
import { type Account, equityAt, holdBar } from "../account/account.ts";
import type { TradeRules } from "../account/trade_rules.ts";
import { applyFill, type ExecutedFill } from "../account/fills.ts";
import { fromNumber, multiplyUp, parseMoney } from "../account/money.ts";
import { onGrid, type VenueMarket } from "./venue_market.ts";

/** One execution, as it moves the account. */
export interface Execution {
  readonly fill: ExecutedFill;
  readonly leg: Leg;
  /** Where exits shall rest, from the price of the fill; of entries alone. */
  readonly exits: Pick<OrderIntent, "stopDistance" | "takeDistance"> | null;
}

/** What came from the venue since the bar before. */
export interface Arrivals {
  /** The last venue event of it. */
  readonly applied: number;
  readonly executions: readonly Execution[];
  readonly market: VenueMarket;
}

/** A live account: what it holds, and what is left at the venue that is less than a lot. */
export interface LiveAccount {
  readonly account: Account;
  readonly dust: bigint;
}

export interface LiveStep extends LiveAccount {
  readonly fills: readonly ExecutedFill[];
  readonly equityAtClose: bigint;
}

/** Takes a live account through one bar: one bar of a cooldown is over, then what the venue has executed is applied, and the bar
 * passes. */
export function liveStep(before: LiveAccount, arrivals: Arrivals, bar: Bar, rules: TradeRules): LiveStep {
  const cooldownLeft = Math.max(0, before.account.cooldownLeft - 1);
  let live: LiveAccount = { ...before, account: { ...before.account, cooldownLeft } };
  const fills: ExecutedFill[] = [];
  for (const execution of arrivals.executions) {
    const applied = applyExecution(live, execution, arrivals.market, rules);
    if (applied.fill.quantity !== 0n) fills.push(applied.fill);
    live = applied;
  }
  const account = holdBar(live.account);
  return {
    account,
    dust: live.dust,
    fills,
    equityAtClose: equityAt(account, fromNumber(bar.close)),
  };
}

/** One execution. An exit starts its cooldown, and leaves less than a lot aside as dust, which the next entry takes up.
 * @returns The fill too: what is taken over from the venue is told by its difference, of which a part may be dust. */
export function applyExecution(
  live: LiveAccount,
  execution: Execution,
  market: VenueMarket,
  rules: ExitRules,
): LiveAccount & { readonly fill: ExecutedFill } {
  const { leg, exits } = execution;
  const { account, dust } = live;
  if (leg === "reconcile") return takenOver(live, execution.fill, market);
  const { fill, owed } = withinHeld(execution.fill, account, market);
  const after = applyFill(account, fill);
  if (fill.quantity > 0n) {
    const taken = { ...after, quantity: after.quantity + dust };
    return { account: exits === null ? taken : withExits(taken, exits, market), dust: 0n, fill };
  }
  if (after.quantity >= market.lot) return { account: after, dust, fill };
  const { cooldownBars, stopCooldownBars } = rules;
  return {
    account: {
      ...after,
      quantity: 0n,
      entryPrice: 0n,
      barsInTrade: 0,
      stopPrice: 0n,
      takePrice: 0n,
      trailDistance: 0n,
      cooldownLeft: leg === "stop" ? Math.max(cooldownBars, stopCooldownBars) : cooldownBars,
    },
    dust: dust + after.quantity - owed,
    fill,
  };
}

/** A sale whose fee in the base currency is more than what it leaves: the rest of the fee came from what the venue holds beside, less
 * than a lot, and is owed to it by the dust. */
function withinHeld(
  fill: ExecutedFill,
  { quantity }: Account,
  { lot }: VenueMarket,
): { readonly fill: ExecutedFill; readonly owed: bigint } {
  const owed = -(quantity + fill.quantity);
  if (fill.quantity > 0n || quantity === 0n || owed <= 0n || owed >= lot) return { fill, owed: 0n };
  const fee = fill.fee - multiplyUp(owed, fill.price);
  return { fill: { ...fill, quantity: -quantity, fee }, owed };
}

type ExitRules = Pick<TradeRules, "cooldownBars" | "stopCooldownBars">;

/** The account with all that the venue holds, at the price at which it is taken over. */
function takenOver(
  { account, dust }: LiveAccount,
  difference: ExecutedFill,
  { lot }: VenueMarket,
): LiveAccount & { readonly fill: ExecutedFill } {
  const total = account.quantity + dust + difference.quantity;
  const held = total >= lot ? total : 0n;
  const fill = { ...difference, quantity: held - account.quantity };
  return { account: fill.quantity === 0n ? account : applyFill(account, fill), dust: total - held, fill };
}

/** An execution from what the venue says of it. @param order What it belongs to.
 * @returns Null for a fee in a currency that is neither of the market's: its worth is not known. */
export function executionOf(
  { price, quantity, fee, feeCurrency }: VenueFill,
  order: Pick<Execution, "leg" | "exits"> & { readonly barMs: number; readonly side: "buy" | "sell" },
  market: Pick<VenueMarket, "base" | "quote">,
): Execution & { readonly isFeeKnown: boolean } {
  const [paid, traded, taken] = [price, quantity, fee].map(parseMoney);
  const inBase = feeCurrency === market.base ? taken : 0n;
  const inQuote = feeCurrency === market.quote ? taken : multiplyUp(inBase, paid);
  const reason = reasonOf(order.leg);
  return {
    fill: {
      decidedAtMs: reason === "order" ? order.barMs : null,
      quantity: (order.side === "buy" ? traded : -traded) - inBase,
      price: paid,
      fee: inQuote,
      reason,
      liquidity: "taker",
    },
    leg: order.leg,
    exits: order.exits,
    isFeeKnown: taken === 0n || feeCurrency === market.base || feeCurrency === market.quote,
  };
}

function reasonOf(leg: Leg): Fill["reason"] {
  return leg === "stop" || leg === "take" ? leg : leg === "reconcile" ? "reconciled" : "order";
}

/** Where the exits of a new long rest, on the venue's grid. */
function withExits(entered: Account, exits: NonNullable<Execution["exits"]>, market: VenueMarket): Account {
  const { stopDistance, takeDistance } = exits;
  const at = (distance: number | null, away: 1n | -1n) =>
    distance === null ? 0n : onGrid(entered.entryPrice + away * fromNumber(distance), market);
  return { ...entered, stopPrice: at(stopDistance, -1n), takePrice: at(takeDistance, 1n) };
}
