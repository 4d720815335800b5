/** Decides the bars of one lane, in order: fill what was pending, mark equity, build the state, ask the model, let the
 * executor act, commit all of it at once. It learns nothing, and all it holds can be rebuilt from Redis. */
import {
  accountStep,
  costOf,
  type CostRules,
  fromLaneAccount,
  openAccount,
  toLaneAccount,
  toLaneFill,
} from "../core/account/account_step.ts";
import { parseMoney, toNumber } from "../core/account/money.ts";
import { type Bar, barStream, type PublishedBar } from "../core/contracts/bar.ts";
import type { Decision, Equity, Fill, LaneRecord, LaneState } from "../core/contracts/lane.ts";
import type { SnapshotKeeper } from "../core/features/snapshot_keeper.ts";
import type { StateBuilder } from "../core/features/state_builder.ts";
import { choose, type Evaluation, NotFiniteError } from "../core/model/choose.ts";
import { headSpan } from "../core/model/head_outputs.ts";
import { BEFORE_FIRST } from "../core/redis/entry_id.ts";
import type { Ledger } from "../core/redis/ledger.ts";
import type { Store } from "../core/redis/store.ts";
import type { Clock } from "../core/runtime/clock.ts";
import { type Choice, execute, type Execution } from "./action_executor.ts";
import { type ModelRunner, NoAnswerError } from "./model_runner.ts";
import type { LoadedModel } from "./model_watcher.ts";

/** What the lane trades with; the same for every lane. */
export interface Strategy {
  readonly name: string;
  readonly timeframe: string;
  readonly cash: string;
  readonly rules: CostRules;
  /** Labels and target positions of the action head. */
  readonly actions: readonly { readonly label: string; readonly target: number }[];
  /** The network's heads in output order. */
  readonly heads: readonly { readonly name: string; readonly size: number }[];
  readonly actionHead: string;
}

export interface InferenceAgentParts {
  readonly account: string;
  readonly symbol: string;
  readonly replica: string;
  readonly fence: number;
  readonly strategy: Strategy;
  /** Reads the bars back to the first one. */
  readonly store: Store;
  readonly snapshots: SnapshotKeeper;
  readonly ledger: Ledger;
  readonly builder: StateBuilder;
  readonly runner: ModelRunner;
  /** The model to decide the next bar with. */
  readonly currentModel: () => Promise<LoadedModel | null>;
  readonly clock: Clock;
}

/** Raised when the ledger refuses a commit: somebody else leads this lane now. */
export class LaneLostError extends Error {
  override name = "LaneLostError";
}

export class InferenceAgent {
  readonly #parts: InferenceAgentParts;
  #record: LaneRecord | null = null;

  constructor(parts: InferenceAgentParts) {
    this.#parts = parts;
  }

