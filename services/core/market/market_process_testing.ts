/** A core on a small made-up market, and the Redis around it, with the rest of the system played by hand. */
import assert from "node:assert/strict";
import { openAccount, toLaneAccount } from "../account/account.ts";
import { parseMoney } from "../account/money.ts";
import { barStream } from "../contracts/bar.ts";
import { experienceStream } from "../contracts/experience.ts";
import { type FeedStatus, feedStatus } from "../contracts/feed_status.ts";
import { type Decision, decisionStream } from "../contracts/lane.ts";
import { ticketStream } from "../contracts/learning.ts";
import { currentModel, type GateState, gateState, shadowStream } from "../contracts/model.ts";
import type { FeatureConfig } from "../features/feature_config.ts";
import { StateBuilder } from "../features/state_builder.ts";
import { MemoryKeyspace } from "../redis/memory_keyspace.ts";
import { MemoryStore } from "../redis/memory_store.ts";
import type { Store } from "../redis/store.ts";
import { systemClock, until } from "../runtime/clock.ts";
import { silentLog } from "../runtime/log.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { BarSeriesBuilder } from "./bar_series.ts";
import { type Feed, feedOf } from "./feed.ts";
import type { Market } from "./market.ts";
import { type MarketParts, MarketProcess } from "./market_process.ts";
import { ReplayedMarket } from "./replayed_market.ts";
import { Schedule } from "./schedule.ts";

export const FEATURES: readonly FeatureConfig[] = [
  {
    name: "return",
    source: "log_return",
    params: { bars: 1 },
    norm: { kind: "rolling_z", window: 3, clip: 5 },
  },
];
export const TERMS = { schema: '{"features":["return"]}', rules: '{"costs":{"taker_bps":3}}' };
const VERSION = "m-0123456789abcdef";
const ACCOUNT = toLaneAccount(openAccount(parseMoney("100")));
export const HISTORY = 20;
export const eventually = (what: string, condition: () => boolean | Promise<boolean>) =>
  until(systemClock, what, condition, { deadlineMs: 5_000, everyMs: 1 });

/** Bars at times 1, 2, …; B has none at every seventh. */
export function feedWith(bars: number, symbols = ["A", "B"]): Feed {
  return feedOf(
    { name: "test", note: "made up", timeframe: "1d" },
    new Map(symbols.map((symbol) => {
      const series = new BarSeriesBuilder();
      for (let t = 1; t <= bars; t++) {
        if (symbol === "B" && t % 7 === 0) continue;
        const open = Math.round(100 * (50 + Math.sin(t) * 5)) / 100;
        series.append({ openTimeMs: t, open, high: open + 1, low: open - 1, close: open + 0.5, volume: 1 });
      }
      return [symbol, series];
    })),
  );
}

export class World {
  readonly keyspace = new MemoryKeyspace();
  readonly store = new MemoryStore({ keyspace: this.keyspace, onBadEntry: (bad) => assert.fail(bad.reason) });

  constructor(readonly feed: Feed) {}

  process(changes: Partial<MarketParts> = {}, liveBars: number | null = null): MarketProcess {
    return new MarketProcess({
      market: changes.market ?? this.#replay(liveBars),
      lockstep: false,
      frozen: false,
      sharesLimits: false,
      account: "paper",
      maxLeadBars: 8,
      days: {},
      terms: TERMS,
      archivist: null,
      makeStateBuilder: () => new StateBuilder(FEATURES),
      store: this.store,
      clock: new ManualClock({ jumps: true }),
      log: silentLog,
      onProgress: () => {},
      ...changes,
    });
  }

  #replay(liveBars: number | null): Market {
    return new ReplayedMarket({
      feed: this.feed,
      schedule: new Schedule(this.feed, { bootstrapShare: HISTORY / this.feed.bars("A").length, liveBars }),
      speed: "max",
      clock: new ManualClock({ jumps: true }),
    });
  }

  /** The gate has judged a candidate for a bar. */
  async judge(judgedThroughMs: number, shadow: GateState["shadow"] = null): Promise<void> {
    await this.store.set(gateState(), { judgedThroughMs, shadow });
  }

  async adopt(adoptAfterMs: number): Promise<void> {
    await this.judge(adoptAfterMs);
    const { sequence } = await this.store.get(currentModel()) ?? { sequence: 0 };
    await this.store.set(currentModel(), { version: VERSION, adoptAfterMs, sequence: sequence + 1 });
  }

  /** Decides a bar as inference would. */
  async decide(symbol: string, barMs: number): Promise<void> {
    const decision: Decision = {
      account: "paper",
      symbol,
      barMs,
      action: "flat",
      size: null,
      stop: null,
      take: null,
      isKeep: true,
      targetBefore: 0,
      target: 0,
      heads: {},
      costs: [],
      chosen: null,
      runnerUp: null,
      confidence: null,
      atr: null,
      verdict: { outcome: "kept", reason: "already there" },
      order: null,
      laneAccount: ACCOUNT,
      modelVersion: VERSION,
      strategy: "test",
      runner: "local",
      replica: "inference-1",
      latencyMs: 1,
      state: Float32Array.of(barMs),
    };
    const shadow = (await this.store.get(gateState()))?.shadow;
    if (shadow) {
      await this.store.append(shadowStream(symbol), `${barMs}-0`, {
        symbol,
        barMs,
        version: shadow.version,
        choice: "flat",
        reason: "",
        differs: false,
        inputs: decision.state,
        outputs: decision.state,
      });
    }
    await this.store.append(decisionStream("paper", symbol), `${barMs}-0`, decision);
  }

  async liveBars(symbol: string): Promise<number[]> {
    const entries = await this.store.range(barStream(symbol, this.feed.timeframe));
    return entries.filter(({ value }) => value.phase === "live").map(({ value }) => value.bar.openTimeMs);
  }

  async steps(symbol: string): Promise<number[]> {
    return (await this.store.range(experienceStream("paper", symbol))).map(({ value }) => value.barMs);
  }

  status(): Promise<FeedStatus | null> {
    return this.store.get(feedStatus());
  }

  /** Decides every live bar and answers every ticket until the process ends. @param through Decides no later bar. */
  async serve(running: Promise<void>, through = Infinity): Promise<void> {
    let isOver = false;
    running.finally(() => isOver = true).catch(() => {});
    const answered = async () => {
      await this.answer(through);
      return isOver;
    };
    await eventually("the end", answered);
    await running;
  }

  /** Decides what is to be decided by now, and answers the tickets. */
  async answer(through = Infinity): Promise<void> {
    for (const { value } of await this.store.range(ticketStream())) {
      if (((await this.store.get(currentModel()))?.adoptAfterMs ?? -1) < value.barMs) {
        await this.adopt(value.barMs);
      }
    }
    for (const symbol of this.feed.symbols) {
      const [last] = await this.store.newest(decisionStream("paper", symbol), 1);
      for (const barMs of await this.liveBars(symbol)) {
        if (barMs > (last?.value.barMs ?? -1) && barMs <= through) await this.decide(symbol, barMs);
      }
    }
  }
}

/** A store that dies at the n-th write, before or after it is done, as a killed process's would. */
export function dyingStore(store: MemoryStore, writes: number, isDone: boolean): Store {
  let left = writes;
  return new Proxy(store, {
    get(target, name) {
      const method = Reflect.get(target, name).bind(target);
      if (name !== "append" && name !== "appendAll" && name !== "set") return method;
      return async (...args: unknown[]) => {
        if (--left > 0) return await method(...args);
        if (left === 0 && isDone) await method(...args);
        throw new Error("killed");
      };
    },
  });
}
