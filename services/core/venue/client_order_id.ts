/** The name under which a venue knows an order: it follows from what the order is for, so whoever looks for it after a crash
 * looks for the same one. */
import { createHash } from "node:crypto";
import type { ClientOrderId, Leg } from "../contracts/venue.ts";

/** @param attempt Counts the orders of one bar and leg from 0 on: a stop is placed anew when its quantity changes.
 * @returns `rl` and 28 hex digits (112 bits): within the 32 letters and digits that venues allow. */
export function clientOrderId(
  of: { readonly account: string; readonly symbol: string; readonly barMs: number; readonly leg: Leg },
  attempt = 0,
): ClientOrderId {
  const text = JSON.stringify([of.account, of.symbol, of.barMs, of.leg, attempt]);
  return `rl${createHash("sha256").update(text).digest("hex").slice(0, 28)}`;
}
