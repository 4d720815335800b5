/** Decides the bars of one lane, in order: fill what was pending, mark equity, build the state, ask the model, let the
 * executor act within its limits, commit all of it at once. It learns nothing, and all it holds can be rebuilt from Redis. */
import { fromLaneAccount } from "../core/account/account.ts";
import { type Bar, barStream, type PublishedBar } from "../core/contracts/bar.ts";
import type { Decision, Fill, LaneRecord } from "../core/contracts/lane.ts";
import type { LaneTotal } from "../core/contracts/risk.ts";
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
import type { ControlWatch } from "./control_watch.ts";
import { Decider, type DeciderParts, type Ruling, type Sight } from "./decider.ts";
import { type LaneStep, stepLane } from "./lane_step.ts";
import type { LoadedModel } from "./model_watcher.ts";
import { RiskDesk, type RiskView } from "./risk_desk.ts";

export interface InferenceAgentParts extends DeciderParts {
  readonly account: string;
  readonly replica: string;
  readonly fence: number;
  /** Reads the bars back to the first one. */
  readonly store: Store;
  readonly snapshots: SnapshotKeeper;
  readonly ledger: Ledger;
  readonly builder: StateBuilder;
  readonly controls: Pick<ControlWatch, "current" | "refresh">;
  /** Whether bars come as the market makes them: their age says then whether they are stale. */
  readonly isRealTime: boolean;
  /** The model to decide the next bar with. */
  readonly currentModel: () => Promise<LoadedModel | null>;
  readonly clock: Clock;
}

/** Raised when the ledger refuses a commit: somebody else leads this lane now. */
export class LaneLostError extends Error {
  override name = "LaneLostError";
}

/** All that a bar's commit is made of, but for what depends on the control. */
interface Ruled {
  readonly bar: Bar;
  readonly step: LaneStep;
  readonly sight: Sight;
  readonly ruling: Ruling;
  readonly model: LoadedModel | null;
  readonly totals: ReadonlyMap<string, LaneTotal>;
  readonly startedMs: number;
}

/** Somebody who changes the control more often within one bar is at fault. */
const MOST_CONTROLS = 10;
const NO_TOTALS: ReadonlyMap<string, LaneTotal> = new Map();

export class InferenceAgent {
  readonly #parts: InferenceAgentParts;
  readonly #decider: Decider;
  readonly #desk: RiskDesk;
  #record: LaneRecord | null = null;

  constructor(parts: InferenceAgentParts) {
    this.#parts = parts;
    this.#decider = new Decider(parts);
    const { symbol, strategy: { timeframe, risk: rules, clips, cash }, isRealTime, clock } = parts;
    this.#desk = new RiskDesk({ symbol, timeframe, rules, clips, cash, isRealTime, clock });
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
    const { account, symbol, strategy, builder, clock, ledger } = this.#parts;
    const startedMs = clock.monotonicMs();
    const state = builder.push(bar);
    if (phase === "bootstrap") return null;
    const step = stepLane({ account, symbol }, this.#record, bar, strategy);
    const sight = {
      barMs: bar.openTimeMs,
      close: bar.close,
      state,
      atr: builder.atr,
      account: step.state.account,
    };
    const model = await this.#parts.currentModel();
    const [ruling, totals] = await Promise.all([
      this.#decider.decide(sight, model),
      this.#desk.limitsAccount ? ledger.totals(account) : NO_TOTALS,
    ]);
    return await this.#settle({ bar, step, sight, ruling, model, totals, startedMs });
  }

  /** Executes and commits under the control that is in force: one that changes in between is looked up, and the bar is executed
   * again. */
  async #settle(ruled: Ruled): Promise<Decision | null> {
    const { controls } = this.#parts;
    for (let attempt = 0; attempt < MOST_CONTROLS; attempt++) {
      const result = await this.#tryCommit(ruled);
      if (result !== "outdated") return result;
      await controls.refresh();
    }
    throw new Error(
      `Cannot commit bar ${ruled.bar.openTimeMs} as the control must stand still for it: it changed ${MOST_CONTROLS} times`,
    );
  }

  async #tryCommit(ruled: Ruled): Promise<Decision | null | "outdated"> {
    const { account, symbol, fence, ledger, controls, clock } = this.#parts;
    const { bar, step, sight, totals } = ruled;
    const [control, before, barMs] = [controls.current, this.#record, bar.openTimeMs];
    const { state, close } = sight;
    const view = this.#desk.view({ barMs, close, before, step, state, totals, control });
    const unmeasured = this.#decision(ruled, view);
    const { risk, total } = view.figuresAfter(unmeasured.order !== null);
    const expectedVersion = before?.version ?? 0;
    const record: LaneRecord = {
      barMs,
      version: expectedVersion + 1,
      fence,
      state: { ...step.state, pending: unmeasured.order, risk },
    };
    const latencyMs = Math.round((clock.monotonicMs() - ruled.startedMs) * 1e3) / 1e3;
    const decision = { ...unmeasured, latencyMs };
    const result = await ledger.commit({
      account,
      symbol,
      expectedVersion,
      record,
      decision,
      fills: step.fills,
      equity: step.equity,
      total,
      control: { revision: control?.revision ?? 0, next: view.nextControl },
    });
    if (result.outcome === "refused") {
      if (result.rule === "control") return "outdated";
      throw new LaneLostError(result.reason);
    }
    if (view.nextControl !== null) await controls.refresh();
    if (result.outcome === "committed") {
      this.#record = record;
      await this.#parts.snapshots.committed(this.#parts.builder, record.barMs);
      return decision;
    }
    this.#record = await ledger.load(account, symbol); // resent, or another replica was first: go on from what is there
    return null;
  }

  #decision({ bar, step, sight, ruling, model }: Ruled, { sight: risk, outside }: RiskView): Decision {
    const { account, symbol, strategy, runner, replica } = this.#parts;
    const { space } = strategy;
    const { candidate } = ruling.choice;
    const position = positionOf(fromLaneAccount(sight.account), bar.close, space.sides);
    const targetBefore = space.targetOf(position);
    const execution = execute(ruling.choice, {
      barMs: bar.openTimeMs,
      target: targetBefore,
      exposure: position.exposure,
      equity: step.equity.equity,
      cooldownLeft: sight.account.cooldownLeft,
      atr: sight.atr,
      risk,
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
      verdict: verdictOf(execution, step.fills),
      ...(outside !== undefined && { outside }),
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
