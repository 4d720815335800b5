/** Markets without account features by name, with their parameters. */
import { cycle } from "./cycle.ts";
import { hiddenRegime } from "./hidden_regime.ts";
import type { Market } from "./market.ts";
import { meanReversion } from "./mean_reversion.ts";
import { filled, type Parameters } from "./parameters.ts";
import { pureNoise } from "./pure_noise.ts";

interface MarketSpec {
  /** Its parameters; the costs that are absent are those of `cost`, or nothing. */
  readonly defaults: Parameters;
  make(name: string, p: Required<Parameters>): Market;
}

const NOISE_FEATURES = 23;
const EWMA_SPANS = [4, 12, 36];
const LAGS = 8;
const LOOP = 5_000;

const costsOf = (p: Required<Parameters>) => ({ buy: p.cost, sell: p["asymmetric-cost"], hold: p.hold });
const mean = (noiseFeatures: number): MarketSpec => ({
  defaults: { kappa: 0.1, sigma: 0.01, cost: 0.006 },
  make: (name, p) =>
    meanReversion({ name, kappa: p.kappa, sigma: p.sigma, costs: costsOf(p), noiseFeatures }),
});
const regime = (spans: readonly number[]): MarketSpec => ({
  defaults: { trend: 0.004, flip: 0.02, sigma: 0.01, cost: 0.01 },
  make: (name, p) =>
    hiddenRegime({ name, trend: p.trend, flip: p.flip, sigma: p.sigma, costs: costsOf(p), spans }),
});
const noise = (leaksFuture: boolean): MarketSpec => ({
  defaults: { sigma: 0.01, cost: 0.003, hold: 0.0002 },
  make: (name, p) =>
    pureNoise({ name, sigma: p.sigma, costs: costsOf(p), lags: LAGS, loop: LOOP, leaksFuture }),
});

const MARKETS: Readonly<Record<string, MarketSpec>> = {
  "A": mean(0),
  "A+": mean(NOISE_FEATURES),
  "B": {
    defaults: { amplitude: 0.02, period: 24, cost: 0.008 },
    make: (name, p) => cycle({ name, amplitude: p.amplitude, period: p.period, costs: costsOf(p) }),
  },
  "C-belief": regime([]),
  "C-ewma": regime(EWMA_SPANS),
  "D": noise(false),
  "L": noise(true),
};

export const MARKET_NAMES: readonly string[] = Object.keys(MARKETS);

/** @throws {TypeError} If there is none of this name. */
export function marketDefaults(name: string): Parameters {
  return MARKETS[name].defaults;
}

/** Makes a market. @param given Parameters in place of its own; those that it has not are passed over. */
export function makeMarket(name: string, given: Parameters = {}): Market {
  const { defaults, make } = MARKETS[name];
  return make(name, filled(defaults, given) as Required<Parameters>);
}
