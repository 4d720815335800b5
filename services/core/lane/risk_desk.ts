/** Keeps a lane's risk figures, and gathers what its orders are weighed against: the lane's limits, those of the account, the control,
 * the age of the data, and how usual the state is. Knows no Redis and no clock: what no bar tells is handed in. */
import { type Account, markEquity } from "../account/account.ts";
import { toNumber } from "../account/money.ts";
import type { Control } from "../contracts/control.ts";
import type { OutsideInputs, PendingOrder } from "../contracts/lane.ts";
import type { LanePart, LaneTotal, RiskState } from "../contracts/risk.ts";
import { clippedIn } from "../risk/clipped_features.ts";
import { controlAfter, lossBreaches, type RiskScope } from "../risk/loss_limits.ts";
import { accountBook, laneBook, type LaneFigures } from "../risk/risk_book.ts";
import { hasLimits } from "../risk/risk_rules.ts";
import { trackRisk, withOrder } from "../risk/risk_state.ts";
import { isStale, type RiskSight } from "./action_executor.ts";
import type { VenueSight } from "./venue_orders.ts";
import type { Lane, LaneStep } from "./lane_step.ts";
import type { Strategy } from "./strategy.ts";

/** What no bar tells. */
export interface Outside {
  /** Null where nobody ever said that the account may not trade. */
  readonly control: Control | null;
  /** What was read of the account's lanes; nothing where nothing limits the account. */
  readonly totals: ReadonlyMap<string, LaneTotal>;
  /** Age of the bar's close by the clock; null where bars do not come in real time. */
  readonly dataAgeMs: number | null;
  /** By the clock: when a control that follows from the bar was changed. */
  readonly nowMs: number;
  /** Of a live lane; absent on paper. */
  readonly venue?: VenueSight;
}

/** A lane by itself, that nobody steers, on bars of the past. */
export const NOTHING_OUTSIDE: Outside = { control: null, totals: new Map(), dataAgeMs: null, nowMs: 0 };

export interface RiskBarInput {
  readonly close: number;
  /** Null for a new lane. */
  readonly before: Lane | null;
  readonly step: LaneStep;
  /** Null while the features warm up. */
  readonly state: Float32Array | null;
  readonly outside: Outside;
}

/** What the desk says of a bar. */
export interface RiskView {
  readonly sight: RiskSight;
  /** For the record; undefined where nothing from outside played a part. */
  readonly inputs: OutsideInputs | undefined;
  /** What follows for the account; null to leave it as it is. */
  readonly nextControl: Control | null;
  /** The figures to keep, once it is known what was ordered. */
  readonly figuresAfter: (
    order: Pick<PendingOrder, "target"> | null,
  ) => { readonly risk: RiskState; readonly total: LaneTotal };
}

export class RiskDesk {
  readonly #symbol: string;
  readonly #strategy: Pick<Strategy, "risk" | "clips" | "cash">;

  constructor(symbol: string, strategy: Pick<Strategy, "risk" | "clips" | "cash">) {
    this.#symbol = symbol;
    this.#strategy = strategy;
  }

  /** Whether the totals of the account have to be read. */
  get limitsAccount(): boolean {
    return hasLimits(this.#strategy.risk.portfolio);
  }

  view(input: RiskBarInput): RiskView {
    const { risk: rules, clips } = this.#strategy;
    const { state, close, step: { lane: { barMs, account } }, outside } = input;
    const { control, dataAgeMs, nowMs } = outside;
    const symbol = this.#symbol;
    const figures = { symbol, barMs, risk: this.#track(input) };
    const scopes = this.#scopes(figures, outside.totals);
    const breaches = isStale({ dataAgeMs, rules }) ? [] : lossBreaches(scopes, rules);
    const nextControl = controlAfter(control, breaches, { symbol, barMs, nowMs });
    const book = scopes[1]?.book;
    return {
      sight: {
        rules,
        scopes,
        losses: breaches.map(({ reason }) => reason),
        control: nextControl ?? control,
        dataAgeMs,
        clipped: state === null ? null : clippedIn(state, clips),
      },
      inputs: inputsOf(outside, book),
      nextControl,
      figuresAfter: (order) => {
        const risk = order === null ? figures.risk : withOrder(figures.risk, barMs, rules);
        const ordered = order === null ? 0 : Math.abs(order.target) * Math.max(0, risk.equity);
        const held = Math.max(heldValue(account, close), ordered);
        const before = this.#partBefore(outside.totals);
        return { risk, total: { barMs, held, risk, accountPeak: book?.peakEquity ?? null, before } };
      },
    };
  }

  /** What this lane's own part was after the bar before. */
  #partBefore(totals: Outside["totals"]): LanePart | null {
    const total = this.limitsAccount ? totals.get(this.#symbol) : undefined;
    if (total === undefined) return null;
    const { before: _, ...part } = total;
    return part;
  }

  #track({ before, step: { lane, fills, equity }, outside: { control } }: RiskBarInput): RiskState {
    const bar = { barMs: lane.barMs, equity: equity.equity, fills, resumes: control?.resumes ?? 0 };
    const opening = before === null ? Number(this.#strategy.cash) : equity.equity;
    return trackRisk(before?.risk ?? null, bar, opening);
  }

  #scopes(figures: LaneFigures, totals: ReadonlyMap<string, LaneTotal>): RiskScope[] {
    const { lane, portfolio } = this.#strategy.risk;
    const own = { whose: "", book: laneBook(figures, lane), limits: lane };
    if (!this.limitsAccount) return [own];
    const book = accountBook(figures, totals, portfolio);
    return [own, { whose: "the account's ", book, limits: portfolio }];
  }
}

function inputsOf(
  { dataAgeMs, control, venue }: Outside,
  account: OutsideInputs["account"],
): OutsideInputs | undefined {
  const isAlone = dataAgeMs === null && control === null && account === undefined;
  if (isAlone && venue === undefined) return undefined;
  return {
    ...(dataAgeMs !== null && { dataAgeMs }),
    ...(control !== null && { control: control.revision }),
    ...(account !== undefined && { account }),
    ...(venue !== undefined && { venue: { applied: venue.applied, held: venue.held } }),
  };
}

/** Market value of a position, without its sign. */
function heldValue(account: Account, close: number): number {
  return Math.abs(toNumber(markEquity(account, close) - account.cash));
}
