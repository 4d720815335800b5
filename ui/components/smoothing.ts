/** A line through noise: an exponential average that begins with the first value. Pure. */

/** @param span So many points have about 86 % of the weight.  @returns As long as `values`; gaps and what is no number are passed over. */
export function smoothed(values: readonly number[], span: number): (number | null)[] {
  const weight = 2 / (Math.max(1, span) + 1);
  let mean: number | null = null;
  return values.map((value) => {
    if (!Number.isFinite(value)) return mean;
    mean = mean === null ? value : mean + weight * (value - mean);
    return mean;
  });
}
