/** Probability of backtest overfitting: how often the strategy that was best in one half of the time is below the median in
 * the other half, over all ways to make halves of blocks (CSCV; Bailey, Borwein, López de Prado & Zhu 2017). Pure. */
import { sharpeOf } from "./performance.ts";

export interface Overfitting {
  /** In [0, 1]: 0 = the best stays good, .5 = choosing the best told nothing, above = it misled. */
  readonly probability: number;
  /** Ways to make halves that were looked at. */
  readonly splits: number;
}

/** @param trials Returns of every strategy that was tried on the same bars, one row each.  @param blocks Even, from 2 to 16.
 * @throws {RangeError} If there are fewer than two trials, unequal rows, or fewer than two bars a block. */
export function probabilityOfOverfitting(trials: readonly ArrayLike<number>[], blocks = 8): Overfitting {
  const bars = trials[0]?.length ?? 0;
  if (trials.length < 2 || trials.some((trial) => trial.length !== bars)) {
    throw new RangeError(
      `Cannot judge overfitting as it takes 2 or more trials over the same bars: there are ${trials.length}, over ${
        [...new Set(trials.map((trial) => trial.length))].join(" and ")
      } bars`,
    );
  }
  if (!(Number.isInteger(blocks) && blocks % 2 === 0 && blocks >= 2 && blocks <= 16 && bars >= 2 * blocks)) {
    throw new RangeError(
      `Cannot judge overfitting as blocks must be even, from 2 to 16, of 2 bars or more: ${blocks} of ${bars} bars`,
    );
  }
  const halves = choose(blocks, blocks / 2);
  const bad = halves.filter((inSample) => isBestBelowMedian(trials, inSample, blocks)).length;
  return { probability: bad / halves.length, splits: halves.length };
}

function isBestBelowMedian(
  trials: readonly ArrayLike<number>[],
  inSample: ReadonlySet<number>,
  blocks: number,
): boolean {
  const scores = trials.map((returns) => {
    const [inside, outside]: [number[], number[]] = [[], []];
    for (let bar = 0; bar < returns.length; bar++) {
      const block = Math.floor(bar * blocks / returns.length);
      (inSample.has(block) ? inside : outside).push(returns[bar]!);
    }
    return [sharpeOf(inside), sharpeOf(outside)] as const;
  });
  const best = scores.reduce(
    (champion, [inside], index) => inside > scores[champion]![0] ? index : champion,
    0,
  );
  const own = scores[best]![1];
  const [below, equal] = [
    scores.filter(([, outside]) => outside < own).length,
    scores.filter(([, outside]) => outside === own).length,
  ];
  // Relative rank in (0, 1), ties in the middle; the logit of the paper is negative below one half.
  return (below + (equal + 1) / 2) / (trials.length + 1) < 0.5;
}

/** Every set of `size` numbers below `count`. */
function choose(count: number, size: number): ReadonlySet<number>[] {
  const sets: ReadonlySet<number>[] = [];
  for (let bits = 0; bits < 2 ** count; bits++) {
    const members = Array.from({ length: count }, (_, index) => index).filter((index) => (bits >> index) & 1);
    if (members.length === size) sets.push(new Set(members));
  }
  return sets;
}
