/** The rules that the executor holds orders to. Null stands for no limit. */

/** Limits of a lane, or of all lanes of an account together. Fractions are of their equity. */
export interface RiskLimits {
  readonly maxPosition: number | null;
  /** In the quote currency. */
  readonly maxNotional: number | null;
  /** Of bar time. */
  readonly maxOrdersPerMinute: number | null;
  /** Notional ordered on a UTC day, in multiples of the equity at its start. */
  readonly maxDailyTurnover: number | null;
  readonly maxDailyLoss: number | null;
  readonly maxDrawdown: number | null;
}

/** What a loss beyond its limit does: lets nothing add risk, or stops the account, or stops it and closes what it holds. */
export type BreachAction = "refuse" | "halt" | "flatten";

export interface RiskRules {
  readonly lane: RiskLimits;
  readonly portfolio: RiskLimits;
  readonly onDailyLoss: BreachAction;
  readonly onDrawdown: BreachAction;
  /** By the clock, from a bar's end on; in a market that runs in real time. */
  readonly staleAfterMs: number | null;
  /** Of the features that can be cut. */
  readonly maxClippedShare: number | null;
}

/** How far back a limit on orders looks, and how many it lets through in that time. Below 1 a minute it is one in a longer time. */
export function orderWindow(perMinute: number): { readonly windowMs: number; readonly most: number } {
  return { windowMs: 60_000 * Math.max(1, 1 / perMinute), most: Math.max(1, Math.floor(perMinute)) };
}

/** Whether anything is limited. */
export function hasLimits(limits: RiskLimits): boolean {
  return Object.values(limits).some((limit) => limit !== null);
}
