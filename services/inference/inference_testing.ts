/** A small market and the parts of a replica, all in memory. */
import type { Bar } from "../core/contracts/bar.ts";
import { barStream } from "../core/contracts/bar.ts";
import type { FeatureConfig } from "../core/features/feature_config.ts";
import { SnapshotKeeper } from "../core/features/snapshot_keeper.ts";
import { StateBuilder } from "../core/features/state_builder.ts";
import { loadedModel, STRATEGY } from "../core/lane/lane_testing.ts";
import { LocalRunner } from "../core/lane/model_runner.ts";
import type { ModelStore } from "../core/model/model_store.ts";
import { RedisModelStore } from "../core/model/redis_model_store.ts";
import type { Ledger } from "../core/redis/ledger.ts";
import { MemoryKeyspace } from "../core/redis/memory_keyspace.ts";
import { MemoryLedger } from "../core/redis/memory_ledger.ts";
import { MemoryStore } from "../core/redis/memory_store.ts";
import type { Clock } from "../core/runtime/clock.ts";
import { silentLog } from "../core/runtime/log.ts";
import { ManualClock } from "../core/testing/manual_clock.ts";
import { ControlWatch } from "./control_watch.ts";
import { InferenceAgent, type InferenceAgentParts } from "./inference_agent.ts";

export const DAY_MS = 86_400_000;
export const TIMEFRAME = STRATEGY.timeframe;
export const ACCOUNT = "paper";

/** Both carry state over many bars, so that a wrong resumption shows. */
const FEATURES: readonly FeatureConfig[] = [
  { name: "rsi", source: "rsi", params: { period: 5 }, norm: { kind: "tanh", centre: 50, scale: 15 } },
  {
    name: "return",
    source: "log_return",
    params: { bars: 1 },
    norm: { kind: "rolling_z", window: 8, clip: 5 },
  },
];
export const newBuilder = (atr = false) => new StateBuilder(FEATURES, 0, TIMEFRAME, { atr });
/** Bars of history: the features are warm after them. */
export const HISTORY = newBuilder().barsNeeded;

/** Bar t of a symbol, t from 1 on. */
export function barAt(t: number, symbol = "SPX"): Bar {
  const price = (at: number) =>
    Math.round(100 * (100 + 8 * Math.sin(at * 1.3 + symbol.length) + 3 * Math.cos(at * 2.9))) / 100;
  const [open, close] = [price(t - 0.4), price(t)];
  return {
    openTimeMs: t * DAY_MS,
    open,
    high: Math.max(open, close) + 1,
    low: Math.min(open, close) - 1,
    close,
    volume: 10,
  };
}

/** One Redis, in memory, with the replicas' clock. */
export class World {
  readonly clock = new ManualClock({ startMs: 1_000_000, jumps: true });
  /** What leases run by: a test moves it. */
  ledgerMs = 1_000_000;
  readonly keyspace = new MemoryKeyspace({ nowMs: () => this.ledgerMs });
  readonly store = new MemoryStore({ keyspace: this.keyspace, onBadEntry: () => {} });
  readonly ledger = new MemoryLedger({ keyspace: this.keyspace });
  readonly models: ModelStore = new RedisModelStore(this.store);

  /** Publishes bars `from` to `to`; those up to `history` are bootstrap bars. */
  async publish(from: number, to: number, history: number, symbol = "SPX"): Promise<void> {
    for (let t = from; t <= to; t++) {
      await this.store.append(barStream(symbol, TIMEFRAME), `${t * DAY_MS}-0`, {
        phase: t <= history ? "bootstrap" : "live",
        bar: barAt(t, symbol),
      });
    }
  }

  /** The token of a fresh lease of SPX. */
  async lead(replica = "inference-1"): Promise<number> {
    const led = await this.ledger.renewLeases({ account: ACCOUNT, replica, symbols: ["SPX"], ttlMs: 1_000 });
    return led.get("SPX") ?? -1;
  }

  /** The control of the account, as a process looks at it. */
  controls(): ControlWatch {
    return new ControlWatch({
      account: ACCOUNT,
      ledger: this.ledger,
      clock: this.clock,
      log: silentLog,
      everyMs: 500,
      onChange: () => {},
    });
  }

  /** Decides every live bar of SPX from `warm` on, with another replica from the bar `cut` behind it. @param parts Made anew for
   * each replica. */
  async decideAll(
    { warm, live, cut = 0 }: { readonly warm: number; readonly live: number; readonly cut?: number },
    parts: () => Partial<InferenceAgentParts>,
  ): Promise<void> {
    await this.publish(1, warm + live, warm);
    let agent = await this.agent(await this.lead(), parts());
    await agent.resume();
    for (let t = warm + 1; t <= warm + live; t++) {
      if (t === warm + cut) {
        agent = await this.agent(1, parts());
        await agent.resume();
      }
      await agent.onBar({ phase: "live", bar: barAt(t) });
    }
  }

  async agent(fence: number, changes: Partial<InferenceAgentParts> = {}): Promise<InferenceAgent> {
    const model = await loadedModel();
    return new InferenceAgent({
      account: ACCOUNT,
      symbol: "SPX",
      replica: "inference-1",
      fence,
      strategy: STRATEGY,
      store: this.store,
      snapshots: new SnapshotKeeper({ store: this.store, symbol: "SPX", timeframe: TIMEFRAME }),
      ledger: this.ledger as Ledger,
      builder: newBuilder(),
      runner: new LocalRunner(),
      controls: this.controls(),
      isRealTime: false,
      confidenceAt: (_scores, probabilities) => probabilities[0],
      shadow: { observe: () => Promise.resolve() },
      currentModel: () => Promise.resolve(model),
      clock: this.clock as Clock,
      ...changes,
    });
  }
}
