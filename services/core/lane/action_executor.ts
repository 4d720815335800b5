/** Turns a choice into an order, or says why not: no answer, a halt, stale data, a cooldown, a limit. Pure.
 *
 * A rule never makes an order that the network did not choose, but for the way out of what is held while trading is halted
 * with `flatten`. An order that lowers risk passes every limit; only a halt and stale data hold it back. */
import { orderTo } from "../account/order.ts";
import type { TradeRules } from "../account/trade_rules.ts";
import type { Control } from "../contracts/control.ts";
import type { PendingOrder, Verdict } from "../contracts/lane.ts";
import { type Candidate, orderOf } from "../decisions/candidate.ts";
import type { Clipped } from "../risk/clipped_features.ts";
import { haltReason, type RiskScope } from "../risk/loss_limits.ts";
import { type Increase, roomFor, vetoesOf } from "../risk/order_limits.ts";
import { percent } from "../risk/risk_figures.ts";
import type { RiskRules } from "../risk/risk_rules.ts";

/** What the agent wants. */
export interface Choice {
  /** Null when no model answered, with the reason. */
  readonly candidate: Candidate | null;
  readonly reason: string;
}

/** What the choice is made on. */
export interface Situation {
  /** The bar that is decided on. */
  readonly barMs: number;
  readonly close: number;
  /** How a position is entered. */
  readonly entry: TradeRules["entry"];
  /** The target position now, as a signed fraction of equity. */
  readonly target: number;
  /** What is held, as a signed fraction of equity. */
  readonly exposure: number;
  /** The lane's, at the bar's close. */
  readonly equity: number;
  readonly cooldownLeft: number;
  /** Average true range in price units; null where none is followed. */
  readonly atr: number | null;
  readonly risk: RiskSight;
}

/** What an order is weighed against. */
export interface RiskSight {
  readonly rules: Pick<RiskRules, "staleAfterMs" | "maxClippedShare">;
  /** The lane's figures and limits, then those of the whole account where it has limits. */
  readonly scopes: readonly RiskScope[];
  /** Losses beyond their limits, in words. */
  readonly losses: readonly string[];
  /** Null where nobody ever said that the account may not trade. */
  readonly control: Control | null;
  /** Age of the bar's close by the clock; null where bars do not come in real time. */
  readonly dataAgeMs: number | null;
  /** Null without a state. */
  readonly clipped: Clipped | null;
}

export interface Execution {
  readonly target: number;
  readonly order: PendingOrder | null;
  readonly verdict: Verdict;
}

/** No answer means no order: it never means position 0. A keep places no order (no rebalancing on drift), and nothing is entered
 * in a cooldown. */
export function execute({ candidate, reason }: Choice, situation: Situation): Execution {
  const { cooldownLeft, exposure, risk } = situation;
  const { control } = risk;
  if (control?.state === "halted") return halted(control, candidate, situation);
  if (candidate === null) return unmoved(situation, "refused", reason);
  if (cooldownLeft > 0) {
    const left = `${cooldownLeft} more bar${cooldownLeft === 1 ? "" : "s"}`;
    const why = `nothing may be entered for ${left} after an exit`;
    return unmoved(situation, candidate.isKeep ? "kept" : "refused", why);
  }
  if (candidate.isKeep) return unmoved(situation, "kept", "already at its target");
  if (isStale(risk)) {
    const { dataAgeMs, rules } = risk;
    return unmoved(
      situation,
      "refused",
      `the bar ended ${dataAgeMs} ms ago by the clock, over the limit of ${rules.staleAfterMs} ms`,
    );
  }
  const order = orderOf(candidate, situation, situation)!;
  if (!addsRisk(candidate, exposure)) return ordered(order, "ordered", reason);
  return limited(order, reason, situation);
}

/** Whether a bar is too old to act on. */
export function isStale(
  { dataAgeMs, rules: { staleAfterMs } }: Pick<RiskSight, "dataAgeMs" | "rules">,
): boolean {
  return dataAgeMs !== null && staleAfterMs !== null && dataAgeMs > staleAfterMs;
}

function unmoved({ target }: Situation, outcome: Verdict["outcome"], reason: string): Execution {
  return { target, order: null, verdict: { outcome, reason } };
}

function ordered(order: PendingOrder, outcome: Verdict["outcome"], reason: string): Execution {
  return { target: order.target, order, verdict: { outcome, reason } };
}

/** Nothing is ordered, but for the way out where the halt asks for it: that needs no model and no fresh data. */
function halted(control: Control, candidate: Candidate | null, situation: Situation): Execution {
  const why = haltReason(control);
  if (control.flatten && situation.exposure !== 0) {
    return ordered(orderTo(0, situation.barMs), "changed", `closes what is held: ${why}`);
  }
  return unmoved(situation, candidate?.isKeep ? "kept" : "refused", why);
}

/** A larger position, a new one, or one on the other side. */
function addsRisk({ exposure, isResize }: Candidate, before: number): boolean {
  return isResize ? Math.abs(exposure) > Math.abs(before) : exposure !== 0;
}

/** An order that adds risk, as far as the limits let it. Where they let nothing, a reversal still closes. */
function limited(order: PendingOrder, reason: string, situation: Situation): Execution {
  const { barMs, exposure, equity, risk } = situation;
  const increase: Increase = { before: exposure, after: order.target, equity };
  const vetoes = [...clipVeto(risk), ...risk.losses, ...vetoesOf(increase, risk.scopes)];
  const room = roomFor(equity, risk.scopes);
  const wanted = Math.abs(order.target);
  const least = order.isResize ? Math.abs(exposure) : 0;
  if (vetoes.length === 0 && wanted <= room.share) return ordered(order, "ordered", reason);
  if (vetoes.length === 0 && room.share > least) {
    const target = Math.sign(order.target) * room.share;
    const cut = `cut from ${percent(wanted)} to ${percent(room.share)} of equity: ${room.reason}`;
    return ordered({ ...order, target }, "changed", `${reason}; ${cut}`);
  }
  const why = (vetoes.length > 0 ? vetoes : [room.reason]).join("; ");
  const isReversal = exposure * order.target < 0;
  return isReversal
    ? ordered(orderTo(0, barMs), "changed", `closes and enters nothing: ${why}`)
    : unmoved(situation, "refused", why);
}

function clipVeto({ clipped, rules: { maxClippedShare } }: RiskSight): string[] {
  if (clipped === null || maxClippedShare === null || clipped.count <= maxClippedShare * clipped.of) {
    return [];
  }
  return [
    `${clipped.count} of ${clipped.of} features are at their clip, over the limit of ${
      percent(maxClippedShare)
    }`,
  ];
}
