/** A charge on falling below the highest equity so far. Pure.
 *
 * With e the log equity and m_t = max(m_t−1, e_t), the depth is d_t = m_t − e_t >= 0, and the charge is
 * p_t = λ max(0, d_t − d_t−1): of a fall from a peak to a low it adds up to λ times its depth, and a recovery pays nothing back.
 * The depth of Chekhlov, Uryasev & Zabarankin 2005 ("Drawdown Measure in Portfolio Optimization"), in logs.
 *
 * Its accumulator d is in no afterstate, so it shapes only what was really lived through. */

/** A reward's charge, and the depth that the next one starts from. */
export interface DrawdownStep {
  /** In the unit of the returns; never negative. */
  readonly penalty: number;
  /** d_t: how far the log equity is below its peak. */
  readonly depth: number;
}

/** @param weight λ >= 0. @param depth d_t−1 >= 0; 0 at the start. @param logReturn e_t − e_t−1.
 * @throws {RangeError} If weight or depth is negative, or one of them is not a number. */
export function drawdownPenalty(weight: number, depth: number, logReturn: number): DrawdownStep {
  if (!(weight >= 0 && depth >= 0) || Number.isNaN(logReturn)) {
    throw new RangeError(
      `Cannot charge a drawdown as weight and depth must be >= 0: they are ${weight} and ${depth}, after ${logReturn}`,
    );
  }
  const deeper = Math.max(0, depth - logReturn);
  return { penalty: weight * Math.max(0, deeper - depth), depth: deeper };
}
