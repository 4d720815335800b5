/** Markets A and A+: x' = (1 − κ)x + σε, R = Δx, F = x in its standard deviation; A+ adds features of noise. */
import type { SeededRandom } from "../../core/market/seeded_random.ts";
import { type Costs, type Market, type Tick } from "./market.ts";
import { makeChain, makeGrid, normalWeight } from "./market_chain.ts";
import { drawNoise } from "./noise_features.ts";

export interface MeanReversion {
  readonly name: string;
  /** Share of x that a tick takes back, in (0, 1]. */
  readonly kappa: number;
  /** Standard deviation of a tick's shock. */
  readonly sigma: number;
  readonly costs: Costs;
  /** Further features that say nothing. */
  readonly noiseFeatures: number;
}

const REACH_SD = 4.5;
/** Draws of the noise features in each state, where there are any. */
const NOISE_DRAWS = 64;

export function meanReversion(parameters: MeanReversion): Market {
  const { name, kappa, sigma, costs, noiseFeatures } = parameters;
  const sd = sigma / Math.sqrt(1 - (1 - kappa) ** 2);
  const grid = makeGrid(REACH_SD * sd, sigma);
  const { points } = grid;
  const inputs = 1 + noiseFeatures;
  const features = (x: number, noise: Float32Array) => {
    const row = new Float32Array(inputs);
    row[0] = x / sd;
    row.set(noise, 1);
    return row;
  };
  return {
    name,
    about: `mean reversion: x' = ${+(1 - kappa).toPrecision(6)}x + ${sigma}ε, R = Δx` +
      (noiseFeatures > 0 ? `, and ${noiseFeatures} features of noise` : ""),
    inputs,
    costs,
    returnSd: Math.sqrt(kappa ** 2 * sd ** 2 + sigma ** 2),
    chain: makeChain(
      points.map((x) => -kappa * x),
      (from, to) => normalWeight(points[to], (1 - kappa) * points[from], sigma),
    ),
    stateFeatures: drawNoise(points, noiseFeatures, noiseFeatures > 0 ? NOISE_DRAWS : 1, features),
    *path(random: SeededRandom): Generator<Tick> {
      const observe = (x: number) =>
        features(x, Float32Array.from({ length: noiseFeatures }, () => random.normal()));
      let x = sd * random.normal();
      let seen = observe(x);
      for (;;) {
        const next = (1 - kappa) * x + sigma * random.normal();
        const nextFeatures = observe(next);
        yield {
          features: seen,
          nextFeatures,
          logReturn: next - x,
          expectedReturn: -kappa * x,
          state: grid.nearest(x),
        };
        [x, seen] = [next, nextFeatures];
      }
    },
  };
}
