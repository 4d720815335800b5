/** A charge on trading beyond its real costs, for a market whose costs are only guessed. Pure.
 *
 * p_t = λ |x_t − x_t−1|, x the exposure (signed value of the position over equity): the form of a proportional cost, as in Moody &
 * Saffell 2001 ("Learning to Trade via Direct Reinforcement"). It depends on the account before and after the decision alone, so
 * it may be learned from counterfactuals. */

/** What a change of exposure is charged, as a fraction of equity; never negative.
 * @param weight λ, charged for trading once the whole equity. @param turnover |x_t − x_t−1|, exits at stops included.
 * @throws {RangeError} If either is negative or not a number. */
export function turnoverPenalty(weight: number, turnover: number): number {
  if (!(weight >= 0 && turnover >= 0)) {
    throw new RangeError(
      `Cannot charge turnover as weight and turnover must be >= 0: they are ${weight} and ${turnover}`,
    );
  }
  return weight * turnover;
}