  /** Loads the lane, and brings the StateBuilder up to its last commit: from the last snapshot, then bar by bar.
   * Returns the stream position to go on from. */
  async resume(): Promise<string> {
    const { account, symbol, strategy, ledger, store, snapshots, builder } = this.#parts;
    this.#record = await ledger.load(account, symbol);
    const stream = barStream(symbol, strategy.timeframe);
    const seenMs = await snapshots.restore(builder, this.#record?.barMs ?? -1);
    let position = seenMs < 0 ? BEFORE_FIRST : `${seenMs}-0`;
    for (;;) {
      const page = await store.range(stream, { after: position, count: 5_000 });
      for (const { id, value: { phase, bar } } of page) {
        const decided = bar.openTimeMs <= (this.#record?.barMs ?? -1);
        if (phase === "live" && !decided) return position;
        builder.push(bar);
        position = id;
      }
      if (page.length < 5_000) return position;
    }
  }

  /** One step of the lane. Returns the committed decision; null for history, or if the bar was committed before.
   * @throws {LaneLostError} If another replica leads the lane. */
  async onBar({ phase, bar }: PublishedBar): Promise<Decision | null> {
    const { account, symbol, ledger, clock } = this.#parts;
    const startedMs = clock.monotonicMs();
    const state = this.#parts.builder.push(bar);
    if (phase === "bootstrap") return null;
    const stepped = this.#step(bar);
    const model = await this.#parts.currentModel();
    const held = this.#heldIndex(stepped.state);
    const { choice, evaluation, outputs } = await this.#evaluate(bar.openTimeMs, state, model, held);
    const targets = this.#parts.strategy.actions.map((action) => action.target);
    const execution = execute(bar.openTimeMs, choice, targets[held], targets);
    const record: LaneRecord = {
      barMs: bar.openTimeMs,
      version: (this.#record?.version ?? 0) + 1,
      fence: this.#parts.fence,
      state: { ...stepped.state, pending: execution.order },
    };
    const decision: Decision = {
      account,
      symbol,
      barMs: bar.openTimeMs,
      action: choice.action === null ? null : this.#parts.strategy.actions[choice.action].label,
      targetBefore: targets[held],
      ...this.#explain(execution, evaluation, outputs),
      laneAccount: record.state.account,
      modelVersion: outputs === null ? null : model?.version ?? null,
      strategy: this.#parts.strategy.name,
      runner: this.#parts.runner.name,
      replica: this.#parts.replica,
      latencyMs: Math.round((clock.monotonicMs() - startedMs) * 1e3) / 1e3,
      state: state ?? new Float32Array(0),
    };
    const result = await ledger.commit({
      account,
      symbol,
      expectedVersion: this.#record?.version ?? 0,
      record,
      decision,
      fills: stepped.fills,
      equity: stepped.equity,
    });
    if (result.outcome === "refused") throw new LaneLostError(result.reason);
    if (result.outcome === "committed") {
      this.#record = record;
      await this.#parts.snapshots.committed(this.#parts.builder, bar.openTimeMs);
      return decision;
    }
    this.#record = await ledger.load(account, symbol); // resent, or another replica was first: go on from what is there
    return null;
  }

  /** The money: fills of the pending order, and equity at the close. */
  #step(bar: Bar): { state: LaneState; fills: Fill[]; equity: Equity } {
    const { account: name, symbol, strategy } = this.#parts;
    const before = this.#record?.state ?? null;
    const cash = parseMoney(strategy.cash);
    const account = before === null ? openAccount(cash) : fromLaneAccount(before.account);
    const benchmark = before === null ? openAccount(cash) : fromLaneAccount(before.benchmark);
    const step = accountStep(account, before?.pending ?? null, bar, strategy.rules);
    const buyAndHold = accountStep(
      benchmark,
      before === null ? null : { decidedAtMs: this.#record!.barMs, target: 1 },
      bar,
      strategy.rules,
    );
    const equity = toNumber(step.equityAtClose);
    const peakEquity = Math.max(before?.peakEquity ?? 0, equity);
    return {
      state: {
        account: toLaneAccount(step.account),
        benchmark: toLaneAccount(buyAndHold.account),
        pending: null,
        peakEquity,
      },
      fills: step.fills.map((fill) => toLaneFill(fill, { account: name, symbol, barMs: bar.openTimeMs })),
      equity: {
        equity,
        buyAndHold: toNumber(buyAndHold.equityAtClose),
        position: equity === 0 ? 0 : toNumber(step.account.quantity) * bar.close / equity,
        close: bar.close,
        drawdown: Math.max(0, 1 - equity / peakEquity),
      },
    };
  }

  /** Index of the action value that the account holds now. */
  #heldIndex(state: LaneState): number {
    const sign = Math.sign(Number(state.account.quantity));
    const index = this.#parts.strategy.actions.findIndex((action) => Math.sign(action.target) === sign);
    if (index < 0) {
      throw new RangeError(
        `Cannot decide ${this.#parts.symbol} as its position ${state.account.quantity} fits no action value`,
      );
    }
    return index;
  }

  async #evaluate(
    barMs: number,
    state: Float32Array | null,
    model: LoadedModel | null,
    held: number,
  ): Promise<{ choice: Choice; evaluation: Evaluation | null; outputs: Float32Array | null }> {
    const { runner, symbol, strategy } = this.#parts;
    const refused = (reason: string) => ({
      choice: { action: null, reason },
      evaluation: null,
      outputs: null,
    });
    if (state === null) return refused("the features are still warming up");
    if (model === null) return refused("there is no model yet");
    const sigma = model.passport.rewardSigma[symbol];
    if (sigma === undefined) return refused(`model ${model.version} was not trained on ${symbol}`);
    const heldTarget = strategy.actions[held].target;
    const costs = strategy.actions.map((action) => costOf(heldTarget, action.target, strategy.rules) / sigma);
    try {
      const outputs = await runner.run(model, { symbol, barMs, state });
      const evaluation = choose(this.#headOutputs(outputs, strategy.actionHead), costs, held);
      const margin = Math.abs(evaluation.q[evaluation.action] - evaluation.q[held]);
      const reason = `Q is ${margin.toPrecision(3)} above keeping, net of cost`;
      return { choice: { action: evaluation.action, reason }, evaluation, outputs };
    } catch (cause) {
      if (cause instanceof NoAnswerError || cause instanceof NotFiniteError) return refused(cause.message);
      throw cause;
    }
  }

  #headOutputs(outputs: Float32Array, name: string): Float32Array {
    const { start, end } = headSpan(this.#parts.strategy.heads, name);
    return outputs.subarray(start, end);
  }

  #explain(execution: Execution, evaluation: Evaluation | null, outputs: Float32Array | null) {
    const heads: Record<string, (number | null)[]> = {};
    for (const { name, size } of this.#parts.strategy.heads) {
      const values = outputs === null ? Array<null>(size).fill(null) : [...this.#headOutputs(outputs, name)];
      heads[name] = name === this.#parts.strategy.actionHead && evaluation !== null
        ? [...evaluation.q]
        : values;
    }
    return {
      heads,
      costs: [...evaluation?.costs ?? []],
      target: execution.target,
      order: execution.order,
      verdict: execution.verdict,
    };
  }
}
