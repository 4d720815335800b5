/** What a lane did over a stretch of bars, kept in columns so that millions of bars fit. */
import type { Account } from "../../core/account/account.ts";
import { toNumber } from "../../core/account/money.ts";
import type { Equity, Fill } from "../../core/contracts/lane.ts";

/** What one bar adds. */
export interface BookedBar {
  readonly barMs: number;
  readonly equity: Pick<Equity, "equity" | "position" | "close">;
  readonly fills: readonly Fill[];
  readonly lane: { readonly account: Pick<Account, "borrowPaid"> };
}

export class LaneBook {
  readonly symbol: string;
  readonly timesMs: number[] = [];
  /** At each close; the first is the cash that the lane started with. */
  readonly equity: number[] = [];
  /** Signed value of the position over the equity. */
  readonly position: number[] = [];
  readonly close: number[] = [];
  readonly fills: Fill[] = [];
  /** What borrowed shares and cash have cost by the last bar. */
  borrowPaid = 0;

  constructor(symbol: string) {
    this.symbol = symbol;
  }

  add({ barMs, equity, fills, lane: { account } }: BookedBar): void {
    this.timesMs.push(barMs);
    this.equity.push(equity.equity);
    this.position.push(equity.position);
    this.close.push(equity.close);
    this.borrowPaid = toNumber(account.borrowPaid);
    for (const fill of fills) this.fills.push(fill);
  }
}
