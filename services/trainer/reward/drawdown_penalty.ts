/** A charge on holding what loses. Pure.
 *
 * p = λ max(0, −u), u the log return of the open trade since its entry. Its accumulator, u, is part of the account that a value
 * may depend on; the drawdown of the lane's equity is not, so no value could be learned of it. */

/** @param weight λ, what each unit of loss takes from the reward, each bar. @param openPnl u, in the reward's unit; 0 when flat.
 * @throws {RangeError} If the weight is negative, or one of them is not a number. */
export function drawdownPenalty(weight: number, openPnl: number): number {
  if (!(weight >= 0) || Number.isNaN(openPnl)) {
    throw new RangeError(
      `Cannot charge a drawdown as the weight must be >= 0: it is ${weight}, on a profit of ${openPnl}`,
    );
  }
  return weight * Math.max(0, -openPnl);
}
