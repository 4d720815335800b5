/** What was measured on yardsticks, as a table for people and as a document for programs. Pure. */
import { type LearningRun, LEVELS } from "./learning_run.ts";
import { type Finding, findingsOf, MEASURES } from "./targets.ts";
import type { Yardstick } from "./yardstick.ts";

export interface Report {
  readonly yardstick: Yardstick;
  readonly runs: readonly LearningRun[];
  readonly findings: readonly Finding[];
}

export function reportOf(yardstick: Yardstick, runs: readonly LearningRun[]): Report {
  return { yardstick, runs, findings: findingsOf(yardstick.name, runs) };
}

export function missesOf(reports: readonly Report[]): number {
  return reports.flatMap(({ findings }) => findings).filter(({ isMet }) => isMet === false).length;
}

/** A table of all measures, targets beside values. */
export function tableOf(reports: readonly Report[], withTargets: boolean): string {
  const header = ["market", "measure", "median", ...target("target"), "worst", ...target("target")];
  const rows = reports.flatMap(({ yardstick, findings }) =>
    MEASURES.flatMap((measure) => {
      const [median, worst] = findings.filter((finding) => finding.measure === measure.name);
      if (median === undefined) return [];
      const cells = [median, worst].flatMap((finding) => [
        finding.value === Infinity ? "never" : finding.value.toFixed(measure.digits),
        ...target(describeTarget(finding, measure.better)),
      ]);
      return [[yardstick.name, measure.name, ...cells]];
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
export function documentOf(reports: readonly Report[]): unknown {
  return {
    misses: missesOf(reports),
    markets: reports.map(({ yardstick, runs, findings }) => ({
      market: yardstick.name,
      ...yardstick.facts,
      findings: findings.map((finding) => ({
        ...finding,
        value: Number.isFinite(finding.value) ? finding.value : null,
      })),
      runs: runs.map(({ seed, final, curve, ticksTo, earned, updates, seconds }) => ({
        seed,
        score: final.score,
        bpPerTick: final.reward === undefined ? undefined : final.reward * 1e4,
        turnover: final.turnover,
        stopExits: final.stopExits,
        episodeReturn: final.episodeReturn,
        ticksTo: Object.fromEntries(LEVELS.map((level, index) => [level, ticksTo[index]])),
        earnedWhileLearning: earned.expected,
        earnedWithLuck: earned.withLuck,
        updates,
        seconds,
        curve: curve.map(({ tick, score }) => [tick, score]),
      })),
    })),
  };
}
