/** Turns experience into what the learner learns: the reward of every afterstate and the cost of every next decision.
 * Pure: no Redis, no engine. All money goes through `accountStep`.
 *
 * Reward is marked at fills: decision t earns from the open of t+1 to the open of t+2 (costs are apart, in the
 * candidates), so the rewards of a run telescope to its equity. Everything is divided by the symbol's constant sigma. */
import {
  accountStep,
  costOf,
  type CostRules,
  fromLaneAccount,
  markEquity,
  openAccount,
} from "../core/account/account_step.ts";
import { parseMoney } from "../core/account/money.ts";
import type { Experience } from "../core/contracts/experience.ts";
import type { RewardRecord } from "../core/contracts/learning.ts";
import type { LearnerStep } from "../core/model/native_types.ts";
import { type Environment, learnerStep } from "./environment.ts";

const FREE: CostRules = { feeBps: 0, halfSpreadBps: 0, slippageBps: 0 };
/** Large, so that rounding to the unit is below 1e-10 of equity. */
const UNIT_EQUITY = parseMoney("1000000");
/** What ruin costs: the log return of losing all but a thousandth. */
const RUIN_LOG_RETURN = Math.log(1e-3);

export class RewardAgent implements Environment<Experience> {
  readonly #targets: readonly number[];
  readonly #rules: CostRules;
  readonly #sigma: Readonly<Record<string, number>>;
  readonly #regressionHeads: number;

  constructor(parts: {
    /** Target position of each action value. */
    readonly targets: readonly number[];
    readonly rules: CostRules;
    /** Standard deviation of each symbol's log return a bar. */
    readonly sigma: Readonly<Record<string, number>>;
    /** How many heads the network has beside the action head. */
    readonly regressionHeads: number;
  }) {
    this.#targets = parts.targets;
    this.#rules = parts.rules;
    this.#sigma = parts.sigma;
    this.#regressionHeads = parts.regressionHeads;
  }

  get decisions(): number {
    return this.#targets.length;
  }

  /** One step for the learner: all afterstates of bar t. */
  learnerStep(experience: Experience): LearnerStep {
    return learnerStep(this, experience);
  }

  afterstate(experience: Experience, decision: number): { reward: number; isRuined: boolean } {
    const logReturn = this.#holdingReturn(experience, this.#targets[decision]);
    return {
      reward: logReturn / this.#sigmaOf(experience.symbol),
      isRuined: logReturn <= RUIN_LOG_RETURN,
    };
  }

  cost(experience: Experience, from: number, to: number): number {
    return costOf(this.#targets[from], this.#targets[to], this.#rules) / this.#sigmaOf(experience.symbol);
  }

  regressionTargets(experience: Experience): Float32Array {
    return new Float32Array(this.#regressionHeads).fill(
      Math.abs(logReturnOf(experience)) / this.#sigmaOf(experience.symbol),
    );
  }

  /** What a live decision earned; null where nobody decided. */
  reward(experience: Experience): RewardRecord | null {
    const decision = experience.decision;
    if (decision === null) return null;
    const before = markEquity(fromLaneAccount(decision.laneAccount), experience.next.open);
    const after = markEquity(fromLaneAccount(decision.nextLaneAccount), experience.exitOpen);
    const isSolvent = before > 0n;
    const net = isSolvent && after > 0n ? Math.log(Number(after) / Number(before)) : RUIN_LOG_RETURN;
    const cost = isSolvent ? Number(parseMoney(decision.fee)) / Number(before) : 0;
    return {
      decisionId: decision.id,
      logReturn: net,
      cost,
      reward: net / this.#sigmaOf(experience.symbol),
    };
  }

  /** Log return of holding `target` from the open of t+1 to the open of t+2, entered at no cost. */
  #holdingReturn(experience: Experience, target: number): number {
    const order = { decidedAtMs: experience.barMs, target };
    const { account, equityAtOpen } = accountStep(openAccount(UNIT_EQUITY), order, experience.next, FREE);
    const end = markEquity(account, experience.exitOpen);
    return Math.max(
      RUIN_LOG_RETURN,
      end > 0n ? Math.log(Number(end) / Number(equityAtOpen)) : RUIN_LOG_RETURN,
    );
  }

  #sigmaOf(symbol: string): number {
    const sigma = this.#sigma[symbol];
    if (sigma === undefined) {
      throw new RangeError(
        `Cannot reward ${symbol} as its sigma must be known: known are ${
          Object.keys(this.#sigma).join(", ")
        }`,
      );
    }
    return sigma;
  }
}

/** Standard deviation of the log returns from open to open, the constant scale of a symbol's rewards.
 * @throws {RangeError} If prices never move, or there are fewer than 20 steps. */
export function rewardSigma(symbol: string, experiences: readonly Experience[]): number {
  if (experiences.length < 20) {
    throw new RangeError(
      `Cannot scale the rewards of ${symbol} as it takes 20 steps or more: there are ${experiences.length}`,
    );
  }
  const returns = experiences.map(logReturnOf);
  const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length;
  const sigma = Math.sqrt(returns.reduce((sum, value) => sum + (value - mean) ** 2, 0) / returns.length);
  if (!(sigma > 0)) {
    throw new RangeError(`Cannot scale the rewards of ${symbol} as its price must move: it stands still`);
  }
  return sigma;
}

function logReturnOf(experience: Experience): number {
  return Math.log(experience.exitOpen / experience.next.open);
}
