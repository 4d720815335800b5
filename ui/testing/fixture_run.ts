/** A made-up run, written through the contracts as the services write theirs: set-up, history, first model, live bars. */
import { attributionStream } from "../../services/core/contracts/attribution.ts";
import { barStream } from "../../services/core/contracts/bar.ts";
import { feedStatus } from "../../services/core/contracts/feed_status.ts";
import { decisionStream, equityStream, fillStream } from "../../services/core/contracts/lane.ts";
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
import { FixtureLane, type WrittenBar } from "./fixture_lane.ts";

const DAY_MS = 86_400_000;
const FIRST_MS = Date.UTC(2016, 3, 4);

export class FixtureRun {
  readonly symbols: readonly string[];
  readonly account: string;
  bars = 0;
  updates = 0;
  version: ModelVersion | null = null;
  readonly #store: Store;
  readonly #planned: number;
  readonly #lanes = new Map<string, FixtureLane>();
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
      this.#lanes.set(symbol, new FixtureLane(this.account, symbol, () => this.#random()));
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
    for (const [symbol, lane] of this.#lanes) {
      const place = { index: this.bars, barMs: this.nextBarMs, previousMs: this.#barMs(this.bars - 1) };
      const made = lane.step(place, this.version);
      await this.#write(symbol, made);
      written.set(symbol, made);
    }
    this.bars++;
    return written;
  }

  async #write(symbol: string, { bar, equity, fill, decision, attribution }: WrittenBar): Promise<void> {
    const id = `${bar.openTimeMs}-0`;
    await this.#store.append(barStream(symbol, "1d"), id, { phase: "live", bar });
    await this.#store.append(equityStream(this.account, symbol), id, equity);
    if (fill !== null) await this.#store.append(fillStream(this.account, symbol), id, fill);
    await this.#store.append(decisionStream(this.account, symbol), id, decision);
    if (attribution === null) return;
    await this.#store.append(attributionStream(this.account, symbol), id, attribution);
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

  #barMs(index: number): number {
    const day = index + this.#skipped;
    return FIRST_MS + (Math.floor(day / 5) * 7 + day % 5) * DAY_MS;
  }

  /** Park and Miller's generator: enough for prices that look like prices. */
  #random(): number {
    this.#seed = this.#seed * 48_271 % 2_147_483_647;
    return this.#seed / 2_147_483_647;
  }
}
