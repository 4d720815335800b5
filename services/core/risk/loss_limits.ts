/** Daily loss and drawdown: when they are beyond their limits, and what follows. Pure. */
import type { Control } from "../contracts/control.ts";
import type { RiskBook } from "../contracts/risk.ts";
import { moment } from "../runtime/texts.ts";
import { percent, percentBeyond } from "./risk_figures.ts";
import type { BreachAction, RiskLimits, RiskRules } from "./risk_rules.ts";

/** Figures with the limits that they are held to. */
export interface RiskScope {
  /** Begins a sentence: nothing for a lane, `the account's ` for all of them. */
  readonly whose: string;
  readonly book: RiskBook;
  readonly limits: RiskLimits;
}

/** A loss beyond its limit. */
export interface Breach {
  /** With figures. */
  readonly reason: string;
  readonly action: BreachAction;
}

/** A loss that is so little beyond its limit is at it. */
const ROUNDING = 1e-9;

/** Every loss beyond its limit. */
export function lossBreaches(
  scopes: readonly RiskScope[],
  { onDailyLoss, onDrawdown }: Pick<RiskRules, "onDailyLoss" | "onDrawdown">,
): Breach[] {
  return scopes.flatMap(({ whose, book, limits }) => [
    ...beyond(`${whose}daily loss`, lost(book, book.dayStartEquity), limits.maxDailyLoss, onDailyLoss),
    ...beyond(`${whose}drawdown`, lost(book, book.peakEquity), limits.maxDrawdown, onDrawdown),
  ]);
}

/** The control that follows from breaches; null where it says as much already, or nothing follows.
 * @param nowMs By the clock, for people. */
export function controlAfter(
  control: Control | null,
  breaches: readonly Breach[],
  at: { readonly symbol: string; readonly barMs: number; readonly nowMs: number },
): Control | null {
  const halting = breaches.filter(({ action }) => action !== "refuse");
  const flatten = halting.some(({ action }) => action === "flatten");
  const isHalted = control?.state === "halted";
  if (halting.length === 0 || (isHalted && (control.flatten || !flatten))) return null;
  return {
    revision: (control?.revision ?? 0) + 1,
    state: "halted",
    flatten,
    reason: `${at.symbol}: ${halting.map(({ reason }) => reason).join("; ")}`,
    by: "risk limit",
    atMs: at.nowMs,
    barMs: at.barMs,
    resumes: control?.resumes ?? 0,
  };
}

/** Since when and why trading is halted. A halt by a limit is told in bar time, so that a replay says the same. */
export function haltReason({ reason, barMs, atMs }: Control): string {
  const since = barMs === null ? `${moment(atMs)} UTC` : `bar ${moment(barMs)}`;
  return `trading is halted since ${since}: ${reason}`;
}

function beyond(what: string, loss: number, limit: number | null, action: BreachAction): Breach[] {
  if (limit === null || loss <= limit + ROUNDING) return [];
  return [{ reason: `${what} ${percentBeyond(loss)} is over the limit of ${percent(limit)}`, action }];
}

/** All is lost where nothing was there to lose. */
function lost({ equity }: RiskBook, from: number): number {
  return from > 0 ? 1 - equity / from : 1;
}
