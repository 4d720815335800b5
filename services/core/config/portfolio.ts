/** A lane's account as a user writes it down, for `deno task state --portfolio`. */
import { z } from "zod";
import { type Account, openAccount } from "../account/account.ts";
import { fromNumber } from "../account/money.ts";

/** Beyond it, numbers do not hold cents. */
const most = 9e13;
const price = z.number().positive().max(9e7);

export const PortfolioFile = z.strictObject({
  cash: z.number().min(-most).max(most).meta({
    unit: "quote currency",
    description: "What is not invested; below 0 only while a long position is worth more.",
  }),
  quantity: z.number().min(-most).max(most).default(0).meta({
    unit: "units",
    description: "What is held; negative when short, 0 when flat.",
  }),
  entry_price: price.nullable().default(null).meta({
    unit: "quote currency",
    description: "Average price that it was entered at. Must be given with a position.",
  }),
  bars_in_trade: z.int().min(0).max(10_000_000).default(0).meta({
    unit: "bars",
    description: "Bars that it was held through, that of its entry included: at least 1 with a position.",
  }),
  stop_price: price.nullable().default(null).meta({
    unit: "quote currency",
    description: "Where it is given up; null for nowhere.",
  }),
  take_price: price.nullable().default(null).meta({
    unit: "quote currency",
    description: "Where its profit is taken; null for nowhere.",
  }),
  cooldown_left: z.int().min(0).max(10_000).default(0).meta({
    unit: "decisions",
    description: "From this one on, in which nothing may be entered; only when flat.",
  }),
}).superRefine((portfolio, context) => {
  const { quantity, entry_price: entry } = portfolio;
  const side = Math.sign(quantity);
  const refuse = (field: keyof typeof portfolio, message: string) =>
    context.issues.push({ code: "custom", path: [field], message, input: portfolio });
  if (side === 0) {
    if (entry !== null) refuse("entry_price", "must be left out without a position");
    if (portfolio.bars_in_trade > 0) refuse("bars_in_trade", "must be 0 without a position");
    if (portfolio.stop_price !== null) refuse("stop_price", "must be left out without a position");
    if (portfolio.take_price !== null) refuse("take_price", "must be left out without a position");
    if (portfolio.cash <= 0) refuse("cash", "must be > 0 without a position");
    return;
  }
  if (entry === null) refuse("entry_price", "must be given with a position");
  if (portfolio.bars_in_trade === 0) refuse("bars_in_trade", "must be >= 1 with a position");
  if (portfolio.cooldown_left > 0) refuse("cooldown_left", "must be 0 with a position");
  const { stop_price: stop, take_price: take } = portfolio;
  const [worse, better] = side > 0 ? ["below", "above"] : ["above", "below"];
  if (entry === null) return;
  if (stop !== null && (stop - entry) * side >= 0) refuse("stop_price", `must lie ${worse} the entry price`);
  if (take !== null && (take - entry) * side <= 0) refuse("take_price", `must lie ${better} the entry price`);
});
export type PortfolioFile = z.output<typeof PortfolioFile>;

/** The account that it describes. */
export function accountOf(portfolio: Readonly<PortfolioFile>): Account {
  const units = (value: number | null) => value === null ? 0n : fromNumber(value);
  return {
    ...openAccount(1n),
    cash: fromNumber(portfolio.cash),
    quantity: fromNumber(portfolio.quantity),
    entryPrice: units(portfolio.entry_price),
    barsInTrade: portfolio.bars_in_trade,
    stopPrice: units(portfolio.stop_price),
    takePrice: units(portfolio.take_price),
    cooldownLeft: portfolio.cooldown_left,
  };
}
