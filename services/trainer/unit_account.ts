/** The account that decisions are followed on, and how it stays within exact money however long it is followed: only ratios of
 * its equity are of interest, so it may be counted in other units at any time. Pure. */
import { type Account, openAccount } from "../core/account/account.ts";
import { divideDown, parseMoney } from "../core/account/money.ts";

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
  const { cash, quantity, feesPaid } = account;
  return { ...account, cash: by(cash), quantity: by(quantity), feesPaid: by(feesPaid) };
}
