/** Takes experience up: judges the learner's decision on it, then makes steps of it, and counts what was taken up. */
import type { Experience } from "../core/contracts/experience.ts";
import type { RewardRecord } from "../core/contracts/learning.ts";
import { returnSigma } from "../core/metrics/return_sigma.ts";
import type { Learner } from "../core/model/native_types.ts";
import type { LearningProgress } from "./checkpoint.ts";
import { stackRows } from "./stack_rows.ts";
import type { Teacher } from "./teacher.ts";

export interface IntakeParts {
  readonly learner: Learner;
  readonly makeTeacher: (sigma: Record<string, number>) => Teacher;
  readonly symbols: readonly string[];
  /** Told what each live decision earned. */
  readonly onReward: (symbol: string, barMs: number, reward: RewardRecord) => Promise<void>;
}

/** What of the progress is the intake's. */
export type IntakeProgress = Pick<
  LearningProgress,
  | "sigma"
  | "experiences"
  | "liveExperiences"
  | "bars"
  | "learnedThroughMs"
  | "goldenStates"
  | "pairs"
  | "track"
>;

const GOLDEN_STATES = 64;

export class Intake {
  readonly #parts: IntakeParts;
  #golden: Float32Array[] = [];
  #sigma: Record<string, number> = {};
  #teacher: Teacher | null = null;
  #experiences = 0;
  #bars = 0;
  #liveExperiences = 0;
  #learnedThroughMs = 0;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /** @throws {Error} Before the scale was fitted or restored. */
  get teacher(): Teacher {
    if (this.#teacher !== null) return this.#teacher;
    throw new Error("Cannot learn as the bootstrap ticket must come first: none has come");
  }

  get sigma(): Readonly<Record<string, number>> {
    return this.#sigma;
  }

  get counts() {
    return {
      experiences: this.#experiences,
      liveExperiences: this.#liveExperiences,
      learnedThroughMs: this.#learnedThroughMs,
    };
  }

  /** Bar times that were taken up; another symbol's step of the same bar counts no second time. */
  get bars(): number {
    return this.#bars;
  }

  /** The last states that the learner was given, `[n, inputs]` row-major. */
  get goldenStates(): Float32Array {
    return stackRows(this.#golden);
  }

  /** Fixes the scale of each symbol's rewards for good. @param returns Log returns of its steps, by symbol.
   * @throws {RangeError} If a symbol has too little history for it. */
  fitScale(returns: ReadonlyMap<string, readonly number[]>): void {
    for (const symbol of this.#parts.symbols) {
      this.#sigma[symbol] = returnSigma(symbol, returns.get(symbol) ?? []);
    }
    this.#teacher = this.#parts.makeTeacher(this.#sigma);
  }

  /** Hands experience to the learner and tells the rewards of live decisions.
   * @param isJudged Whether it shall say how often the learner is right, and what it earns. @returns How many bar times were new. */
  async take(experiences: readonly Experience[], isJudged: boolean): Promise<number> {
    const { agent, maker, pairs, track } = this.teacher;
    const before = this.#bars;
    for (const experience of experiences) {
      if (isJudged) {
        pairs.see(experience);
        await track?.see(experience);
      }
      this.#push(maker.steps(experience));
      if (experience.barMs > this.#learnedThroughMs) this.#bars++;
      this.#experiences++;
      this.#learnedThroughMs = Math.max(this.#learnedThroughMs, experience.barMs);
      const reward = agent.reward(experience);
      if (reward === null) continue;
      this.#liveExperiences++;
      await this.#parts.onReward(experience.symbol, experience.barMs, reward);
    }
    return this.#bars - before;
  }

  /** All of history was taken. */
  endHistory(): void {
    this.#push(this.teacher.maker.endHistory());
  }

  progress(): IntakeProgress {
    return {
      sigma: this.#sigma,
      ...this.counts,
      bars: this.#bars,
      goldenStates: this.#golden.map((state) => [...state]),
      pairs: this.teacher.pairs.state(),
      track: this.teacher.track?.state() ?? {},
    };
  }

  /** Goes on from a checkpoint. @param recent The last experience before it, of each symbol in its order. */
  restore(progress: IntakeProgress, recent: readonly Experience[]): void {
    this.#sigma = progress.sigma;
    this.#experiences = progress.experiences;
    this.#liveExperiences = progress.liveExperiences;
    this.#bars = progress.bars;
    this.#learnedThroughMs = progress.learnedThroughMs;
    this.#golden = progress.goldenStates.map((state) => Float32Array.from(state));
    this.#teacher = this.#parts.makeTeacher(this.#sigma);
    const { maker, pairs, track } = this.#teacher;
    pairs.restore(progress.pairs);
    track?.restore(progress.track);
    maker.endHistory();
    for (const experience of recent) maker.remember(experience);
  }

  #push(steps: ReturnType<Teacher["maker"]["steps"]>): void {
    for (const step of steps) {
      this.#parts.learner.push(step);
      this.#golden.push(step.features);
      if (this.#golden.length > GOLDEN_STATES) this.#golden.shift();
    }
  }
}
