/** Market C: a hidden trend s = ±1 that flips with a probability, R = trend · s' + σε. What an optimal observer knows is the
 * probability that s = 1: the filter's belief. C-belief shows half its logit; C-ewma shows averages of R and hides it. */
import type { SeededRandom } from "../../core/market/seeded_random.ts";
import type { Costs, Market, Tick } from "./market.ts";
import { makeChain, makeGrid, normalWeight } from "./market_chain.ts";

export interface HiddenRegime {
  readonly name: string;
  /** Mean return of a tick, up or down. */
  readonly trend: number;
  /** Probability that the trend turns, a tick; in (0, 0.5). */
  readonly flip: number;
  readonly sigma: number;
  readonly costs: Costs;
  /** Spans of the averages that are seen; none to see the belief itself. */
  readonly spans: readonly number[];
}

const REACH_SD = 6;
/** Ticks until the averages have forgotten how they began. */
const WARM_UP = 500;

export function hiddenRegime({ name, trend, flip, sigma, costs, spans }: HiddenRegime): Market {
  const seesBelief = spans.length === 0;
  // After a tick the logit is that of the belief that the trend did not turn unseen, plus evidence of mean ±drift and sd `noise`.
  const evidence = 2 * trend / sigma ** 2;
  const [drift, noise] = [evidence * trend, evidence * sigma];
  const widest = Math.log((1 - flip) / flip) + drift + REACH_SD * noise;
  const usual = REACH_SD * Math.hypot(noise, drift) / Math.sqrt(1 - (1 - 2 * flip) ** 2);
  const grid = makeGrid(Math.min(widest, usual), noise);
  const { points } = grid;
  const predict = (logit: number) => {
    const belief = 1 / (1 + Math.exp(-logit));
    return belief * (1 - flip) + (1 - belief) * flip;
  };
  const logitOf = (belief: number) => Math.log(belief / (1 - belief));
  const expected = (logit: number) => trend * (2 * predict(logit) - 1);
  const averages = spans.map((span) => new MovingAverage(span, trend, flip, sigma));
  return {
    name,
    about:
      `a hidden trend of ±${trend} that turns with probability ${flip}, under noise of ${sigma}; seen is ` +
      (seesBelief ? "the filter's belief" : `averages over ${spans.join(", ")} ticks`),
    inputs: seesBelief ? 1 : spans.length,
    costs,
    returnSd: Math.hypot(trend, sigma),
    chain: makeChain(points.map(expected), (from, to) => {
      const prior = predict(points[from]);
      return prior * normalWeight(points[to], logitOf(prior) + drift, noise) +
        (1 - prior) * normalWeight(points[to], logitOf(prior) - drift, noise);
    }),
    stateFeatures: seesBelief
      ? { rows: Float32Array.from(points, (logit) => logit / 2), rowsPerState: 1 }
      : null,
    *path(random: SeededRandom): Generator<Tick> {
      const values = averages.map(() => 0);
      let logit = 0;
      let state = random.uniform() < 0.5 ? 1 : -1;
      const observe = () =>
        seesBelief
          ? Float32Array.of(logit / 2)
          : Float32Array.from(averages, (average, index) => values[index] / average.sd);
      let seen = observe();
      for (let tick = 0;; tick++) {
        if (random.uniform() < flip) state = -state;
        const logReturn = trend * state + sigma * random.normal();
        const before = {
          features: seen,
          logReturn,
          expectedReturn: expected(logit),
          state: grid.nearest(logit),
        };
        logit = logitOf(predict(logit)) + evidence * logReturn;
        averages.forEach((average, index) => values[index] += average.weight * (logReturn - values[index]));
        seen = observe();
        if (tick >= WARM_UP) yield { ...before, nextFeatures: seen };
      }
    },
  };
}

/** An exponential average of the returns, with weight 2 / (span + 1). */
class MovingAverage {
  readonly weight: number;
  /** Its standard deviation, from the autocovariance trend² · (1 − 2 flip)^k of the returns. */
  readonly sd: number;

  constructor(span: number, trend: number, flip: number, sigma: number) {
    this.weight = 2 / (span + 1);
    const memory = (1 - this.weight) * (1 - 2 * flip);
    this.sd = Math.sqrt(
      this.weight / (2 - this.weight) * (sigma ** 2 + trend ** 2 * (1 + memory) / (1 - memory)),
    );
  }
}
