/** The yardsticks by name, with their parameters; each can be changed, and the market is then solved anew. */
import { cycle } from "./cycle.ts";
import { hiddenRegime } from "./hidden_regime.ts";
import type { Market } from "./market.ts";
import { meanReversion } from "./mean_reversion.ts";
import { pureNoise } from "./pure_noise.ts";

/** A parameter: its meaning, and the open range in which it makes sense. */
export interface ParameterSpec {
  readonly help: string;
  readonly above: number;
  readonly below: number;
}

export const PARAMETERS = {
  kappa: { help: "A, A+: share of the distance that a tick takes back", above: 0, below: 1 },
  sigma: { help: "A, A+, C, D, L: standard deviation of a tick's noise", above: 0, below: 1 },
  cost: { help: "All: cost of a unit traded, as a log return", above: -1e-12, below: 1 },
  "asymmetric-cost": {
    help: "All: cost of a unit sold, where --cost is that of a unit bought",
    above: -1e-12,
    below: 1,
  },
  hold: { help: "All: cost of holding a unit for a tick", above: -1e-12, below: 1 },
  amplitude: { help: "B: size of the swings", above: 0, below: 1 },
  period: { help: "B: ticks of a cycle", above: 3, below: 201 },
  trend: { help: "C: mean return of a tick, up or down", above: 0, below: 1 },
  flip: { help: "C: probability that the trend turns", above: 0, below: 0.5 },
} as const satisfies Record<string, ParameterSpec>;
export type ParameterName = keyof typeof PARAMETERS;
export type Parameters = { readonly [K in ParameterName]?: number };

interface Yardstick {
  /** Its own parameters beside the costs. */
  readonly defaults: Parameters;
  make(name: string, p: Required<Parameters>): Market;
}

const NOISE_FEATURES = 23;
const EWMA_SPANS = [4, 12, 36];
const LAGS = 8;
const LOOP = 5_000;

const costsOf = (p: Required<Parameters>) => ({ buy: p.cost, sell: p["asymmetric-cost"], hold: p.hold });
const mean = (noiseFeatures: number): Yardstick => ({
  defaults: { kappa: 0.1, sigma: 0.01, cost: 0.006 },
  make: (name, p) =>
    meanReversion({ name, kappa: p.kappa, sigma: p.sigma, costs: costsOf(p), noiseFeatures }),
});
const regime = (spans: readonly number[]): Yardstick => ({
  defaults: { trend: 0.004, flip: 0.02, sigma: 0.01, cost: 0.01 },
  make: (name, p) =>
    hiddenRegime({ name, trend: p.trend, flip: p.flip, sigma: p.sigma, costs: costsOf(p), spans }),
});
const noise = (leaksFuture: boolean): Yardstick => ({
  defaults: { sigma: 0.01, cost: 0.003, hold: 0.0002 },
  make: (name, p) =>
    pureNoise({ name, sigma: p.sigma, costs: costsOf(p), lags: LAGS, loop: LOOP, leaksFuture }),
});

const YARDSTICKS: Readonly<Record<string, Yardstick>> = {
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

export const MARKET_NAMES: readonly string[] = Object.keys(YARDSTICKS);
const COSTS: readonly ParameterName[] = ["cost", "asymmetric-cost", "hold"];

/** Whether a market has a parameter. */
export function hasParameter(market: string, parameter: ParameterName): boolean {
  return COSTS.includes(parameter) || parameter in YARDSTICKS[market].defaults;
}

/** Makes a market. @param given Parameters in place of its own; those that it has not are passed over. */
export function makeMarket(name: string, given: Parameters = {}): Market {
  const { defaults, make } = YARDSTICKS[name];
  const known = { hold: 0, ...defaults, ...given };
  const cost = known.cost!;
  return make(
    name,
    { ...known, "asymmetric-cost": given["asymmetric-cost"] ?? cost } as Required<Parameters>,
  );
}
