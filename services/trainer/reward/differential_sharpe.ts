/** What one return does to the Sharpe ratio of those before it. Pure.
 *
 * With estimates A of the returns' mean and B of their mean square, ΔA = r − A and ΔB = r² − B, Moody & Saffell 2001 ("Learning to
 * Trade via Direct Reinforcement", eq. 14) reward D = (B ΔA − ½ A ΔB) / (B − A²)^(3/2), the slope of the moving ratio as r comes in.
 * Moving estimates would be a state that no account shows, so they are held at a ratio s of returns with variance 1:
 * A = s, B = 1 + s², hence D = (1 + s²)(r − s) − ½ s (r² − 1 − s²). */

/** @param sharpe s, mean over standard deviation of a bar's return. @param returned r, in standard deviations.
 * @throws {RangeError} If one of them is not finite. */
export function differentialSharpe(sharpe: number, returned: number): number {
  if (!Number.isFinite(sharpe) || !Number.isFinite(returned)) {
    throw new RangeError(
      `Cannot take a differential Sharpe ratio as ratio and return must be finite: they are ${sharpe} and ${returned}`,
    );
  }
  const meanSquare = 1 + sharpe ** 2;
  return meanSquare * (returned - sharpe) - 0.5 * sharpe * (returned ** 2 - meanSquare);
}
