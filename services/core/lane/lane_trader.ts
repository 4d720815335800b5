/** One bar of a lane, from what was there after the bar before to all that is committed next. The one way from a bar to a
 * decision: paper trading commits what it gives, a backtest keeps it, so they cannot differ. Knows no Redis and no clock. */
import { toLaneAccount } from "../account/account.ts";
import type { Bar } from "../contracts/bar.ts";
import type { Decision, Equity, Fill } from "../contracts/lane.ts";
import { positionOf } from "../decisions/held.ts";
import { actionCosts } from "../decisions/weigh.ts";
import { headSpan } from "../model/head_outputs.ts";
import { execute, type Execution } from "./action_executor.ts";
import { Decider, type DeciderParts, type Ruling, type Sight } from "./decider.ts";
import { type Lane, stepLane } from "./lane_step.ts";
import type { LoadedModel } from "./loaded_model.ts";

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
}

/** What a bar has led to. */
export interface TradedBar {
  /** With the order that was decided. */
  readonly lane: Lane;
  /** Its latency is 0: nobody has measured it here. */
  readonly decision: Decision;
  readonly fills: readonly Fill[];
  readonly equity: Equity;
}

export class LaneTrader {
  readonly #parts: LaneTraderParts;
  readonly #decider: Decider;

  constructor(parts: LaneTraderParts) {
    this.#parts = parts;
    this.#decider = new Decider(parts);
  }

  /** @param before Null for a new lane. @param model What to decide with; null for none yet. */
  async trade(before: Lane | null, seen: SeenBar, model: LoadedModel | null): Promise<TradedBar> {
    const { bar, state, atr } = seen;
    const { lane, fills, equity } = stepLane(this.#parts, before, bar, this.#parts.strategy);
    const sight = { barMs: bar.openTimeMs, close: bar.close, state, atr, account: lane.account };
    const ruling = await this.#decider.decide(sight, model);
    const decision = this.#decision(sight, ruling, fills, model);
    return { lane: { ...lane, pending: decision.order }, decision, fills, equity };
  }

  #decision(sight: Sight, ruling: Ruling, fills: readonly Fill[], model: LoadedModel | null): Decision {
    const { account, symbol, strategy, runner, replica } = this.#parts;
    const { space } = strategy;
    const { candidate } = ruling.choice;
    const targetBefore = space.targetOf(positionOf(sight.account, sight.close, space.sides));
    const execution = execute(ruling.choice, {
      barMs: sight.barMs,
      target: targetBefore,
      cooldownLeft: sight.account.cooldownLeft,
      atr: sight.atr,
    });
    return {
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
      verdict: verdictOf(execution, fills),
      order: execution.order,
      laneAccount: toLaneAccount(sight.account),
      modelVersion: ruling.answer === null ? null : model?.version ?? null,
      strategy: strategy.name,
      runner: runner.name,
      replica,
      latencyMs: 0,
      state: sight.state ?? new Float32Array(0),
    };
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

/** An exit inside the bar is told first, as it is why the account is flat. */
function verdictOf({ verdict }: Execution, fills: readonly Fill[]): Decision["verdict"] {
  const exit = fills.find(({ reason }) => reason !== "order");
  return exit === undefined
    ? verdict
    : { ...verdict, reason: `${exit.reason} hit at ${exit.price}; ${verdict.reason}` };
}
