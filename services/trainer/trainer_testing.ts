/** A learner whose weights tell exactly what it was given, and experience to give it. */
import { openAccount, toLaneAccount } from "../core/account/account.ts";
import { FREE } from "../core/account/account_testing.ts";
import { parseMoney } from "../core/account/money.ts";
import type { Experience } from "../core/contracts/experience.ts";
import { DecisionSpace, type DecisionSpaceParts } from "../core/decisions/decision_space.ts";
import type { FittedConfidence, Learner, LearnerStep, TrainReport } from "../core/model/native_types.ts";
import { fakeModelBytes, openFakeNetwork } from "../core/testing/fake_network.ts";
import type { LearningProgress } from "./checkpoint.ts";

/** How far a trainer may be. */
export const LEARNED: LearningProgress = {
  run: "paper|sp500",
  schema: "{}",
  ticket: "31-0",
  positions: { SPX: "29-0" },
  sigma: { SPX: 0.0126 },
  experiences: 29,
  liveExperiences: 0,
  bars: 29,
  unpublishedBars: 3,
  learnedThroughMs: 29,
  metrics: { loss: 0.4, meanAbsTd: 0.3, meanValue: -0.1 },
  goldenStates: [[Math.fround(0.1), -5]],
  track: {},
  pairs: { judged: [[0.25, true], [0, false]], lanes: {} },
};

export const DAY_MS = 86_400_000;
export const FLAT = toLaneAccount(openAccount(parseMoney("100000")));
export { FREE };

/** Flat or long, and nothing else. */
export function spaceOf(parts: Partial<DecisionSpaceParts> = {}): DecisionSpace {
  return new DecisionSpace({
    actions: ["flat", "long"],
    sizes: null,
    stops: null,
    takes: null,
    isTrailing: false,
    scalars: [],
    cooldownBars: 0,
    stopCooldownBars: 0,
    turnoverPenalty: 0,
    ...parts,
  });
}

/** Price of day t: it moves, and never repeats a step. */
export function openOf(day: number): number {
  return Math.round(100 * (100 + Math.sin(day) * 3 + day * 0.01)) / 100;
}

/** The step of day t of a symbol. Its first feature is the day, its second the symbol's length. */
export function stepOf(symbol: string, day: number, changes: Partial<Experience> = {}): Experience {
  const open = openOf(day + 1);
  return {
    symbol,
    barMs: day * DAY_MS,
    phase: "bootstrap",
    close: openOf(day),
    volume: 1,
    next: { openTimeMs: (day + 1) * DAY_MS, open, high: open + 1, low: open - 1, close: open, volume: 1 },
    exitOpen: openOf(day + 2),
    exitMs: (day + 2) * DAY_MS,
    decision: null,
    atr: 1,
    nextAtr: 1,
    features: Float32Array.of(day, symbol.length),
    nextFeatures: Float32Array.of(day + 1, symbol.length),
    ...changes,
  };
}

/** A live step of a lane that stays flat. */
export function liveStepOf(symbol: string, day: number): Experience {
  return stepOf(symbol, day, {
    phase: "live",
    decision: {
      id: `paper:${symbol}:${day * DAY_MS}`,
      action: "flat",
      size: null,
      stop: null,
      take: null,
      isKeep: true,
      chosen: null,
      targetBefore: 0,
      target: 0,
      modelVersion: "m-0123456789abcdef",
      order: null,
      laneAccount: FLAT,
      nextLaneAccount: FLAT,
      fee: "0",
    },
  });
}

/** A prime: the weights are whole numbers below it. */
const WEIGHTS = 1_000_003;

/** Its weights are a number that every push and every update changes, depending on all before: another order or another
 * number of either gives another model. */
export class FakeLearner implements Learner {
  readonly pushed: LearnerStep[] = [];
  /** Updates asked for, and how many steps were there then. */
  readonly trained: { readonly updates: number; readonly steps: number }[] = [];
  /** What it was started from. */
  readonly warmStarts: { readonly inputMap: number[]; readonly outputMaps: Record<string, number[]> }[] = [];
  /** Reports that the next training calls give instead. */
  readonly reports: Partial<TrainReport>[] = [];
  readonly engine = "fused";
  updates = 0;
  #replayed = 0;
  #weight = 1;
  readonly #outputs: number;
  readonly #accountWeights: readonly (readonly number[])[] | undefined;

