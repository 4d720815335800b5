/** Resamples a series in blocks of random length, which keeps the dependence between near values: the stationary bootstrap
 * (Politis & Romano 1994). Pure: the same seed gives the same draws. */
import { SeededRandom } from "../market/seeded_random.ts";

export interface BootstrapOptions {
  /** Mean length of a block, in values, from 1 on. */
  readonly meanBlock: number;
  readonly draws: number;
  readonly seed: number;
}

/** Names the random streams of bootstraps. */
const STREAM = 71;

/** Positions of one resampled series after another; the array is used again for each. @param length Of the series. */
export function* stationaryDraws(length: number, options: BootstrapOptions): Generator<Uint32Array> {
  const { meanBlock, draws, seed } = options;
  if (!(length >= 1 && meanBlock >= 1 && draws >= 1)) {
    throw new RangeError(
      "Cannot resample as there must be a value, and block and draws must be from 1 on: there are " +
        `${length}, ${meanBlock} and ${draws}`,
    );
  }
  const random = new SeededRandom(seed, STREAM);
  const positions = new Uint32Array(length);
  for (let draw = 0; draw < draws; draw++) {
    let position = Math.floor(random.uniform() * length);
    for (let index = 0; index < length; index++) {
      positions[index] = position;
      position = random.uniform() < 1 / meanBlock
        ? Math.floor(random.uniform() * length)
        : (position + 1) % length; // blocks go round the end
    }
    yield positions;
  }
}

/** The statistic of each resampled series, ascending. @param statistic Of values in the order given. */
export function bootstrapStatistic(
  values: ArrayLike<number>,
  statistic: (resampled: Float64Array) => number,
  options: BootstrapOptions,
): Float64Array {
  const resampled = new Float64Array(values.length);
  const found = new Float64Array(options.draws);
  let draw = 0;
  for (const positions of stationaryDraws(values.length, options)) {
    for (let index = 0; index < resampled.length; index++) resampled[index] = values[positions[index]!]!;
    found[draw++] = statistic(resampled);
  }
  return found.sort();
}

/** The middle `share` of a sorted sample, e.g. .95. */
export function centralInterval(sorted: Float64Array, share: number): readonly [low: number, high: number] {
  const at = (quantile: number) =>
    sorted[Math.min(sorted.length - 1, Math.max(0, Math.round(quantile * (sorted.length - 1))))]!;
  return [at((1 - share) / 2), at((1 + share) / 2)];
}

/** How often the mean of the differences is above 0 in resampled series; a tie counts half. */
export function probabilityAboveZero(differences: ArrayLike<number>, options: BootstrapOptions): number {
  let above = 0;
  for (const positions of stationaryDraws(differences.length, options)) {
    let sum = 0;
    for (let index = 0; index < positions.length; index++) sum += differences[positions[index]!]!;
    above += sum > 0 ? 1 : sum === 0 ? 0.5 : 0;
  }
  return above / options.draws;
}
