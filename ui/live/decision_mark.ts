/** A decision as charts show it: what it wanted, what became of it, and what was held then. Pure; shared by server and browser. */
import type { Verdict } from "../../services/core/contracts/lane.ts";
import type { DecisionRow } from "./messages.ts";

export interface DecisionMark {
  barMs: number;
  action: string | null;
  outcome: Verdict["outcome"];
  /** It made an order: a signal, which is no trade before it fills. */
  isOrder: boolean;
  before: number;
  target: number;
  /** After this bar's fills: 1 long, −1 short, 0 flat. */
  side: number;
  /** Prices; null where there is none. */
  entry: number | null;
  stop: number | null;
  take: number | null;
  /** Decisions from this one on that may not enter. */
  cooldown: number;
  /** Best Q with each action, in reward units. */
  q: (number | null)[];
}

export function markOf(row: DecisionRow): DecisionMark {
  const { quantity, entryPrice, stopPrice, takePrice, cooldownLeft } = row.laneAccount;
  const side = Math.sign(Number(quantity));
  return {
    barMs: row.barMs,
    action: row.action,
    outcome: row.verdict.outcome,
    isOrder: row.order !== null,
    before: row.targetBefore,
    target: row.target,
    side,
    entry: side === 0 ? null : priceOf(entryPrice),
    stop: side === 0 ? null : priceOf(stopPrice),
    take: side === 0 ? null : priceOf(takePrice),
    cooldown: cooldownLeft,
    q: row.heads.action ?? [],
  };
}

function priceOf(text: string): number | null {
  return Number(text) || null;
}
