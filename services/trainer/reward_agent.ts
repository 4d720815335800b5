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

const FREE: CostRules = { feeBps: 0, halfSpreadBps: 0, slippageBps: 0 };
/** Large, so that rounding to the unit is below 1e-10 of equity. */
const UNIT_EQUITY = parseMoney("1000000");
/** What ruin costs: the log return of losing all but a thousandth. */
const RUIN_LOG_RETURN = Math.log(1e-3);

export class RewardAgent {
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

  /** One step for the learner: all afterstates of bar t (counterfactual: the market does not react to our size). */
  learnerStep(experience: Experience): LearnerStep {
    const sigma = this.#sigmaOf(experience.symbol);
    const count = this.#targets.length;
    const rewards = new Float32Array(count);
    const terminals = new Uint8Array(count);
    const offsets = new Uint32Array(count + 1);
    const candidateClasses: number[] = [];
    const candidateCosts: number[] = [];
    this.#targets.forEach((held, index) => {
      const logReturn = this.#holdingReturn(experience, held);
      rewards[index] = logReturn / sigma;
      if (logReturn <= RUIN_LOG_RETURN) {
        terminals[index] = 1;
      } else {
        this.#targets.forEach((next, candidate) => {
          candidateClasses.push(candidate);
          candidateCosts.push(costOf(held, next, this.#rules) / sigma);
        });
      }
      offsets[index + 1] = candidateClasses.length;
    });
    return {
      features: experience.features,
      nextFeatures: experience.nextFeatures,
      classes: Uint8Array.from(this.#targets, (_, index) => index),
      rewards,
      terminals,
      candidateOffsets: offsets,
      candidateClasses: Uint8Array.from(candidateClasses),
      candidateCosts: Float32Array.from(candidateCosts),
      regressionTargets: new Float32Array(this.#regressionHeads).fill(
        Math.abs(logReturnOf(experience)) / sigma,
      ),
    };
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
