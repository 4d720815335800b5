/** Decides the bars of one lane, in order: builds the state, lets the trader fill, mark and decide, and commits all of it at
 * once, under the control that is in force. It learns nothing, and all it holds can be rebuilt from Redis. */
import { barStream, type PublishedBar } from "../core/contracts/bar.ts";
import type { Decision, LaneRecord } from "../core/contracts/lane.ts";
import type { LaneTotal } from "../core/contracts/risk.ts";
import { timeframeMs } from "../core/contracts/symbol.ts";
import type { SnapshotKeeper } from "../core/features/snapshot_keeper.ts";
import type { StateBuilder } from "../core/features/state_builder.ts";
import { type Lane, laneOf, toLaneState } from "../core/lane/lane_step.ts";
import { LaneTrader, type LaneTraderParts, type RuledBar } from "../core/lane/lane_trader.ts";
import type { LoadedModel } from "../core/lane/loaded_model.ts";
import type { Arrivals } from "../core/venue/execution.ts";
import { BEFORE_FIRST, parseEntryId } from "../core/redis/entry_id.ts";
import type { Ledger } from "../core/redis/ledger.ts";
import type { Store } from "../core/redis/store.ts";
import type { Clock } from "../core/runtime/clock.ts";
import type { ControlWatch } from "./control_watch.ts";
import type { ShadowObserver } from "./shadow_observer.ts";
import type { VenueDesk } from "./venue/venue_desk.ts";

export interface InferenceAgentParts extends LaneTraderParts {
  readonly fence: number;
  /** Reads the bars back to the first one. */
  readonly store: Store;
  readonly snapshots: SnapshotKeeper;
  readonly ledger: Ledger;
  readonly builder: StateBuilder;
  readonly controls: Pick<ControlWatch, "current" | "refresh">;
  /** Whether bars come as the market makes them: their age says then whether they are stale. */
  readonly isRealTime: boolean;
  readonly shadow: Pick<ShadowObserver, "observe">;
  /** The model to decide the next bar with. */
  readonly currentModel: () => Promise<LoadedModel | null>;
  /** Where the lane's orders go; absent on paper. */
  readonly venue?: Pick<VenueDesk, "open" | "arrivals" | "sight" | "committed">;
  readonly clock: Clock;
}

/** Bars that are read at once: taking them up must not keep the lease from being renewed. */
const PAGE = 1_000;

/** Raised when the ledger refuses a commit: somebody else leads this lane now. */
export class LaneLostError extends Error {
  override name = "LaneLostError";
}

/** Somebody who changes the control more often within one bar is at fault. */
const MOST_CONTROLS = 10;
const NO_TOTALS: ReadonlyMap<string, LaneTotal> = new Map();

export class InferenceAgent {
  readonly #parts: InferenceAgentParts;
  readonly #trader: LaneTrader;
  /** What was committed last: its counters, and the lane. */
  #record: Pick<LaneRecord, "barMs" | "version"> | null = null;
  #lane: Lane | null = null;

  constructor(parts: InferenceAgentParts) {
    this.#parts = parts;
    this.#trader = new LaneTrader(parts);
  }

