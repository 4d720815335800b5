/** What a chaos run has shown, as one document and for people. Pure. */
import { type ChaosResult, isFaultless } from "./chaos_run.ts";
import { type KillPoint, nameOf } from "./kill_plan.ts";
import { describeKill, type KillRecord } from "./kill_watch.ts";
import type { VariantResult } from "./variants.ts";

export interface ChaosConditions {
  readonly seed: number;
  readonly bars: number;
  readonly seconds: number;
  /** Of the last 1, 5 and 15 minutes. */
  readonly load: readonly number[];
  readonly cores: number;
}

interface Recovery {
  readonly kills: number;
  readonly atPoints: number;
  readonly atRandom: number;
  /** Single kills that were recovered from while bars came, in the runs that never wait for the learner. */
  readonly recoveries: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
  /** The same for kills that fell on one another. */
  readonly overlapping: { readonly recoveries: number; readonly maxMs: number | null };
}

interface Coverage {
  readonly process: string;
  readonly command: string;
  /** Kills of the process, and of Redis, on each side. Null where Redis is not changed. */
  readonly before: number;
  readonly after: number;
  readonly redisBefore: number | null;
  readonly redisAfter: number | null;
}

export interface ChaosReport extends ChaosConditions {
  readonly verdict: "equal" | "failed";
  readonly kills: number;
  readonly rounds: number;
  readonly variants: readonly (Omit<VariantResult, "kills"> & { readonly kills: number })[];
  readonly victims: Readonly<Record<string, Recovery>>;
  readonly points: number;
  readonly pointsHit: number;
  /** Points where something is changed often, which so many kills should have hit. */
  readonly owed: readonly string[];
  readonly coverage: readonly Coverage[];
}

const VICTIMS = ["core", "inference", "trainer", "redis"] as const;
const RECOVERED: Readonly<Record<typeof VICTIMS[number], string>> = {
  core: "its next bar",
  inference: "the next commit of each symbol that it led",
  trainer: "its next answer, or its heartbeat",
  redis: "the next commit of each symbol",
};

export function chaosReport(result: ChaosResult, conditions: ChaosConditions): ChaosReport {
  const kills = result.variants.flatMap((variant) => variant.kills);
  // In lockstep the system may wait for the learner: that is no time of recovery.
  const timed = result.variants.filter(({ learns }) => !learns).flatMap((variant) => variant.kills);
  return {
    verdict: isFaultless(result) ? "equal" : "failed",
    ...conditions,
    kills: kills.length,
    rounds: result.variants.reduce((sum, { rounds }) => sum + rounds, 0),
    variants: result.variants.map((variant) => ({ ...variant, kills: variant.kills.length })),
    victims: Object.fromEntries(VICTIMS.map((name) => [name, recoveryOf(kills, timed, name)])),
    points: result.points.length,
    pointsHit: result.points.length - result.missed.length,
    owed: result.owed.map(nameOf),
    coverage: coverageOf(result.points, kills),
  };
}

/** One kill, as a line of the log. */
export function killLine(record: KillRecord, done: number, planned: number): string {
  const { recoveryMs, isSecond } = record;
  const back = recoveryMs === null ? "" : `back after ${(recoveryMs / 1_000).toFixed(2)} s`;
  const count = `${done}/${planned}`.padStart(String(planned).length * 2 + 1);
  return `${count}  ${describeKill(record).padEnd(64)}${back}${isSecond ? " (on another kill)" : ""}`
    .trimEnd();
}

export function describeReport(report: ChaosReport): string {
  const { kills, rounds, bars, seconds, load, cores, seed, points, pointsHit } = report;
  return [
    `${kills} kills in ${rounds} rounds of ${bars} bars of 4 symbols: ${seconds} s, ${cores} cores, ` +
    `load ${load[0]}, seed ${seed}`,
    "",
    ["killed".padEnd(11), "kills", "at a point", "at random", "  p50", "  p99", "longest", "from the kill to"]
      .join("  "),
    ...Object.entries(report.victims).map(([name, victim]) => victimLine(name, victim)),
    "",
    ...report.variants.flatMap(variantLines),
    "",
    `${pointsHit} of ${points} points were hit: who dies, before or after which command` +
    (pointsHit < points ? "; reads, and what comes a few times in a run, may be missed" : ""),
    ...report.owed.map((point) => `  MISSED, though it comes often: ${point}`),
    ["".padEnd(48), "process", "redis"].join(" "),
    ["".padEnd(48), "before/after", "before/after"].join(" "),
    ...report.coverage.map(coverageLine),
    "",
    report.verdict === "equal"
      ? "Nothing was lost, doubled or changed."
      : "FAILED: see above; logs and databases are kept.",
  ].join("\n");
}

