/** A Markov chain on a grid: where a market goes from each state, and what it is expected to earn there. Pure. */

export interface MarketChain {
  readonly states: number;
  /** Row-major, `[states, states]`; each row sums to 1. */
  readonly probability: Float64Array;
  /** First and last state with a probability above 0, of each row. */
  readonly first: Int32Array;
  readonly last: Int32Array;
  /** Mean log return of the coming tick in each state. */
  readonly drift: Float64Array;
}

/** Densities beyond so many standard deviations are left out: their mass is below 1e-8. */
const TAIL_SD = 6;

/** Makes a chain of rows of weights, which are normalised. @throws {RangeError} If a row has no weight. */
export function makeChain(
  drift: ArrayLike<number>,
  weight: (from: number, to: number) => number,
): MarketChain {
  const states = drift.length;
  const probability = new Float64Array(states * states);
  const first = new Int32Array(states);
  const last = new Int32Array(states);
  for (let from = 0; from < states; from++) {
    const row = probability.subarray(from * states, (from + 1) * states);
    let sum = 0;
    for (let to = 0; to < states; to++) sum += row[to] = weight(from, to);
    if (!(sum > 0)) {
      throw new RangeError(
        `Cannot make a chain as every state must lead somewhere: state ${from} has weight ${sum}`,
      );
    }
    for (let to = 0; to < states; to++) row[to] /= sum;
    first[from] = row.findIndex((value) => value > 0);
    last[from] = row.findLastIndex((value) => value > 0);
  }
  return { states, probability, first, last, drift: Float64Array.from(drift) };
}

/** Means of the next state's values, from each state. @param into `[states]`, overwritten from `start` up to `end`. */
export function expectNext(
  chain: MarketChain,
  values: Float64Array,
  into: Float64Array,
  start = 0,
  end = chain.states,
): void {
  const { states, probability, first, last } = chain;
  for (let from = start; from < end; from++) {
    let sum = 0;
    for (let to = first[from], at = from * states + to; to <= last[from]; to++) {
      sum += probability[at++] * values[to];
    }
    into[from] = sum;
  }
}

/** Weight of a grid point under a normal density. Sums over an even grid are exact to the last digits as long as its step is
 * below about 0.6 standard deviations (trapezoidal rule on a smooth function). */
export function normalWeight(value: number, mean: number, sd: number): number {
  const z = (value - mean) / sd;
  return Math.abs(z) > TAIL_SD ? 0 : Math.exp(-0.5 * z * z);
}

/** An even grid, symmetric about 0. */
export interface Grid {
  readonly points: Float64Array;
  /** Index of the point nearest to a value. */
  nearest(value: number): number;
}

const FINEST_STEP_SD = 0.15;
const COARSEST_STEP_SD = 0.6;
const MOST_POINTS = 241;

/** A grid from -reach to reach, fine against the sd of one tick's move. @throws {RangeError} If it takes too many points. */
export function makeGrid(reach: number, moveSd: number): Grid {
  const half = Math.min((MOST_POINTS - 1) / 2, Math.ceil(reach / (FINEST_STEP_SD * moveSd)));
  const step = reach / half;
  if (!(step <= COARSEST_STEP_SD * moveSd)) {
    throw new RangeError(
      `Cannot solve the market as its state must stay within ${
        Math.floor(COARSEST_STEP_SD * (MOST_POINTS - 1) / 2)
      } times a tick's move: it strays ${(reach / moveSd).toFixed(1)} times as far`,
    );
  }
  const points = Float64Array.from({ length: 2 * half + 1 }, (_, index) => (index - half) * step);
  return {
    points,
    nearest: (value) => Math.max(0, Math.min(2 * half, Math.round(value / step) + half)),
  };
}
