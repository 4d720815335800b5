/** A line through noise: an exponential average that begins with the first value. Pure. */

/** @param at Where each value stands, ascending: values far apart tell more than neighbours.
 * @param span The last so much of the way has about 86 % of the weight.
 * @returns As long as `values`; gaps and what is no number are passed over. */
export function smoothed(
  values: readonly number[],
  at: readonly number[],
  span: number,
): (number | null)[] {
  let mean: number | null = null;
  let meanAt = 0;
  return values.map((value, index) => {
    if (!Number.isFinite(value)) return mean;
    const weight = 1 - Math.exp(-2 * (at[index]! - meanAt) / span);
    mean = mean === null ? value : mean + weight * (value - mean);
    meanAt = at[index]!;
    return mean;
  });
}
