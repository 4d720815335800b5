/** What was measured on a market, as a table for people and as a document for programs. Pure. */
import { type LearningRun, LEVELS } from "./learning_run.ts";
import type { Scorer } from "./scorer.ts";
import type { Earnings } from "./solver.ts";
import { type Finding, findingsOf, MEASURES } from "./targets.ts";

export interface MarketReport {
  readonly scorer: Scorer;
  readonly runs: readonly LearningRun[];
  readonly findings: readonly Finding[];
}

export function reportOf(scorer: Scorer, runs: readonly LearningRun[]): MarketReport {
  return { scorer, runs, findings: findingsOf(scorer.market.name, runs) };
}

export function missesOf(reports: readonly MarketReport[]): number {
  return reports.flatMap(({ findings }) => findings).filter(({ isMet }) => isMet === false).length;
}

const toBp = (logReturn: number) => logReturn * 1e4;

/** The solved market in a line: what the optimum and two simple rules earn. */
export function marketLine({ market, optimum, costBlind, random }: Scorer): string {
  const bp = (earnings: Earnings) => (toBp(earnings.reward) + 0).toFixed(3);
  return `${market.name}: ${market.about}; optimum ${bp(optimum)} bp a tick (turnover ${
    optimum.turnover.toFixed(4)
  }), cost-blind ${bp(costBlind)}, random ${bp(random)}`;
}

/** A table of all measures, targets beside values. */
export function tableOf(reports: readonly MarketReport[], withTargets: boolean): string {
  const header = ["market", "measure", "median", ...target("target"), "worst", ...target("target")];
  const rows = reports.flatMap(({ scorer, findings }) =>
    MEASURES.flatMap((measure) => {
      const [median, worst] = findings.filter((finding) => finding.measure === measure.name);
      if (median === undefined) return [];
      const cells = [median, worst].flatMap((finding) => [
        finding.value === Infinity ? "never" : finding.value.toFixed(measure.digits),
        ...target(describeTarget(finding, measure.better)),
      ]);
      return [[scorer.market.name, measure.name, ...cells]];
    })
  );
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => row[column].length)));
  const isNumber = (column: number) => column === 2 || column === (withTargets ? 4 : 3);
  return [header, ...rows].map((row, index) =>
    row.map((cell, column) => {
      const shown = column === 0 && index > 1 && rows[index - 2][0] === cell ? "" : cell;
      return isNumber(column) ? shown.padStart(widths[column]) : shown.padEnd(widths[column]);
    }).join("  ").trimEnd()
  ).join("\n");

  function target(text: string): string[] {
    return withTargets ? [text] : [];
  }
}

function describeTarget({ target, isMet }: Finding, better: "higher" | "lower"): string {
  if (target === null) return "";
  return `${better === "higher" ? ">=" : "<="} ${target} ${isMet ? "ok" : "MISS"}`;
}

/** All that is known, for `--json`. */
export function documentOf(reports: readonly MarketReport[]): unknown {
  return {
    misses: missesOf(reports),
    markets: reports.map(({ scorer, runs, findings }) => ({
      market: scorer.market.name,
      about: scorer.market.about,
      optimum: { bpPerTick: toBp(scorer.optimum.reward), turnover: scorer.optimum.turnover },
      costBlindBpPerTick: toBp(scorer.costBlind.reward),
      randomBpPerTick: toBp(scorer.random.reward),
      findings: findings.map((finding) => ({
        ...finding,
        value: Number.isFinite(finding.value) ? finding.value : null,
      })),
      runs: runs.map(({ seed, final, curve, ticksTo, earned, earnedWithLuck, updates, seconds }) => ({
        seed,
        score: final.score,
        bpPerTick: toBp(final.reward),
        turnover: final.turnover,
        ticksTo: Object.fromEntries(LEVELS.map((level, index) => [level, ticksTo[index]])),
        earnedWhileLearning: earned,
        earnedWithLuck,
        updates,
        seconds,
        curve: curve.map(({ tick, score }) => [tick, score]),
      })),
    })),
  };
}