  /** Loads the lane, and brings the StateBuilder up to its last commit: from the last snapshot, then bar by bar.
   * Returns the stream position to go on from. */
  async resume(): Promise<string> {
    const { symbol, strategy, store, snapshots, builder } = this.#parts;
    await this.#load();
    const stream = barStream(symbol, strategy.timeframe);
    const seenMs = await snapshots.restore(builder, this.#record?.barMs ?? await this.#lastOfHistory());
    let position = seenMs < 0 ? BEFORE_FIRST : `${seenMs}-0`;
    let read = 0;
    for (let isOver = false; !isOver;) {
      const page = await store.range(stream, { after: position, count: PAGE });
      isOver = page.length < PAGE;
      for (const { id, value: { phase, bar } } of page) {
        if (phase === "live" && bar.openTimeMs > (this.#record?.barMs ?? -1)) {
          isOver = true;
          break;
        }
        builder.push(bar);
        position = id;
        read++;
      }
    }
    await snapshots.caughtUp(builder, read, parseEntryId(position).ms);
    return position;
  }

  /** Before the first commit, features may have seen history: its last bar; -1 where more live bars follow than are looked at. */
  async #lastOfHistory(): Promise<number> {
    const { symbol, strategy, store } = this.#parts;
    const newest = await store.newest(barStream(symbol, strategy.timeframe), PAGE);
    return newest.findLast(({ value }) => value.phase === "bootstrap")?.value.bar.openTimeMs ?? -1;
  }

  /** One step of the lane. Returns the committed decision; null for history, or if the bar was committed before.
   * @throws {LaneLostError} If another replica leads the lane. */
  async onBar({ phase, bar }: PublishedBar): Promise<Decision | null> {
    const { account, builder, clock, currentModel, ledger, venue } = this.#parts;
    const startedMs = clock.monotonicMs();
    const state = builder.push(bar);
    if (phase === "bootstrap") return null;
    const arrivals = venue?.arrivals;
    const seen = { bar, state, atr: builder.atr, arrivals };
    const [ruled, totals] = await Promise.all([
      this.#trader.rule(this.#lane, seen, await currentModel()),
      this.#trader.limitsAccount ? ledger.totals(account) : NO_TOTALS,
    ]);
    await this.#parts.shadow.observe(ruled);
    return await this.#settle(ruled, totals, startedMs, arrivals);
  }

  /** Executes and commits under the control that is in force: one that changes in between is looked up, and the bar is executed
   * again. */
  async #settle(
    ruled: RuledBar,
    totals: ReadonlyMap<string, LaneTotal>,
    startedMs: number,
    arrivals: Arrivals | undefined,
  ): Promise<Decision | null> {
    for (let attempt = 0; attempt < MOST_CONTROLS; attempt++) {
      const settled = await this.#commit(ruled, totals, startedMs, arrivals);
      if (settled !== "outdated") return settled;
      await this.#parts.controls.refresh();
    }
    throw new Error(
      `Cannot commit bar ${ruled.sight.barMs} as the control must stand still for it: it changed ${MOST_CONTROLS} times`,
    );
  }

  async #commit(
    ruled: RuledBar,
    totals: ReadonlyMap<string, LaneTotal>,
    startedMs: number,
    arrivals: Arrivals | undefined,
  ): Promise<Decision | null | "outdated"> {
    const { account, symbol, fence, ledger, snapshots, builder, controls, clock, venue } = this.#parts;
    const { barMs } = ruled.sight;
    const control = controls.current;
    const nowMs = clock.nowMs();
    const traded = this.#trader.execute(ruled, {
      control,
      totals,
      dataAgeMs: this.#ageOf(barMs, nowMs),
      nowMs,
      ...(arrivals !== undefined && { venue: venue?.sight(arrivals) }),
    });
    const { lane, fills, equity, total, intent, nextControl } = traded;
    const latencyMs = Math.round((clock.monotonicMs() - startedMs) * 1e3) / 1e3;
    const decision = { ...traded.decision, latencyMs };
    const expectedVersion = this.#record?.version ?? 0;
    const record = { barMs, version: expectedVersion + 1, fence, state: toLaneState(lane) };
    const result = await ledger.commit({
      account,
      symbol,
      expectedVersion,
      record,
      decision,
      fills,
      equity,
      total,
      intent,
      control: { revision: control?.revision ?? 0, next: nextControl },
    });
    if (result.outcome === "refused") {
      if (result.rule === "control") return "outdated";
      throw new LaneLostError(result.reason);
    }
    if (nextControl !== null) await controls.refresh();
    if (result.outcome === "committed") {
      [this.#record, this.#lane] = [record, lane];
      if (arrivals !== undefined) venue?.committed(arrivals.applied, intent);
      await snapshots.committed(builder, barMs);
      return decision;
    }
    await this.#load(); // resent, or another replica was first: go on from what is there
    return null;
  }

  /** Null where bars do not come in real time. */
  #ageOf(barMs: number, nowMs: number): number | null {
    const { isRealTime, strategy } = this.#parts;
    return isRealTime ? nowMs - (barMs + timeframeMs(strategy.timeframe)) : null;
  }

  async #load(): Promise<void> {
    const { account, symbol, ledger } = this.#parts;
    const record = await ledger.load(account, symbol);
    [this.#record, this.#lane] = [record, record === null ? null : laneOf(record)];
    await this.#parts.venue?.open(this.#lane);
  }
}
