/** A made-up run, written through the contracts as the services write theirs: set-up, history, first model, live bars. */
import { type Attribution, attributionStream } from "../../services/core/contracts/attribution.ts";
import { type Bar, barStream } from "../../services/core/contracts/bar.ts";
import { feedStatus } from "../../services/core/contracts/feed_status.ts";
import {
  type Decision,
  decisionStream,
  type Equity,
  equityStream,
  type Fill,
  fillStream,
} from "../../services/core/contracts/lane.ts";
import { learningStream, type RewardRecord, rewardStream } from "../../services/core/contracts/learning.ts";
import { missingBarsStream } from "../../services/core/contracts/missing_bars.ts";
import {
  currentModel,
  modelEventStream,
  modelMetadata,
  type ModelVersion,
} from "../../services/core/contracts/model.ts";
import {
  heartbeats,
  quarantineStream,
  type SetupStep,
  setupSteps,
} from "../../services/core/contracts/system.ts";
import type { Store } from "../../services/core/redis/store.ts";

const DAY_MS = 86_400_000;
const FIRST_MS = Date.UTC(2016, 3, 4);
const FEE = 0.0003;

/** What a bar wrote, to compare the page with. */
export interface WrittenBar {
  decision: Decision;
  equity: Equity;
  fill: Fill | null;
  bar: Bar;
  /** Null where no model answered. */
  attribution: Attribution | null;
}

interface Lane {
  close: number;
  cash: number;
  quantity: number;
  holdQuantity: number;
  peak: number;
  target: number;
  pending: number | null;
  entry: number;
}

export class FixtureRun {
  readonly symbols: readonly string[];
  readonly account: string;
  bars = 0;
  updates = 0;
  version: ModelVersion | null = null;
  readonly #store: Store;
  readonly #planned: number;
  readonly #lanes = new Map<string, Lane>();
  #sequence = 0;
  #skipped = 0;
  #seed: number;

