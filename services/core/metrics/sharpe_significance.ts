/** How much a Sharpe ratio proves: the probability that the true one is above a benchmark, and above what the best of many
 * tries would show by chance. Pure. */
import jstat from "jstat";
import { mean, sharpeOf } from "./performance.ts";

const { normal } = (jstat as unknown as {
  jStat: {
    normal: {
      cdf(x: number, mean: number, sd: number): number;
      inv(p: number, mean: number, sd: number): number;
    };
  };
}).jStat;
const EULER_MASCHERONI = 0.5772156649015329;

/** P(true Sharpe > benchmark) under skewed and fat-tailed returns (Bailey & López de Prado 2012, equation 11).
 * @param benchmark A Sharpe ratio a bar.  @returns In [0, 1]; .5 where nothing moves.
 * @throws {RangeError} For fewer than three returns. */
export function probabilisticSharpe(returns: ArrayLike<number>, benchmark: number): number {
  if (returns.length < 3) {
    throw new RangeError(
      `Cannot judge a Sharpe ratio as it takes 3 returns or more: there are ${returns.length}`,
    );
  }
  const sharpe = sharpeOf(returns);
  const { skewness, kurtosis } = shapeOf(returns);
  const variance = 1 - skewness * sharpe + (kurtosis - 1) / 4 * sharpe ** 2;
  const z = (sharpe - benchmark) * Math.sqrt(returns.length - 1) / Math.sqrt(Math.max(variance, 1e-12));
  return Number.isFinite(z) ? normal.cdf(z, 0, 1) : 0.5;
}

/** The Sharpe ratio a bar that the best of `trials` strategies without any skill is expected to show (Bailey & López de Prado
 * 2014, equation 1). @param deviation Standard deviation of the trials' Sharpe ratios a bar.  @param trials From 1 on. */
export function expectedBestSharpe(deviation: number, trials: number): number {
  if (trials <= 1) return 0;
  return deviation * (
    (1 - EULER_MASCHERONI) * normal.inv(1 - 1 / trials, 0, 1) +
    EULER_MASCHERONI * normal.inv(1 - 1 / (trials * Math.E), 0, 1)
  );
}

/** Deflated Sharpe ratio: {@link probabilisticSharpe} against {@link expectedBestSharpe} (Bailey & López de Prado 2014).
 * @param trialSharpes Sharpe ratio a bar of every strategy that was tried, the judged one included. */
export function deflatedSharpe(returns: ArrayLike<number>, trialSharpes: readonly number[]): number {
  const centre = mean(trialSharpes);
  const variance = trialSharpes.length < 2
    ? 0
    : trialSharpes.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (trialSharpes.length - 1);
  return probabilisticSharpe(returns, expectedBestSharpe(Math.sqrt(variance), trialSharpes.length));
}

/** Skewness and kurtosis (3 for a normal distribution) from central moments with n. */
function shapeOf(values: ArrayLike<number>): { readonly skewness: number; readonly kurtosis: number } {
  const centre = mean(values);
  let [second, third, fourth] = [0, 0, 0];
  for (let index = 0; index < values.length; index++) {
    const distance = values[index]! - centre;
    second += distance ** 2;
    third += distance ** 3;
    fourth += distance ** 4;
  }
  const variance = second / values.length;
  if (variance === 0) return { skewness: 0, kurtosis: 3 };
  return {
    skewness: third / values.length / variance ** 1.5,
    kurtosis: fourth / values.length / variance ** 2,
  };
}
