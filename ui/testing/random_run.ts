/** A run of made-up values, written through the contracts: all that the pages Learning, Models and System show. */
import { controlDocument } from "../../services/core/contracts/control.ts";
import { feedStatus } from "../../services/core/contracts/feed_status.ts";
import { leaseKey } from "../../services/core/contracts/lane.ts";
import { learningStream } from "../../services/core/contracts/learning.ts";
import {
  currentModel,
  gateState,
  type GateStep,
  modelBlobKey,
  modelEventStream,
  modelMetadata,
  shadowStream,
} from "../../services/core/contracts/model.ts";
import { heartbeats, logStream, quarantineStream } from "../../services/core/contracts/system.ts";
import type { Store } from "../../services/core/redis/store.ts";
import { RandomValues } from "./random_values.ts";
import type { RawRedis } from "./raw_redis.ts";

const DAY_MS = 86_400_000;
const FIRST_MS = Date.UTC(2016, 3, 4);
const RULES = ["jump: ", "late: ", "doubled: ", ""];
export const SYMBOLS = ["A-1", "B/2"];

export class RandomRun {
  readonly #store: Store;
  readonly #raw: RawRedis;
  readonly #random: RandomValues;

  constructor(store: Store, raw: RawRedis, seed: number) {
    this.#store = store;
    this.#raw = raw;
    this.#random = new RandomValues(seed);
  }

