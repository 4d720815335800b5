/** Decides the bars of one lane, in order: fill what was pending, mark equity, build the state, ask the model, let the
 * executor act, commit all of it at once. It learns nothing, and all it holds can be rebuilt from Redis. */
import { fromLaneAccount } from "../core/account/account.ts";
import { type Bar, barStream, type PublishedBar } from "../core/contracts/bar.ts";
import type { Decision, Fill, LaneRecord } from "../core/contracts/lane.ts";
import { positionOf } from "../core/decisions/held.ts";
import { actionCosts } from "../core/decisions/weigh.ts";
import type { SnapshotKeeper } from "../core/features/snapshot_keeper.ts";
import type { StateBuilder } from "../core/features/state_builder.ts";
import { headSpan } from "../core/model/head_outputs.ts";
import { BEFORE_FIRST } from "../core/redis/entry_id.ts";
import type { Ledger } from "../core/redis/ledger.ts";
import type { Store } from "../core/redis/store.ts";
import type { Clock } from "../core/runtime/clock.ts";
import { execute, type Execution } from "./action_executor.ts";
import { Decider, type DeciderParts, type Ruling, type Sight } from "./decider.ts";
import { type LaneStep, stepLane } from "./lane_step.ts";
import type { LoadedModel } from "./model_watcher.ts";

export interface InferenceAgentParts extends DeciderParts {
  readonly account: string;
  readonly replica: string;
  readonly fence: number;
  /** Reads the bars back to the first one. */
  readonly store: Store;
  readonly snapshots: SnapshotKeeper;
  readonly ledger: Ledger;
  readonly builder: StateBuilder;
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
  readonly #decider: Decider;
  #record: LaneRecord | null = null;

  constructor(parts: InferenceAgentParts) {
    this.#parts = parts;
    this.#decider = new Decider(parts);
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
    const { account, symbol, strategy, builder, clock, fence } = this.#parts;
    const startedMs = clock.monotonicMs();
    const state = builder.push(bar);
    if (phase === "bootstrap") return null;
    const stepped = stepLane({ account, symbol }, this.#record, bar, strategy);
    const sight = {
      barMs: bar.openTimeMs,
      close: bar.close,
      state,
      atr: builder.atr,
      account: stepped.state.account,
    };
    const model = await this.#parts.currentModel();
    const ruling = await this.#decider.decide(sight, model);
    const decision = this.#decision(bar, sight, ruling, stepped.fills, model);
    const record: LaneRecord = {
      barMs: bar.openTimeMs,
      version: (this.#record?.version ?? 0) + 1,
      fence,
      state: { ...stepped.state, pending: decision.order },
    };
    const latencyMs = Math.round((clock.monotonicMs() - startedMs) * 1e3) / 1e3;
    return await this.#commit(record, { ...decision, latencyMs }, stepped);
  }

  async #commit(
    record: LaneRecord,
    decision: Decision,
    { fills, equity }: LaneStep,
  ): Promise<Decision | null> {
    const { account, symbol, ledger } = this.#parts;
    const expectedVersion = record.version - 1;
    const commit = { account, symbol, expectedVersion, record, decision, fills, equity };
    const result = await ledger.commit(commit);
    if (result.outcome === "refused") throw new LaneLostError(result.reason);
    if (result.outcome === "committed") {
      this.#record = record;
      await this.#parts.snapshots.committed(this.#parts.builder, record.barMs);
      return decision;
    }
    this.#record = await ledger.load(account, symbol); // resent, or another replica was first: go on from what is there
    return null;
  }

  #decision(
    bar: Bar,
    sight: Sight,
    ruling: Ruling,
    fills: readonly Fill[],
    model: LoadedModel | null,
  ): Decision {
    const { account, symbol, strategy, runner, replica } = this.#parts;
    const { space } = strategy;
    const { candidate } = ruling.choice;
    const targetBefore = space.targetOf(
      positionOf(fromLaneAccount(sight.account), bar.close, space.sides),
    );
    const execution = execute(ruling.choice, {
      barMs: bar.openTimeMs,
      target: targetBefore,
      cooldownLeft: sight.account.cooldownLeft,
      atr: sight.atr,
    });
    return {
      account,
      symbol,
      barMs: bar.openTimeMs,
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
      laneAccount: sight.account,
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
