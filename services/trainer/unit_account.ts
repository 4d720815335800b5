/** The account that decisions are followed on, and how it stays within exact money however long it is followed: only ratios of
 * its equity are of interest, so it may be counted in other units at any time. Pure. */
import { type Account, openAccount } from "../core/account/account.ts";
import { divideDown, parseMoney, toNumber } from "../core/account/money.ts";
import type { RulesOf, TradeRules } from "../core/account/trade_rules.ts";

/** Large, so that rounding to the unit of 1e-8 is below 1e-10 of equity. */
export const UNIT_ACCOUNT: Account = openAccount(parseMoney("1000000"));

/** What one unit becomes where it is changed. */
const THOUSAND = 1_000n;
const [LEAST, MOST] = [UNIT_ACCOUNT.cash / THOUSAND, UNIT_ACCOUNT.cash * THOUSAND];

/** How an account is counted from now on. */
export type Rescale = (account: Account) => Account;

/** Brings an equity towards that of {@link UNIT_ACCOUNT} where it has left it a thousandfold; null where it has not.
 * @param equity Positive, in units of 1e-8. */
export function rescaleOf(equity: bigint): Rescale | null {
  if (equity > MOST) return (account) => counted(account, (amount) => divideDown(amount, THOUSAND));
  if (equity < LEAST) return (account) => counted(account, (amount) => amount * THOUSAND);
  return null;
}

/** Prices stay as they are. */
function counted(account: Account, by: (amount: bigint) => bigint): Account {
  const { cash, quantity, feesPaid, borrowPaid } = account;
  return {
    ...account,
    cash: by(cash),
    quantity: by(quantity),
    feesPaid: by(feesPaid),
    borrowPaid: by(borrowPaid),
  };
}

/** A lane's rules for an account of this size: all that goes by amounts is as many times as large, so that it costs the same share
 * of equity as it would cost a lane with the cash that it starts with. Nothing is rounded to lots, and nothing is too small: what is
 * learned depends on exposures and prices alone. */
export function unitRules(rules: TradeRules): TradeRules {
  const cash = toNumber(UNIT_ACCOUNT.cash);
  const factor = cash / rules.cash;
  return {
    ...rules,
    cash,
    minFee: rules.minFee * factor,
    multiplier: rules.multiplier * factor,
    lot: 0,
    minNotional: 0,
  };
}

/** {@link unitRules} of each symbol: the same object every time. */
export function unitRulesOf(rulesOf: RulesOf): RulesOf {
  const made = new Map<string, TradeRules>();
  return (symbol) => {
    const known = made.get(symbol);
    if (known !== undefined) return known;
    const rules = unitRules(rulesOf(symbol));
    made.set(symbol, rules);
    return rules;
  };
}
