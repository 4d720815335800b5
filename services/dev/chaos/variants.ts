/** The ways in which a chaos run runs the system, and what each of them has shown. Pure. */
import type { Balance } from "./balance.ts";
import type { Comparison, DifferingEntry } from "./compare_runs.ts";
import type { ProcessRole } from "./kill_plan.ts";
import type { KillRecord } from "./kill_watch.ts";

/** A way to run the system. */
export interface Variant {
  readonly name: string;
  readonly runner: "local" | "trainer";
  /** In lockstep, so that the weights are the same; else a stored model decides, as fast as it can. */
  readonly learns: boolean;
  /** Of the kills. */
  readonly share: number;
  /** Whose commands are hit at every point here. */
  readonly covers: readonly ProcessRole[];
}

export const VARIANTS: readonly Variant[] = [
  { name: "learning", runner: "local", learns: true, share: 0.35, covers: ["core", "trainer"] },
  { name: "local runner", runner: "local", learns: false, share: 0.45, covers: ["core", "inference"] },
  {
    name: "trainer runner",
    runner: "trainer",
    learns: false,
    share: 0.2,
    covers: ["core", "inference", "trainer"],
  },
];
/** What one variant has shown. */
export interface VariantResult {
  readonly name: string;
  readonly learns: boolean;
  readonly rounds: number;
  readonly kills: readonly KillRecord[];
  /** Entries of all rounds, by what they are. */
  readonly compared: Readonly<Record<string, number>>;
  readonly differing: number;
  readonly first: DifferingEntry | null;
  /** Of all rounds, and of the run without kills. */
  readonly balance: Balance;
  /** Deaths that nobody asked for. */
  readonly deaths: readonly string[];
}

export function isSound({ differing, balance, deaths }: VariantResult): boolean {
  return differing === 0 && balance.fault === null && deaths.length === 0;
}

/** A round with kills. */
export interface RoundResult {
  readonly kills: readonly KillRecord[];
  readonly comparison: Comparison;
  readonly balance: Balance;
  readonly deaths: readonly string[];
}

/** The result with a round more. */
export function withRound(result: VariantResult, round: RoundResult): VariantResult {
  const { comparison, balance } = round;
  const compared = { ...result.compared };
  for (const [what, count] of Object.entries(comparison.compared)) {
    compared[what] = (compared[what] ?? 0) + count;
  }
  return {
    ...result,
    rounds: result.rounds + 1,
    kills: [...result.kills, ...round.kills],
    compared,
    differing: result.differing + comparison.differing,
    first: result.first ?? comparison.first,
    balance: {
      bars: result.balance.bars + balance.bars,
      fills: result.balance.fills + balance.fills,
      fault: result.balance.fault ?? balance.fault,
    },
    deaths: [...result.deaths, ...round.deaths],
  };
}
