/** The account that learning tries decisions with. Pure. */
import { type Account, openAccount } from "../core/account/account.ts";
import { parseMoney, toNumber } from "../core/account/money.ts";
import type { RulesOf, TradeRules } from "../core/account/trade_rules.ts";

/** Large, so that rounding to the unit of 1e-8 is below 1e-10 of equity. */
export const UNIT_ACCOUNT: Account = openAccount(parseMoney("1000000"));

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
