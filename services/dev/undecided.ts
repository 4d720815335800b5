/** Bars on which no model decided, by reason: a run without orders may be a run without decisions, and that is never told by
 * silence. Pure. */
import type { Decision } from "../core/contracts/lane.ts";
import { counted } from "../core/runtime/texts.ts";

/** What comes before a run's first decision of a model, and is told by the gate's verdicts. */
const EXPECTED: ReadonlySet<string> = new Set([
  "the features are still warming up",
  "no model has passed the gate yet",
]);

const INSIDE_THE_BAR = /^(?:the order before is void as [^;]+; )?(?:\w+ hit at [^;]+; )?/;
/** Reasons that are counted apart; a run may have any number. */
const MOST_REASONS = 10;

/** Why no model decided; null where one did. What happened inside the bar is told before the reason, and left out here. */
export function undecidedReason(
  { modelVersion, verdict }: Pick<Decision, "modelVersion" | "verdict">,
): string | null {
  return modelVersion === null ? verdict.reason.replace(INSIDE_THE_BAR, "") : null;
}

/** Whether it is a fault that somebody should know of at once. */
export function isAlarming(reason: string): boolean {
  return !EXPECTED.has(reason) && !reason.startsWith("trading is halted");
}

/** Counts one more bar. */
export function countUndecided(
  counts: Record<string, number>,
  decision: Parameters<typeof undecidedReason>[0],
): void {
  const reason = undecidedReason(decision);
  if (reason === null) return;
  const isNamed = reason in counts || Object.keys(counts).length < MOST_REASONS;
  const name = isNamed ? reason : "for other reasons";
  counts[name] = (counts[name] ?? 0) + 1;
}

/** For people, the most frequent first. @param counts Bars by reason. */
export function describeUndecided(counts: Readonly<Record<string, number>>): string[] {
  return Object.entries(counts).sort(([, a], [, b]) => b - a).map(([reason, bars]) =>
    `no decision on ${counted(bars, "bar")}: ${reason}`
  );
}