  /** @param accountWeights What each scalar adds to the value of each class. */
  constructor(outputs = 3, accountWeights?: readonly (readonly number[])[]) {
    this.#outputs = outputs;
    this.#accountWeights = accountWeights;
  }

  get replayed(): number {
    return this.#replayed;
  }

  push(step: LearnerStep): void {
    this.pushed.push({ ...step, features: step.features.slice() });
    this.#replayed++;
    const { features, classes, scalars, rewards, candidateCosts, pointScalars } = step;
    const given = [classes, scalars, rewards, candidateCosts, pointScalars]
      .flatMap((values) => [...values]).reduce((sum, value, index) => sum + value * (index + 1), 0);
    this.#weight = Math.round(this.#weight * 31 + features[0] * 7 + features[1] + Math.abs(given)) % WEIGHTS;
  }

  train(steps: number): Promise<TrainReport> {
    this.trained.push({ updates: steps, steps: this.#replayed });
    this.#weight = (this.#weight * 17 + steps * this.#replayed) % WEIGHTS;
    const given = this.reports.shift() ?? {};
    this.updates += steps - (given.skipped ?? 0);
    return Promise.resolve({
      steps,
      skipped: 0,
      rollbacks: 0,
      loss: 0.5,
      meanAbsTd: 0.1,
      meanValue: 0.2,
      gradNorm: 1,
      regressionLoss: 0,
      updates: this.updates,
      seconds: 0.5,
      ...given,
    });
  }

  forward(features: Float32Array): Float32Array {
    const net = openFakeNetwork(this.exportModel("{}"));
    const out = new Float32Array(features.length / net.inputs * net.outputs);
    net.forward(features, out);
    return out;
  }

  evaluate(
    features: Float32Array,
    rowOfPoint: Uint32Array,
    classes: Uint8Array,
    scalars: Float32Array,
  ): Float32Array {
    const net = openFakeNetwork(this.exportModel("{}"));
    const width = scalars.length / classes.length;
    const value = new Float32Array(1);
    return Float32Array.from(classes, (_, index) => {
      const row = rowOfPoint[index];
      net.evaluate(
        features.subarray(row * net.inputs, (row + 1) * net.inputs),
        classes.subarray(index, index + 1),
        scalars.subarray(index * width, (index + 1) * width),
        value,
      );
      return value[0];
    });
  }

  warmStart(_blob: Uint8Array, inputMap: Int32Array, outputMapsJson = "{}"): string {
    this.warmStarts.push({ inputMap: [...inputMap], outputMaps: JSON.parse(outputMapsJson) });
    this.#weight = (this.#weight * 13 + 1) % WEIGHTS;
    return JSON.stringify({ kept: ["trunk.0.weight"], fresh: [] });
  }

  exportModel(metadataJson: string): Uint8Array {
    const row = (output: number) => [(this.#weight * (output + 1)) % WEIGHTS / WEIGHTS - 0.5, 1];
    return fakeModelBytes({
      schemaHash: "schema",
      weights: Array.from({ length: this.#outputs }, (_, output) => row(output)),
      ...(this.#accountWeights !== undefined && { accountWeights: this.#accountWeights }),
      metadata: JSON.parse(metadataJson),
    });
  }

  importModel(blob: Uint8Array): void {
    const { weights } = JSON.parse(new TextDecoder().decode(blob)) as { weights: number[][] };
    this.#weight = Math.round((weights[0][0] + 0.5) * WEIGHTS);
  }

  checkpoint(): Promise<Uint8Array> {
    const state = [this.#weight, this.updates, this.#replayed];
    return Promise.resolve(new TextEncoder().encode(JSON.stringify(state)));
  }

  restore(blob: Uint8Array): Promise<void> {
    [this.#weight, this.updates, this.#replayed] = JSON.parse(new TextDecoder().decode(blob));
    return Promise.resolve();
  }

  close(): void {}
}

/** A line from the lowest score to the highest one, as high as the wins are often. */
export function fakeFit(scores: Float64Array, wins: Uint8Array): FittedConfidence {
  const share = wins.reduce((sum, win) => sum + win, 0) / wins.length;
  return {
    scores: Float64Array.of(Math.min(...scores), Math.max(...scores)),
    probabilities: Float64Array.of(share / 2, share),
    bins: [],
    ece: 0.05,
  };
}