  async writeAll(): Promise<void> {
    await this.#feed();
    for (let report = 0; report < 130; report++) await this.report(report);
    for (let entry = 0; entry < 60; entry++) await this.quarantine();
    for (let line = 0; line < 60; line++) await this.logLine();
    for (const id of ["core", "trainer", "inference-1", "inference-2"]) await this.heartbeat(id);
    await this.#control();
    await this.#models();
    for (const [index, symbol] of SYMBOLS.entries()) {
      await this.#raw.client.hset(
        leaseKey("paper"),
        symbol,
        `inference-${index + 1}|${index + 7}|${Date.now() + 3_600_000}`,
      );
    }
  }

  async report(index: number): Promise<void> {
    const random = this.#random;
    await this.#store.append(learningStream(), `${FIRST_MS + index * 1_000}-0`, {
      updates: index * 250,
      skipped: random.below(3),
      experiences: random.below(1e6),
      liveExperiences: random.below(1e3),
      loss: random.number(),
      meanAbsTd: random.number(),
      meanValue: random.number(true),
      gradNorm: random.number(),
      updatesPerSecond: random.number(),
      epsilon: random.next(),
      replayed: random.below(6_000),
      replayCapacity: 6_000,
    });
  }

  async quarantine(): Promise<void> {
    const random = this.#random;
    await this.#store.append(quarantineStream(), "*", {
      process: random.pick(["core", "trainer", "inference-1"]),
      source: random.text(),
      entry: random.text(),
      reason: random.pick(RULES) + random.text(),
      content: random.text(),
      atMs: FIRST_MS + random.below(1e9),
    });
  }

  async logLine(): Promise<void> {
    const random = this.#random;
    await this.#store.append(logStream(), "*", {
      process: random.pick(["core", "trainer", "inference-1"]),
      level: random.pick(["info", "warn", "error"] as const),
      message: random.text(),
      fields: JSON.stringify({ text: random.text(), value: random.number() }),
      atMs: FIRST_MS + random.below(1e9),
    });
  }

  async heartbeat(id: string): Promise<void> {
    const random = this.#random;
    await this.#store.setField(heartbeats(), id, {
      process: id.replace(/-\d+$/, "") as "core" | "trainer" | "inference",
      id,
      pid: 1 + random.below(1e5),
      startedMs: FIRST_MS,
      atMs: FIRST_MS + random.below(1e8),
      activity: random.text(),
      memoryMb: random.below(10_000) / 10,
      figures: { decisions: random.below(1e6), latencyMs: random.number() },
      metricsUrl: "http://127.0.0.1:9464/",
    });
  }

  async #feed(): Promise<void> {
    await this.#store.set(feedStatus(), {
      runId: "00000000-0000-4000-8000-000000000001",
      feed: "synthetic:A",
      note: "made-up values",
      state: "live",
      symbols: SYMBOLS,
      timeframe: "1d",
      bootstrapBars: 10,
      liveBars: 5,
      plannedLiveBars: 1_000,
      firstLiveMs: FIRST_MS,
      speed: 10,
      lockstep: false,
    });
  }

  async #control(): Promise<void> {
    const random = this.#random;
    await this.#store.set(controlDocument("paper"), {
      revision: 1 + random.below(50),
      state: "halted",
      flatten: random.next() < 0.5,
      reason: random.text(),
      by: random.pick(["command line", "risk limit"] as const),
      atMs: FIRST_MS + random.below(1e9),
      barMs: FIRST_MS,
      resumes: random.below(9),
    });
  }

  async #models(): Promise<void> {
    const random = this.#random;
    let parent: string | null = null;
    let sequence = 0;
    for (let index = 0; index < 24; index++) {
      const version = `m-${random.hex(16)}`;
      const outcome = index === 23 ? "shadow" : random.pick(["adopted", "refused", "held"] as const);
      const adoptAfterMs = FIRST_MS + index * 20 * DAY_MS;
      const gate = this.#gate(outcome !== "refused");
      const updates = 3_000 + index * 126;
      if (outcome !== "refused") await this.#storeModel(version, { parent, updates, adoptAfterMs, gate });
      if (outcome === "adopted") {
        parent = version;
        await this.#store.set(currentModel(), { version, adoptAfterMs, sequence: ++sequence });
      }
      await this.#store.append(modelEventStream(), `${adoptAfterMs}-0`, {
        ...{ version, outcome, adoptAfterMs, updates, gate },
        atMs: FIRST_MS + random.below(1e9),
      });
      if (outcome === "shadow") await this.#shadow(version, adoptAfterMs);
    }
  }

  async #storeModel(
    version: string,
    known: { parent: string | null; updates: number; adoptAfterMs: number; gate: GateStep[] },
  ): Promise<void> {
    const random = this.#random;
    const { parent, updates, adoptAfterMs, gate } = known;
    await this.#store.set(modelMetadata(version), {
      ...{ version, parent, updates, gate },
      sha256: random.hex(64),
      bytes: 1 + random.below(1e6),
      schemaHash: random.hex(16),
      strategy: random.pick(["sp500-daily", "hourly"]),
      createdMs: FIRST_MS + random.below(1e9),
      experiences: random.below(1e5),
      liveExperiences: random.below(1e4),
      learnedThroughMs: adoptAfterMs,
      metrics: { loss: random.number(), ece: random.next() },
      provisional: parent === null,
    });
    await this.#store.setBytes(modelBlobKey(version), this.#blob());
  }

  /** The header of a safetensors file: all that the page reads of a model. */
  #blob(): Uint8Array {
    const random = this.#random;
    const reliability = Array.from({ length: 1 + random.below(9) }, (_, index) => ({
      scoreFrom: index,
      scoreTo: index + random.next(),
      predicted: random.next(),
      observed: random.next(),
      count: 1 + random.below(500),
    }));
    const confidence = {
      scores: [0],
      probabilities: [0.5],
      horizon: 1 + random.below(64),
      ece: random.next(),
      reliability,
      fittedOn: random.below(5_000),
    };
    const passport = JSON.stringify({ rewardSigma: { "A-1": 0.01 }, confidence, epsilon: 0 });
    const header = new TextEncoder().encode(JSON.stringify({ __metadata__: { passport } }));
    const blob = new Uint8Array(8 + header.length + 16);
    new DataView(blob.buffer).setBigUint64(0, BigInt(header.length), true);
    blob.set(header, 8);
    return blob;
  }

  #gate(passes: boolean): GateStep[] {
    const random = this.#random;
    const figures = {
      growth: random.next() - 0.5,
      championGrowth: random.next() - 0.5,
      holdingGrowth: random.next() - 0.5,
    };
    return [
      {
        step: "integrity",
        passed: true,
        reason: random.text(),
        figures: { parityError: random.number() / 1e6 },
      },
      {
        step: "evidence",
        passed: passes,
        reason: random.text(),
        figures: {
          ...figures,
          bars: random.below(500),
          betterThanChampion: random.next(),
          turnover: random.next(),
          drawdown: random.next(),
        },
      },
    ];
  }

  async #shadow(version: string, afterMs: number): Promise<void> {
    const random = this.#random;
    await this.#store.set(gateState(), { judgedThroughMs: afterMs, shadow: { version, afterMs, bars: 20 } });
    for (const symbol of SYMBOLS) {
      for (let bar = 1; bar <= 7; bar++) {
        const barMs = afterMs + bar * DAY_MS;
        await this.#store.append(shadowStream(symbol), `${barMs}-0`, {
          ...{ symbol, barMs, version },
          choice: random.pick(["flat", "long", null]),
          reason: random.text(),
          differs: random.next() < 0.4,
          inputs: new Float32Array(2),
          outputs: new Float32Array(0),
        });
      }
    }
  }
}
