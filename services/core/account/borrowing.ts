/** What borrowed shares and borrowed cash cost while time passes. Pure and exact. */
import type { Account } from "./account.ts";
import type { ExactRules } from "./costs.ts";
import { divideUp, multiplyUp, ONE } from "./money.ts";

/** Of interest: 365 days. */
const YEAR_MS = 31_536_000_000n;

/** The account after the time from one bar's open to the next: a short pays for what it has borrowed, by its notional at the later
 * open; cash below zero pays interest. Rounded up.
 * @param price Of the later open, in units of 1e-8. @param time From one open to the other; from null if there was none before.
 * @throws {RangeError} If something was borrowed before there was a bar. */
export function accrued(
  account: Account,
  price: bigint,
  { fromMs, toMs }: { readonly fromMs: number | null; readonly toMs: number },
  { borrow, margin }: Pick<ExactRules, "borrow" | "margin">,
): Account {
  const { quantity, cash } = account;
  if (quantity === 0n) return account;
  const ofShort = quantity < 0n && borrow > 0n ? multiplyUp(-quantity, price) * borrow : 0n;
  const ofCash = cash < 0n && margin > 0n ? -cash * margin : 0n;
  if (ofShort + ofCash === 0n) return account;
  if (fromMs === null) {
    throw new RangeError(
      "Cannot charge for what was borrowed as the bar before must be known: there is none",
    );
  }
  const due = divideUp((ofShort + ofCash) * BigInt(toMs - fromMs), ONE * YEAR_MS);
  return { ...account, cash: cash - due, borrowPaid: account.borrowPaid + due };
}
