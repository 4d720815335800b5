/** What the learner must reach, and whether a market's runs do. Pure. */
import { type LearningRun, LEVELS } from "./learning_run.ts";

/** A figure of a run; null where a market has none. */
export interface Measure {
  readonly name: string;
  readonly better: "higher" | "lower";
  /** Digits after the point. */
  readonly digits: number;
  of(run: LearningRun): number | null;
}

const ticksToLevel = (level: typeof LEVELS[number]): Measure => ({
  name: `ticks to ${level * 100} %`,
  better: "lower",
  digits: 0,
  of: (run) => run.ticksTo[LEVELS.indexOf(level)] ?? Infinity,
});

export const SCORE: Measure = { name: "score", better: "higher", digits: 3, of: (run) => run.final.score };
const RETURN: Measure = {
  name: "return",
  better: "higher",
  digits: 1,
  of: (run) => run.final.episodeReturn ?? null,
};
const TURNOVER: Measure = {
  name: "turnover",
  better: "lower",
  digits: 4,
  of: (run) => run.final.turnover ?? null,
};
const STOP_EXITS: Measure = {
  name: "stop exits",
  better: "lower",
  digits: 4,
  of: (run) => run.final.stopExits ?? null,
};
const EARNED: Measure = {
  name: "earned while learning",
  better: "higher",
  digits: 3,
  of: (run) => run.earned.expected,
};
export const MEASURES: readonly Measure[] = [
  SCORE,
  RETURN,
  TURNOVER,
  STOP_EXITS,
  ...LEVELS.map(ticksToLevel),
  EARNED,
];

interface Bounds {
  readonly median: number;
  /** Of the worst seed; absent where the seeds together decide. */
  readonly worst?: number;
}

/** By market, then by measure. */
const TARGETS: Readonly<Record<string, Readonly<Record<string, Bounds>>>> = {
  "A": {
    "score": { median: 0.98, worst: 0.95 },
    "ticks to 95 %": { median: 300, worst: 600 },
    "earned while learning": { median: 0.94, worst: 0.85 },
  },
  "A+": { "score": { median: 0.95, worst: 0.90 } },
  "B": { "score": { median: 0.99, worst: 0.97 } },
  "C-belief": { "score": { median: 0.97, worst: 0.95 } },
  "C-ewma": { "score": { median: 0.93, worst: 0.90 } },
  "D": { "score": { median: 0.95, worst: 0.85 }, "turnover": { median: 0.02 } },
  "L": { "score": { median: 0.99, worst: 0.97 } },
  "A-stop": { "score": { median: 0.97, worst: 0.95 } },
  "A-stop-rebate": { "score": { median: 1.02, worst: 1 } },
  "CartPole": { "return": { median: 500, worst: 475 } },
};

/** One figure over all seeds, beside what it must be. */
export interface Finding {
  readonly measure: string;
  readonly statistic: "median" | "worst";
  readonly value: number;
  readonly target: number | null;
  /** Null without a target. */
  readonly isMet: boolean | null;
}

/** Median and worst of every measure that the market has. */
export function findingsOf(market: string, runs: readonly LearningRun[]): Finding[] {
  return MEASURES.flatMap((measure) => {
    const values = runs.map((run) => measure.of(run)).filter((value) => value !== null).sort((a, b) => a - b);
    if (values.length < runs.length) return [];
    const bounds = TARGETS[market]?.[measure.name];
    const worst = measure.better === "higher" ? values[0] : values[values.length - 1];
    return [
      findingOf(measure, "median", medianOf(values), bounds?.median ?? null),
      findingOf(measure, "worst", worst, bounds?.worst ?? null),
    ];
  });
}

function findingOf(
  { name, better }: Measure,
  statistic: Finding["statistic"],
  value: number,
  target: number | null,
): Finding {
  const isMet = target === null ? null : better === "higher" ? value >= target : value <= target;
  return { measure: name, statistic, value, target, isMet };
}

/** @param sorted Ascending, not empty. */
function medianOf(sorted: readonly number[]): number {
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}
