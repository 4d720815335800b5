/** Decides the bars of one lane, in order: builds the state, lets the trader fill, mark and decide, and commits all of it at
 * once. It learns nothing, and all it holds can be rebuilt from Redis. */
import { barStream, type PublishedBar } from "../core/contracts/bar.ts";
import type { Decision, LaneRecord } from "../core/contracts/lane.ts";
import type { SnapshotKeeper } from "../core/features/snapshot_keeper.ts";
import type { StateBuilder } from "../core/features/state_builder.ts";
import { type Lane, laneOf, toLaneState } from "../core/lane/lane_step.ts";
import { LaneTrader, type LaneTraderParts, type TradedBar } from "../core/lane/lane_trader.ts";
import type { LoadedModel } from "../core/lane/loaded_model.ts";
import { BEFORE_FIRST } from "../core/redis/entry_id.ts";
import type { Ledger } from "../core/redis/ledger.ts";
import type { Store } from "../core/redis/store.ts";
import type { Clock } from "../core/runtime/clock.ts";

export interface InferenceAgentParts extends LaneTraderParts {
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
    const { builder, clock, currentModel } = this.#parts;
    const startedMs = clock.monotonicMs();
    const state = builder.push(bar);
    if (phase === "bootstrap") return null;
    const seen = { bar, state, atr: builder.atr };
    const traded = await this.#trader.trade(this.#lane, seen, await currentModel());
    const latencyMs = Math.round((clock.monotonicMs() - startedMs) * 1e3) / 1e3;
    return await this.#commit({ ...traded, decision: { ...traded.decision, latencyMs } });
  }

  async #commit({ lane, decision, fills, equity }: TradedBar): Promise<Decision | null> {
    const { account, symbol, fence, ledger, snapshots, builder } = this.#parts;
    const expectedVersion = this.#record?.version ?? 0;
    const { barMs } = lane;
    const record = { barMs, version: expectedVersion + 1, fence, state: toLaneState(lane) };
    const result = await ledger.commit({ account, symbol, expectedVersion, record, decision, fills, equity });
    if (result.outcome === "refused") throw new LaneLostError(result.reason);
    if (result.outcome === "committed") {
      [this.#record, this.#lane] = [record, lane];
      await snapshots.committed(builder, barMs);
      return decision;
    }
    await this.#load(); // resent, or another replica was first: go on from what is there
    return null;
  }

  async #load(): Promise<void> {
    const { account, symbol, ledger } = this.#parts;
    const record = await ledger.load(account, symbol);
    [this.#record, this.#lane] = [record, record === null ? null : laneOf(record)];
  }
}
