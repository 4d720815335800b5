/** One bar of a lane, from what was there after the bar before to all that is committed next. The one way from a bar to a
 * decision: paper trading commits what it gives, a backtest keeps it, so they cannot differ. Knows no Redis and no clock: what no
 * bar tells is handed in. */
import { toLaneAccount } from "../account/account.ts";
import type { Bar } from "../contracts/bar.ts";
import type { Control } from "../contracts/control.ts";
import type { Decision, Equity, Fill } from "../contracts/lane.ts";
import type { LaneTotal } from "../contracts/risk.ts";
import type { OrderIntent } from "../contracts/venue.ts";
import { positionOf } from "../decisions/held.ts";
import { actionCosts } from "../decisions/weigh.ts";
import { headSpan } from "../model/head_outputs.ts";
import type { Arrivals } from "../venue/execution.ts";
import { execute, type Execution } from "./action_executor.ts";
import { Decider, type DeciderParts, type Ruling, type Sight } from "./decider.ts";
import { type Lane, type LaneStep, stepLane } from "./lane_step.ts";
import type { LoadedModel } from "./loaded_model.ts";
import { NOTHING_OUTSIDE, type Outside, RiskDesk, type RiskView } from "./risk_desk.ts";
import { orderAtVenue } from "./venue_orders.ts";

export interface LaneTraderParts extends DeciderParts {
  readonly account: string;
  /** Who decides. */
  readonly replica: string;
}

/** A bar, and what the features say after it. */
export interface SeenBar {
  readonly bar: Bar;
  /** Null while the features warm up. */
  readonly state: Float32Array | null;
  /** Average true range in price units; null where none is followed. */
  readonly atr: number | null;
  /** What the lane's venue has executed since the bar before; absent on paper. */
  readonly arrivals?: Arrivals;
}

/** A bar with what the model wants on it, before anything holds it back. */
export interface RuledBar {
  readonly before: Lane | null;
  readonly step: LaneStep;
  readonly sight: Sight;
  readonly ruling: Ruling;
  readonly model: LoadedModel | null;
}

/** What a bar has led to. */
export interface TradedBar {
  /** With the order that was decided, and the risk figures after it. */
  readonly lane: Lane;
  /** Its latency is 0: nobody has measured it here. */
  readonly decision: Decision;
  readonly fills: readonly Fill[];
  readonly equity: Equity;
  /** The lane's part of the account's total. */
  readonly total: LaneTotal;
  /** What is ordered at the lane's venue; null for nothing, and on paper. */
  readonly intent: OrderIntent | null;
  /** The account's control from here on, where a broken limit changes it; null to leave it as it is. Who trades the next bar hands
   * it in with that. */
  readonly nextControl: Control | null;
}

export class LaneTrader {
  readonly #parts: LaneTraderParts;
  readonly #decider: Decider;
  readonly #desk: RiskDesk;

  constructor(parts: LaneTraderParts) {
    this.#parts = parts;
    this.#decider = new Decider(parts);
    this.#desk = new RiskDesk(parts.symbol, parts.strategy);
  }

  /** Whether limits of the whole account act, for which its totals have to be read. */
  get limitsAccount(): boolean {
    return this.#desk.limitsAccount;
  }

  /** @param before Null for a new lane. @param model What to decide with; null for none yet. */
  async trade(
    before: Lane | null,
    seen: SeenBar,
    model: LoadedModel | null,
    outside: Outside = NOTHING_OUTSIDE,
  ): Promise<TradedBar> {
    return this.execute(await this.rule(before, seen, model), outside);
  }

