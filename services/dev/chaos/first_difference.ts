/** Where two values differ first. Pure. */

export interface Difference {
  /** E.g. `laneAccount.cash` or `state.3`; empty for the whole. */
  readonly field: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/** Numbers are equal if they are the same bits; what is absent is undefined. Null if all is equal. */
export function firstDifference(expected: unknown, actual: unknown, field = ""): Difference | null {
  if (!isParts(expected) || !isParts(actual)) {
    return Object.is(expected, actual) ? null : { field, expected, actual };
  }
  const [a, b] = [expected, actual] as Record<string, unknown>[];
  for (const name of new Set([...Object.keys(a!), ...Object.keys(b!)])) {
    const difference = firstDifference(a![name], b![name], field === "" ? name : `${field}.${name}`);
    if (difference !== null) return difference;
  }
  return null;
}

function isParts(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
