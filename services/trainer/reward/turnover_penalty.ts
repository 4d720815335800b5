/** A charge on trading beyond its real costs, so that a network trades less. Pure.
 *
 * p = λ |x' − x|, x the exposure (signed value of the position over equity): the form of a proportional cost, as in Moody & Saffell
 * 2001, "Learning to Trade via Direct Reinforcement". It depends on the account before and after a trade alone. */

/** @param weight λ, what trading once the whole equity takes from the reward. @param turnover |x' − x|; exits at stops count.
 * @throws {RangeError} If either is negative or not a number. */
export function turnoverPenalty(weight: number, turnover: number): number {
  if (!(weight >= 0 && turnover >= 0)) {
    throw new RangeError(
      `Cannot charge turnover as weight and turnover must be >= 0: they are ${weight} and ${turnover}`,
    );
  }
  return weight * turnover;
}
