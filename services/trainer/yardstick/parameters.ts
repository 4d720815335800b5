/** What can be changed about a market; it is then solved anew. */

/** A parameter: its meaning, and the open range in which it makes sense. */
export interface ParameterSpec {
  readonly help: string;
  readonly above: number;
  readonly below: number;
}

export const PARAMETERS = {
  kappa: { help: "A, A+, A-stop: share of the distance that a tick takes back", above: 0, below: 1 },
  sigma: { help: "A, A+, A-stop, C, D, L: standard deviation of a tick's noise", above: 0, below: 1 },
  cost: { help: "All but CartPole: cost of a unit traded, as a log return", above: -1e-12, below: 1 },
  "asymmetric-cost": {
    help: "All but CartPole: cost of a unit sold, where --cost is that of a unit bought",
    above: -1e-12,
    below: 1,
  },
  hold: { help: "All but CartPole: cost of holding a unit for a tick", above: -1e-12, below: 1 },
  amplitude: { help: "B: size of the swings", above: 0, below: 1 },
  period: { help: "B: ticks of a cycle", above: 3, below: 201 },
  trend: { help: "C: mean return of a tick, up or down", above: 0, below: 1 },
  flip: { help: "C: probability that the trend turns", above: 0, below: 0.5 },
  "stop-rebate": {
    help: "A-stop: what a stop exit earns in place of its cost, in --sigma",
    above: -1e-12,
    below: 100,
  },
} as const satisfies Record<string, ParameterSpec>;
export type ParameterName = keyof typeof PARAMETERS;
export type Parameters = { readonly [K in ParameterName]?: number };

const COSTS: readonly ParameterName[] = ["cost", "asymmetric-cost", "hold"];

/** Whether a market with these defaults has a parameter: those that it names, and all costs. */
export function hasParameter(defaults: Parameters, parameter: ParameterName): boolean {
  return parameter in defaults || COSTS.includes(parameter);
}

/** A market's parameters with the costs filled in: selling costs what buying does, and holding nothing, unless told otherwise. */
export function filled(defaults: Parameters, given: Parameters): Parameters {
  const known = { hold: 0, ...defaults, ...given };
  return { ...known, "asymmetric-cost": given["asymmetric-cost"] ?? known.cost };
}