  /** The slow part of {@link trade}: the money of the bar, and what the model wants. */
  async rule(before: Lane | null, seen: SeenBar, model: LoadedModel | null): Promise<RuledBar> {
    const { bar, state, atr, arrivals } = seen;
    const step = stepLane(this.#parts, before, bar, atr, this.#parts.strategy, arrivals);
    const { openTimeMs: barMs, close, volume } = bar;
    const sight = { barMs, close, volume, state, atr, account: step.lane.account };
    return { before, step, sight, ruling: await this.#decider.decide(sight, model), model };
  }

  /** The rest of it: what may be done, under what is so outside. May be asked again under something else. */
  execute(ruled: RuledBar, outside: Outside): TradedBar {
    const { before, step, sight: { state, close } } = ruled;
    const view = this.#desk.view({ close, before, step, state, outside });
    const { decision, intent } = this.#decide(ruled, view, outside.venue);
    const { risk, total } = view.figuresAfter(decision.order);
    return {
      lane: { ...step.lane, pending: decision.order, risk },
      decision,
      fills: step.fills,
      equity: step.equity,
      total,
      intent,
      nextControl: view.nextControl,
    };
  }

  #decide(
    { step, sight, ruling, model }: RuledBar,
    { sight: risk, inputs }: RiskView,
    venue: Outside["venue"],
  ): { decision: Decision; intent: OrderIntent | null } {
    const { account, symbol, strategy, runner, replica } = this.#parts;
    const { space } = strategy;
    const { candidate } = ruling.choice;
    const position = positionOf(sight.account, sight.close, space.sides);
    const targetBefore = space.targetOf(position);
    const wished = execute(ruling.choice, {
      barMs: sight.barMs,
      close: sight.close,
      entry: strategy.rulesOf(symbol).entry,
      target: targetBefore,
      exposure: position.exposure,
      equity: step.equity.equity,
      cooldownLeft: sight.account.cooldownLeft,
      atr: sight.atr,
      risk,
    });
    const { intent, ...execution } = orderAtVenue(wished, venue, {
      account,
      symbol,
      close: sight.close,
      lane: sight.account,
      target: targetBefore,
      rules: strategy.rulesOf(symbol),
      isProvisional: risk.control?.state !== "halted" && model?.provisional === true, // the way out needs no model
    });
    const decision: Decision = {
      account,
      symbol,
      barMs: sight.barMs,
      action: candidate?.action ?? null,
      size: candidate?.size ?? null,
      stop: candidate?.stop ?? null,
      take: candidate?.take ?? null,
      isKeep: candidate?.isKeep ?? false,
      targetBefore,
      target: execution.target,
      heads: this.#headValues(ruling),
      costs: ruling.answer === null ? [] : actionCosts(ruling.answer.weighing, space.classes.length),
      chosen: ruling.answer?.chosen ?? null,
      runnerUp: ruling.answer?.runnerUp ?? null,
      confidence: ruling.answer?.confidence ?? null,
      atr: sight.atr,
      verdict: verdictOf(execution, step),
      ...(inputs !== undefined && { outside: inputs }),
      order: execution.order,
      laneAccount: toLaneAccount(sight.account),
      modelVersion: ruling.answer === null ? null : model?.version ?? null,
      strategy: strategy.name,
      runner: runner.name,
      replica,
      latencyMs: 0,
      state: sight.state ?? new Float32Array(0),
    };
    return { decision, intent };
  }

  /** Every head: those that decide as they were weighed, the others as they came out; all null without an answer. */
  #headValues({ answer }: Ruling): Decision["heads"] {
    const { space, heads } = this.#parts.strategy;
    return Object.fromEntries([...space.heads, ...heads].map(({ name, size }) => {
      if (answer === null) return [name, Array<null>(size).fill(null)];
      const weighed = answer.weighing.heads[name];
      if (weighed !== undefined) return [name, weighed];
      const { start, end } = headSpan(heads, name);
      return [name, [...answer.outputs.subarray(start, end)]];
    }));
  }
}

/** What happened inside the bar without a decision is told first, as it is why the account is as it is. */
function verdictOf({ verdict }: Execution, { fills, voided }: LaneStep): Decision["verdict"] {
  const exit = fills.find(({ reason }) => reason !== "order");
  const told = [
    ...(voided === null ? [] : [`the order before is void as ${voided}`]),
    ...(exit === undefined ? [] : [`${exit.reason} hit at ${exit.price}`]),
  ];
  return told.length === 0 ? verdict : { ...verdict, reason: [...told, verdict.reason].join("; ") };
}
