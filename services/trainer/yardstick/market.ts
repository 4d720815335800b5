/** A market with a computable optimum, and the convention that all of them share. Pure.
 *
 * At tick t the trader sees the features F_t and its position p, and chooses a in {-1, 0, 1}; it earns
 * a·R_t − cost(p → a) − hold·|a|, where R_t is the log return from t to t+1 and F_t uses data up to t. */
import type { SeededRandom } from "../../core/market/seeded_random.ts";
import type { MarketStep } from "../environment.ts";
import type { MarketChain } from "./market_chain.ts";

/** Position of each decision, in the order of the outputs. */
export const POSITIONS = [-1, 0, 1] as const;
export const DECISIONS = POSITIONS.length;
export const FLAT = 1;

/** In log return. */
export interface Costs {
  /** Of one unit bought. */
  readonly buy: number;
  /** Of one unit sold. */
  readonly sell: number;
  /** Of holding one unit for a tick, long or short. */
  readonly hold: number;
}

/** What going from one decision's position to another's costs. */
export function tradingCost(costs: Costs, from: number, to: number): number {
  const units = POSITIONS[to] - POSITIONS[from];
  return Math.abs(units) * (units > 0 ? costs.buy : costs.sell);
}

/** What a tick of holding a decision's position costs. */
export function holdingCost(costs: Costs, decision: number): number {
  return costs.hold * Math.abs(POSITIONS[decision]);
}

/** One tick of a path. */
export interface Tick extends MarketStep {
  readonly logReturn: number;
  /** Mean of the log return given all that a perfect observer knows at t; scoring with it counts no luck. */
  readonly expectedReturn: number;
  /** The nearest state of the market's chain, for the rules that the solver finds. */
  readonly state: number;
}

/** The features that belong to the states of a market's chain. */
export interface StateFeatures {
  /** Row-major; the rows of state s are the `rowsPerState` from `s * rowsPerState` on. */
  readonly rows: Float32Array;
  /** More than 1 where features hold noise beside the state: each row is one draw of it. */
  readonly rowsPerState: number;
}

export interface Market {
  readonly name: string;
  /** One line: what it is, with its parameters. */
  readonly about: string;
  /** Number of features. */
  readonly inputs: number;
  readonly costs: Costs;
  /** Standard deviation of R, by which rewards are divided. */
  readonly returnSd: number;
  /** The market as a perfect observer sees it; the optimum is solved on it. */
  readonly chain: MarketChain;
  /** Where the features follow from the chain's state, so that a network is scored exactly; null where a held-out path is needed. */
  readonly stateFeatures: StateFeatures | null;
  /** An endless path; `learning` tells the path to learn from from the held-out one, where they differ in kind. */
  path(random: SeededRandom, use: "learning" | "held-out"): Generator<Tick>;
}
