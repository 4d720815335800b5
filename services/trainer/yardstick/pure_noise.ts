/** Markets D and L: R = σε, F = the last returns in σ, on ticks that repeat. On D there is nothing to learn, and flat is best;
 * L adds the sign of the coming return, the canary: a learner must win when it is given the answer. */
import type { SeededRandom } from "../../core/market/seeded_random.ts";
import type { Costs, Market, Tick } from "./market.ts";
import { makeChain } from "./market_chain.ts";

export interface PureNoise {
  readonly name: string;
  readonly sigma: number;
  readonly costs: Costs;
  /** How many last returns are seen. */
  readonly lags: number;
  /** Ticks after which the path to learn from repeats. */
  readonly loop: number;
  /** Whether the sign of R_t is seen at t. */
  readonly leaksFuture: boolean;
}

export function pureNoise({ name, sigma, costs, lags, loop, leaksFuture }: PureNoise): Market {
  /** Mean size of a normal return. */
  const size = sigma * Math.sqrt(2 / Math.PI);
  const stateOf = (logReturn: number) => leaksFuture && logReturn > 0 ? 1 : 0;
  const drift = leaksFuture ? [-size, size] : [0];
  return {
    name,
    about: `noise of ${sigma}; seen are the last ${lags} returns` +
      (leaksFuture ? " and the sign of the coming one" : ""),
    inputs: lags + Number(leaksFuture),
    costs,
    returnSd: sigma,
    chain: makeChain(drift, () => 1),
    stateFeatures: null,
    *path(random: SeededRandom, use: "learning" | "held-out"): Generator<Tick> {
      const returns = use === "learning"
        ? repeat(Float64Array.from({ length: loop }, () => sigma * random.normal()))
        : drawReturns(random, sigma);
      const recent: number[] = [];
      const next = () => returns.next().value;
      for (let lag = 0; lag < lags; lag++) recent.unshift(next());
      const observe = (coming: number) =>
        Float32Array.from([
          ...recent.map((value) => value / sigma),
          ...(leaksFuture ? [Math.sign(coming)] : []),
        ]);
      for (let logReturn = next(), seen = observe(logReturn);;) {
        recent.unshift(logReturn);
        recent.pop();
        const coming = next();
        const nextFeatures = observe(coming);
        const state = stateOf(logReturn);
        yield { features: seen, nextFeatures, logReturn, expectedReturn: drift[state], state };
        [logReturn, seen] = [coming, nextFeatures];
      }
    },
  };
}

function* repeat(values: Float64Array): Generator<number, never> {
  for (;;) yield* values;
}

function* drawReturns(random: SeededRandom, sigma: number): Generator<number, never> {
  for (;;) yield sigma * random.normal();
}
