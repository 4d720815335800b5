/** The ledger, recomputed from its fills: cash and quantity of every lane after every bar, exact to the unit of 1e-8. It shares
 * the reading of decimals with the account, and none of its steps. */
import {
  decisionStream,
  equityStream,
  fillStream,
  type LaneAccount,
  laneRecord,
} from "../../core/contracts/lane.ts";
import { formatMoney, fromNumber, ONE, parseMoney, toNumber } from "../../core/account/money.ts";
import type { Store } from "../../core/redis/store.ts";

export interface Balance {
  /** Bars after which a lane was compared. */
  readonly bars: number;
  readonly fills: number;
  /** What does not balance first; null if all does. */
  readonly fault: string | null;
}

/** @param cashPerLane What each lane began with, as a decimal. */
export async function checkBalance(
  store: Store,
  account: string,
  symbols: readonly string[],
  cashPerLane: string,
): Promise<Balance> {
  const counts = { bars: 0, fills: 0 };
  for (const symbol of symbols) {
    const fills = await store.range(fillStream(account, symbol));
    const decisions = await store.range(decisionStream(account, symbol));
    const equity = new Map(
      (await store.range(equityStream(account, symbol))).map(({ id, value }) => [id, value]),
    );
    let [cash, quantity, fees, next] = [parseMoney(cashPerLane), 0n, 0n, 0];
    const lane = () => ({ cash, quantity, feesPaid: fees });
    for (const { id, value: { barMs, laneAccount } } of decisions) {
      for (; fills[next]?.value.barMs === barMs; next++) {
        const { side, quantity: traded, price, fee } = fills[next].value;
        const signed = parseMoney(traded);
        if ((signed > 0n) !== (side === "buy")) {
          return { ...counts, fault: `${symbol} ${id}: a ${side} of ${traded}` };
        }
        cash -= roundedUp(signed * parseMoney(price)) + parseMoney(fee);
        quantity += signed;
        fees += parseMoney(fee);
        counts.fills++;
      }
      counts.bars++;
      const marked = equity.get(id);
      const worth = marked === undefined
        ? null
        : cash - parseMoney(laneAccount.borrowPaid) - roundedUp(-quantity * fromNumber(marked.close));
      const fault = difference(lane(), laneAccount) ??
        (worth === null || marked!.equity !== toNumber(worth)
          ? `equity is ${marked?.equity}, not ${worth === null ? "there" : toNumber(worth)}`
          : null);
      if (fault !== null) return { ...counts, fault: `${symbol} ${id}: ${fault}` };
    }
    const record = await store.get(laneRecord(account, symbol));
    const fault = next < fills.length
      ? `the fill ${fills[next]!.id} belongs to no decided bar`
      : record === null
      ? "there is no record"
      : difference(lane(), record.state.account);
    if (fault !== null) return { ...counts, fault: `${symbol}: ${fault}` };
  }
  return { ...counts, fault: null };
}

/** What was borrowed costs cash on bars without a fill: it is taken as it is told. */
function difference(
  own: { cash: bigint; quantity: bigint; feesPaid: bigint },
  { cash, borrowPaid, quantity, feesPaid }: LaneAccount,
): string | null {
  const stored = {
    cash: parseMoney(cash) + parseMoney(borrowPaid),
    quantity: parseMoney(quantity),
    feesPaid: parseMoney(feesPaid),
  };
  for (const field of ["cash", "quantity", "feesPaid"] as const) {
    if (own[field] !== stored[field]) {
      return `${field} is ${formatMoney(stored[field])}, and the fills make it ${formatMoney(own[field])}`;
    }
  }
  return null;
}

/** A product of two amounts in units of 1e-8. */
function roundedUp(product: bigint): bigint {
  const quotient = product / ONE;
  return product > 0n && quotient * ONE !== product ? quotient + 1n : quotient;
}
