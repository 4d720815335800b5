/** Keeps a lane's risk figures and gathers what its orders are weighed against: the lane's limits, those of the account, the control,
 * the age of the data, and how usual the state is. Commits nothing. */
import { fromLaneAccount, markEquity } from "../core/account/account.ts";
import { toNumber } from "../core/account/money.ts";
import type { Control } from "../core/contracts/control.ts";
import type { LaneAccount, LaneRecord, OutsideInputs } from "../core/contracts/lane.ts";
import type { LaneTotal, RiskState } from "../core/contracts/risk.ts";
import type { Timeframe } from "../core/contracts/symbol.ts";
import { timeframeMs } from "../core/contracts/symbol.ts";
import { clippedIn } from "../core/risk/clipped_features.ts";
import { controlAfter, lossBreaches, type RiskScope } from "../core/risk/loss_limits.ts";
import { accountBook, laneBook, type LaneFigures } from "../core/risk/risk_book.ts";
import { hasLimits, type RiskRules } from "../core/risk/risk_rules.ts";
import { trackRisk, withOrder } from "../core/risk/risk_state.ts";
import type { Clock } from "../core/runtime/clock.ts";
import { isStale, type RiskSight } from "./action_executor.ts";
import type { LaneStep } from "./lane_step.ts";

export interface RiskDeskParts {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly rules: RiskRules;
  /** Absolute value at which each feature is cut off; null for one that cannot be. */
  readonly clips: readonly (number | null)[];
  /** Whether bars come as the market makes them, so that the clock tells how old they are. */
  readonly isRealTime: boolean;
  /** What a lane starts with. */
  readonly cash: string;
  readonly clock: Clock;
}

/** A bar of the lane, and what is known of it. */
export interface RiskInput {
  readonly barMs: number;
  readonly close: number;
  readonly before: LaneRecord | null;
  readonly step: LaneStep;
  readonly state: Float32Array | null;
  /** What was read of the other lanes; none where nothing limits the account. */
  readonly totals: ReadonlyMap<string, LaneTotal>;
  readonly control: Control | null;
}

/** What the desk says of a bar. */
export interface RiskView {
  readonly sight: RiskSight;
  readonly outside: OutsideInputs | undefined;
  /** What follows for the account; null to leave it as it is. */
  readonly nextControl: Control | null;
  /** The figures to commit, once it is known whether something was ordered. */
  readonly figuresAfter: (isOrdered: boolean) => { readonly risk: RiskState; readonly total: LaneTotal };
}

export class RiskDesk {
  readonly #parts: RiskDeskParts;

  constructor(parts: RiskDeskParts) {
    this.#parts = parts;
  }

  /** Whether the totals of the account have to be read. */
  get limitsAccount(): boolean {
    return hasLimits(this.#parts.rules.portfolio);
  }

  view(input: RiskInput): RiskView {
    const { symbol, rules, clips, clock } = this.#parts;
    const { barMs, state, control } = input;
    const figures = { symbol, barMs, risk: this.#track(input) };
    const dataAgeMs = this.#ageOf(barMs);
    const scopes = this.#scopes(figures, input.totals);
    const breaches = isStale({ dataAgeMs, rules }) ? [] : lossBreaches(scopes, rules);
    const nextControl = controlAfter(control, breaches, { symbol, barMs, nowMs: clock.nowMs() });
    const account = scopes[1]?.book;
    return {
      sight: {
        rules,
        scopes,
        losses: breaches.map(({ reason }) => reason),
        control: nextControl ?? control,
        dataAgeMs,
        clipped: state === null ? null : clippedIn(state, clips),
      },
      outside: outsideOf(dataAgeMs, control, account),
      nextControl,
      figuresAfter: (isOrdered) => {
        const risk = isOrdered ? withOrder(figures.risk, barMs, rules) : figures.risk;
        const held = heldValue(input.step.state.account, input.close);
        return { risk, total: { barMs, held, risk, accountPeak: account?.peakEquity ?? null } };
      },
    };
  }

  #track({ barMs, before, step, control }: RiskInput): RiskState {
    const { equity } = step.equity;
    const bar = { barMs, equity, fills: step.fills, resumes: control?.resumes ?? 0 };
    const opening = before === null ? Number(this.#parts.cash) : equity;
    return trackRisk(before?.state.risk ?? null, bar, opening);
  }

  #scopes(figures: LaneFigures, totals: ReadonlyMap<string, LaneTotal>): RiskScope[] {
    const { lane, portfolio } = this.#parts.rules;
    const own = { whose: "", book: laneBook(figures, lane), limits: lane };
    if (!this.limitsAccount) return [own];
    const book = accountBook(figures, totals, portfolio);
    return [own, { whose: "the account's ", book, limits: portfolio }];
  }

  #ageOf(barMs: number): number | null {
    const { isRealTime, timeframe, clock } = this.#parts;
    return isRealTime ? clock.nowMs() - (barMs + timeframeMs(timeframe)) : null;
  }
}

function outsideOf(
  dataAgeMs: number | null,
  control: Control | null,
  account: OutsideInputs["account"],
): OutsideInputs | undefined {
  if (dataAgeMs === null && control === null && account === undefined) return undefined;
  return {
    ...(dataAgeMs !== null && { dataAgeMs }),
    ...(control !== null && { control: control.revision }),
    ...(account !== undefined && { account }),
  };
}

/** Market value of a position, without its sign. */
function heldValue(account: LaneAccount, close: number): number {
  const exact = fromLaneAccount(account);
  return Math.abs(toNumber(markEquity(exact, close) - exact.cash));
}