function victimLine(name: string, victim: Recovery): string {
  const seconds = (ms: number | null) => (ms === null ? "-" : `${(ms / 1_000).toFixed(2)} s`);
  return [
    name.padEnd(11),
    String(victim.kills).padStart(5),
    String(victim.atPoints).padStart(10),
    String(victim.atRandom).padStart(9),
    seconds(victim.p50Ms).padStart(7),
    seconds(victim.p99Ms).padStart(7),
    seconds(victim.maxMs).padStart(7),
    RECOVERED[name as keyof typeof RECOVERED],
  ].join("  ");
}

function variantLines(variant: ChaosReport["variants"][number]): string[] {
  const { name, rounds, kills, compared, differing, first, balance, deaths } = variant;
  const counts = Object.entries(compared).filter(([, count]) => count > 0)
    .map(([what, count]) => `${count.toLocaleString("en-US")} ${what}`).join(", ");
  return [
    `${name}: ${kills} kills in ${rounds} rounds; ${counts}`,
    differing === 0
      ? "  all equal to the run without kills"
      : `  ${differing} DIFFER; first ${describeFirst(first)}`,
    balance.fault === null
      ? `  the ledger balances: ${balance.fills.toLocaleString("en-US")} fills recomputed over ` +
        `${balance.bars.toLocaleString("en-US")} bars`
      : `  the ledger does NOT balance: ${balance.fault}`,
    ...deaths.map((death) => `  DIED by itself: ${death}`),
  ];
}

function describeFirst(first: VariantResult["first"]): string {
  if (first === null) return "";
  const show = (value: unknown) => JSON.stringify(value) ?? "absent";
  const { key, id, field, expected, actual } = first;
  return `${key} ${id} ${field}: without kills ${show(expected)}, with kills ${show(actual)}`;
}

function coverageLine({ process, command, before, after, redisBefore, redisAfter }: Coverage): string {
  const pair = (a: number | null, b: number | null) => (a === null ? "" : `${a}/${b}`).padStart(12);
  return `${`${process} ${command}`.padEnd(48)} ${pair(before, after)} ${pair(redisBefore, redisAfter)}`
    .trimEnd();
}

/** @param timed The kills whose recovery is counted. */
function recoveryOf(kills: readonly KillRecord[], timed: readonly KillRecord[], name: string): Recovery {
  const own = kills.filter(({ victim }) => victim.startsWith(name));
  const recovered = timed.filter(({ victim, recoveryMs }) => victim.startsWith(name) && recoveryMs !== null);
  const single = recovered.filter(({ isSecond }) => !isSecond).map(({ recoveryMs }) => recoveryMs!);
  const overlapping = recovered.filter(({ isSecond }) => isSecond).map(({ recoveryMs }) => recoveryMs!);
  const sorted = single.sort((a, b) => a - b).map((ms) => Math.round(ms));
  return {
    kills: own.length,
    atPoints: own.filter(({ point }) => point !== null).length,
    atRandom: own.filter(({ point }) => point === null).length,
    recoveries: sorted.length,
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
    maxMs: sorted.at(-1) ?? null,
    overlapping: {
      recoveries: overlapping.length,
      maxMs: overlapping.length === 0 ? null : Math.round(Math.max(...overlapping)),
    },
  };
}

function quantile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
}

function coverageOf(points: readonly KillPoint[], kills: readonly KillRecord[]): Coverage[] {
  const byCommand = Map.groupBy(points, ({ role, kind }) => `${role} ${kind}`);
  return [...byCommand.values()].map((group) => {
    const { role, kind } = group[0]!;
    const count = (victim: KillPoint["victim"], side: KillPoint["side"]) =>
      kills.filter(({ point }) =>
        point?.role === role && point.kind === kind && point.victim === victim && point.side === side
      ).length;
    const changes = group.some(({ victim }) => victim === "redis");
    return {
      process: role,
      command: kind,
      before: count("process", "before"),
      after: count("process", "after"),
      redisBefore: changes ? count("redis", "before") : null,
      redisAfter: changes ? count("redis", "after") : null,
    };
  });
}