  constructor(
    store: Store,
    options: { symbols?: readonly string[]; account?: string; planned?: number; seed?: number } = {},
  ) {
    this.#store = store;
    this.symbols = options.symbols ?? ["SPX"];
    this.account = options.account ?? "paper";
    this.#planned = options.planned ?? 1_021;
    this.#seed = options.seed ?? 7;
    for (const symbol of this.symbols) {
      this.#lanes.set(symbol, {
        close: 2_000 + 500 * this.#random(),
        cash: 100_000,
        quantity: 0,
        holdQuantity: 0,
        peak: 100_000,
        target: 0,
        pending: null,
        entry: 0,
      });
    }
  }

  /** The set-up in mid-flight, or over. */
  async setup(done: boolean): Promise<void> {
    const step = (
      order: number,
      title: string,
      detail: string,
      rest: Partial<SetupStep> = {},
    ): SetupStep => ({
      order,
      title,
      state: "done",
      doneBytes: null,
      totalBytes: null,
      detail,
      seconds: 2.4,
      ...rest,
    });
    const running = done ? "done" : "running";
    const later = done ? "done" : "waiting";
    const steps: Record<string, SetupStep> = {
      check: step(0, "Check the machine", "Rust 1.90, C++ 14, 2 cores", { seconds: 0.3 }),
      redis: step(1, "Redis server", "Valkey 9.1.2", { doneBytes: 1.6e6, totalBytes: 1.6e6, seconds: 2.1 }),
      libtorch: step(2, "LibTorch", "torch 2.13.0, CPU", {
        state: running,
        doneBytes: done ? 540e6 : 212e6,
        totalBytes: 540e6,
        seconds: 8.2,
      }),
      engine: step(3, "Inference addon", "", { state: later, seconds: done ? 24 : 0 }),
      learner: step(4, "Trainer addon", "", { state: later, seconds: done ? 196 : 0 }),
      bundle: step(5, "Page", "up to date", { state: "skipped", seconds: 0 }),
    };
    for (const [name, value] of Object.entries(steps)) await this.#store.setField(setupSteps(), name, value);
  }

  async feed(state: "bootstrapping" | "waiting" | "live" | "ended"): Promise<void> {
    await this.#store.set(feedStatus(), {
      runId: "00000000-0000-4000-8000-000000000001",
      feed: "sp500",
      note: "S&P 500 price index, no dividends; beating buy-and-hold is not to be expected",
      state,
      symbols: [...this.symbols],
      timeframe: "1d",
      bootstrapBars: 4_083,
      liveBars: this.bars,
      plannedLiveBars: this.#planned,
      firstLiveMs: this.bars === 0 ? null : FIRST_MS,
      speed: 10,
      lockstep: false,
    });
  }

  async heartbeat(
    id: string,
    activity: string,
    atMs = Date.now(),
    figures: Record<string, number> = { bars: this.bars },
  ): Promise<void> {
    const process = id.replace(/-\d+$/, "") as "core" | "trainer" | "inference";
    await this.#store.setField(heartbeats(), id, {
      process,
      id,
      pid: 4_000 + id.length,
      startedMs: atMs - 60_000,
      atMs,
      activity,
      memoryMb: process === "trainer" ? 196.4 : 61.2,
      figures,
    });
  }

  /** Some updates, and a model that passes the gate and decides from the next bar on. */
  async learn(): Promise<ModelVersion> {
    this.updates += 3_000;
    const sequence = ++this.#sequence;
    const version = `m-${
      Array.from({ length: 16 }, () => Math.floor(this.#random() * 16).toString(16)).join("")
    }`;
    const gate = [{
      step: "integrity" as const,
      passed: true,
      reason: "weights and outputs are finite and the schema is the configured one",
      figures: { parameters: 513, probes: 256, largestOutput: 3.1416, ms: 4.2 },
    }];
    const parent = this.version;
    const learnedThroughMs = this.#barMs(Math.max(0, this.bars - 1));
    await this.#store.set(modelMetadata(version), {
      version,
      sha256: version.slice(2).repeat(4),
      bytes: 9_412,
      schemaHash: "sha256:1f0e",
      strategy: "sp500-daily",
      parent,
      createdMs: Date.now(),
      updates: this.updates,
      experiences: 4_083 + this.bars,
      liveExperiences: this.bars,
      learnedThroughMs,
      metrics: { loss: 0.93 },
      gate,
      provisional: parent === null,
    });
    await this.#store.set(currentModel(), { version, adoptAfterMs: learnedThroughMs, sequence });
    await this.#store.append(modelEventStream(), `${sequence}-0`, {
      version,
      outcome: "adopted",
      adoptAfterMs: learnedThroughMs,
      atMs: Date.now(),
      updates: this.updates,
      gate,
    });
    for (let update = this.updates - 2_900; update <= this.updates; update += 100) {
      await this.#store.append(learningStream(), `${update}-0`, {
        updates: update,
        skipped: 0,
        experiences: 4_083 + this.bars,
        liveExperiences: this.bars,
        loss: 0.9 + 0.8 * Math.exp(-update / 900) + 0.05 * this.#random(),
        meanAbsTd: 0.62 + 0.3 * Math.exp(-update / 900) + 0.03 * this.#random(),
        meanValue: 0.11,
        gradNorm: 0.8,
        updatesPerSecond: 900 + 120 * this.#random(),
        epsilon: 0.05,
        replayed: Math.min(6_000, 4_083 + this.bars),
        replayCapacity: 6_000,
      });
    }
    return this.version = version;
  }

  async quarantine(reason: string): Promise<void> {
    await this.#store.append(quarantineStream(), "*", {
      process: "core",
      source: "prices.csv",
      entry: "line 412",
      reason,
      content: "2017-01-03,2251.57,nan,2245.13,2257.83",
      atMs: Date.now(),
    });
  }

  /** When the next bar opens. */
  get nextBarMs(): number {
    return this.#barMs(this.bars);
  }

  /** One bar of every lane. */
  async bar(): Promise<Map<string, WrittenBar>> {
    const written = new Map<string, WrittenBar>();
    for (const [symbol, lane] of this.#lanes) written.set(symbol, await this.#step(symbol, lane));
    this.bars++;
    return written;
  }

  async #step(symbol: string, lane: Lane): Promise<WrittenBar> {
    const barMs = this.#barMs(this.bars);
    const open = lane.close * (1 + 0.002 * (this.#random() - 0.5));
    const fill = lane.pending === null ? null : this.#fill(symbol, lane, barMs, open);
    if (lane.holdQuantity === 0) lane.holdQuantity = 100_000 / (open * (1 + FEE));
    lane.close = open * Math.exp(0.0006 + 0.011 * this.#normal());
    const bar = this.#bar(barMs, open, lane.close);
    const equity = lane.cash + lane.quantity * lane.close;
    lane.peak = Math.max(lane.peak, equity);
    const marked: Equity = {
      equity: round(equity, 2),
      buyAndHold: round(lane.holdQuantity * lane.close, 2),
      position: lane.quantity * lane.close / equity,
      close: round(lane.close, 2),
      drawdown: 1 - equity / lane.peak,
    };
    const decision = this.#decide(symbol, lane, barMs);
    const id = `${barMs}-0`;
    await this.#store.append(barStream(symbol, "1d"), id, { phase: "live", bar });
    await this.#store.append(equityStream(this.account, symbol), id, marked);
    if (fill !== null) await this.#store.append(fillStream(this.account, symbol), `${barMs}-0`, fill);
    await this.#store.append(decisionStream(this.account, symbol), `${barMs}-0`, decision);
    const attribution = this.#attribution(decision);
    if (attribution !== null) {
      await this.#store.append(attributionStream(this.account, symbol), id, attribution);
    }
    return { decision, equity: marked, fill, bar, attribution };
  }

  /** What the decision of an earlier bar has earned by now. */
  async reward(symbol: string, barMs: number, reward: number): Promise<void> {
    const record: RewardRecord = {
      decisionId: `${this.account}:${symbol}:${barMs}`,
      logReturn: reward * 0.011,
      cost: 0,
      reward,
    };
    await this.#store.append(rewardStream(this.account, symbol), `${barMs}-0`, record);
  }

  /** Bars that never come: the next one comes later by so many days. */
  async hole(symbol: string, bars: number): Promise<void> {
    const fromMs = this.#barMs(this.bars);
    this.#skipped += bars;
    await this.#store.append(missingBarsStream(symbol, "1d"), `${fromMs}-0`, {
      fromMs,
      untilMs: this.#barMs(this.bars),
      bars,
      reason: "they did not come within 10 s",
      atMs: Date.now(),
    });
  }

  #bar(openTimeMs: number, open: number, close: number): Bar {
    const [top, bottom] = [Math.max(open, close), Math.min(open, close)];
    return {
      openTimeMs,
      open: round(open, 2),
      high: round(top * (1 + 0.004 * this.#random()) + 0.01, 2),
      low: round(bottom * (1 - 0.004 * this.#random()) - 0.01, 2),
      close: round(close, 2),
      volume: Math.round(1e6 * (1 + this.#random())),
    };
  }

  #attribution({ chosen, runnerUp, modelVersion, state }: Decision): Attribution | null {
    if (chosen === null || runnerUp === null || modelVersion === null) return null;
    const baseline = 0.02 * (this.#random() - 0.5);
    const weights = Float32Array.from(state, () => this.#random() - 0.5);
    // Their sum is what cost and baseline leave of the lead.
    const wanted = chosen.q - runnerUp.q + chosen.cost - runnerUp.cost - baseline;
    const sum = weights.reduce((total, weight) => total + weight, 0);
    weights[0]! += wanted - sum;
    return {
      chosen: chosen.label,
      other: runnerUp.label,
      costDifference: chosen.cost - runnerUp.cost,
      baselineDifference: baseline,
      weights,
      residual: 1e-6,
      rough: this.bars % 5 === 4,
      steps: 64,
      modelVersion,
    };
  }

  #fill(symbol: string, lane: Lane, barMs: number, price: number): Fill {
    const target = lane.pending ?? 0;
    const equity = lane.cash + lane.quantity * price;
    const wanted = target * equity / (price * (1 + FEE));
    const quantity = wanted - lane.quantity;
    const fee = Math.abs(quantity) * price * FEE;
    lane.cash -= quantity * price + fee;
    lane.entry = price;
    lane.quantity = wanted;
    lane.pending = null;
    return {
      account: this.account,
      symbol,
      barMs,
      decidedAtMs: this.#barMs(this.bars - 1),
      side: quantity > 0 ? "buy" : "sell",
      quantity: quantity.toFixed(6),
      price: price.toFixed(2),
      fee: fee.toFixed(4),
      reason: "order",
      liquidity: "taker",
    };
  }

  #decide(symbol: string, lane: Lane, barMs: number): Decision {
    const refused = this.bars % 23 === 22;
    const flips = this.#random() < 0.05 || (this.bars === 0);
    const before = lane.target;
    const target = flips && !refused ? 1 - before : before;
    const edge = 0.02 + 0.1 * this.#random();
    const costs = before === 1 ? [0.025, 0] : [0, 0.025];
    const q = target === 1 ? [0.31 - edge, 0.31] : [0.28, 0.28 - edge];
    const options = ["flat", "long"].map((label, index) => ({
      label,
      class: index,
      scalars: [],
      q: q[index],
      cost: costs[index],
    }));
    const changed = target !== before;
    const held = Math.abs(lane.quantity) > 1e-9;
    lane.target = target;
    lane.pending = changed ? target : null;
    return {
      account: this.account,
      symbol,
      barMs,
      action: refused ? null : target === 1 ? "long" : "flat",
      size: null,
      stop: null,
      take: null,
      isKeep: !refused && !changed,
      targetBefore: before,
      target,
      heads: refused ? {} : { action: q, risk: [0.71] },
      costs,
      chosen: refused ? null : options[target],
      runnerUp: refused ? null : options[1 - target],
      confidence: refused ? null : round(0.5 + 0.4 * this.#random(), 4),
      atr: null,
      verdict: refused
        ? { outcome: "refused", reason: "the model gave no finite answer" }
        : changed
        ? { outcome: "ordered", reason: `position goes to ${target * 100} %` }
        : { outcome: "kept", reason: "the target is the one before" },
      order: changed
        ? {
          decidedAtMs: barMs,
          target,
          stopDistance: null,
          takeDistance: null,
          isResize: false,
          isTrailing: false,
          limitPrice: null,
        }
        : null,
      laneAccount: {
        cash: lane.cash.toFixed(2),
        quantity: lane.quantity.toFixed(6),
        entryPrice: held ? lane.entry.toFixed(2) : "0",
        barsInTrade: 0,
        feesPaid: "0",
        borrowPaid: "0",
        stopPrice: held ? (lane.entry * 0.97).toFixed(2) : "0",
        takePrice: held ? (lane.entry * 1.06).toFixed(2) : "0",
        trailDistance: "0",
        cooldownLeft: 0,
      },
      modelVersion: refused ? null : this.version,
      strategy: "sp500-daily",
      runner: "local",
      replica: "inference-1",
      latencyMs: 0.6 + this.#random(),
      state: Float32Array.from({ length: 12 }, () => 4 * (this.#random() - 0.5)),
    };
  }

  #barMs(index: number): number {
    const day = index + this.#skipped;
    return FIRST_MS + (Math.floor(day / 5) * 7 + day % 5) * DAY_MS;
  }

  /** Park and Miller's generator: enough for prices that look like prices. */
  #random(): number {
    this.#seed = this.#seed * 48_271 % 2_147_483_647;
    return this.#seed / 2_147_483_647;
  }

  #normal(): number {
    return Math.sqrt(-2 * Math.log(this.#random())) * Math.cos(2 * Math.PI * this.#random());
  }
}

function round(value: number, places: number): number {
  return Number(value.toFixed(places));
}
