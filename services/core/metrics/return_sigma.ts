/** The constant scale of a symbol's rewards. Pure. */

/** Fewer returns say too little. */
const LEAST_RETURNS = 20;

/** Standard deviation of log returns, each from one open to the next.
 * @throws {RangeError} If prices never move, or there are fewer than 20. */
export function returnSigma(symbol: string, returns: readonly number[]): number {
  if (returns.length < LEAST_RETURNS) {
    throw new RangeError(
      `Cannot scale the rewards of ${symbol} as it takes ${LEAST_RETURNS} steps or more behind the warm-up (data.warmup_bars): ` +
        `there are ${returns.length}`,
    );
  }
  const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length;
  const sigma = Math.sqrt(returns.reduce((sum, value) => sum + (value - mean) ** 2, 0) / returns.length);
  if (!(sigma > 0)) {
    throw new RangeError(`Cannot scale the rewards of ${symbol} as its price must move: it stands still`);
  }
  return sigma;
}
