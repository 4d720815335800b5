/** How much one return changes the Sharpe ratio of those so far. Pure.
 *
 * With moving estimates A_t = A_t−1 + η ΔA_t, ΔA_t = R_t − A_t−1 and B_t = B_t−1 + η ΔB_t, ΔB_t = R_t² − B_t−1:
 * D_t = (B_t−1 ΔA_t − ½ A_t−1 ΔB_t) / (B_t−1 − A_t−1²)^(3/2), the derivative of the moving Sharpe ratio with respect to η at η = 0
 * (Moody & Saffell 2001, "Learning to Trade via Direct Reinforcement"). It has no unit: scaled returns give the same.
 *
 * Its accumulators A and B are in no afterstate, so it shapes only what was really lived through. */

/** Moving estimates of the returns' mean and mean square; both 0 at the start. */
export interface SharpeMoments {
  readonly mean: number;
  readonly meanSquare: number;
}

export interface SharpeStep {
  /** D_t; 0 while the returns so far have no variance. */
  readonly value: number;
  readonly moments: SharpeMoments;
}

/** A share of the mean square: below it, a variance is rounding. */
const NO_VARIANCE = 1e-12;

/** @param eta η in (0, 1]: 1/η is about how many returns count. @throws {RangeError} If η is not, or the return is not finite. */
export function differentialSharpe(eta: number, before: SharpeMoments, returned: number): SharpeStep {
  if (!(eta > 0 && eta <= 1) || !Number.isFinite(returned)) {
    throw new RangeError(
      `Cannot take a differential Sharpe ratio as eta must be in (0, 1] and the return finite: they are ${eta} and ${returned}`,
    );
  }
  const { mean, meanSquare } = before;
  const toMean = returned - mean;
  const toSquare = returned ** 2 - meanSquare;
  const variance = meanSquare - mean ** 2;
  const value = variance > NO_VARIANCE * meanSquare
    ? (meanSquare * toMean - 0.5 * mean * toSquare) / variance ** 1.5
    : 0;
  return { value, moments: { mean: mean + eta * toMean, meanSquare: meanSquare + eta * toSquare } };
}
