/** Makes steps of what was done alone: of live decisions, and of a simulated lane on history, where nobody decided.
 *
 * With n steps a target adds up the rewards of n decisions, each as it was made, before the value of what follows:
 * ρ_t + Σ_{i<n} γ^i (ρ_t+i − c_t+i) (Sutton & Barto 2018, section 7.1). What an explored decision cost counts in it uncorrected. */
import { type Account, fromLaneAccount, markEquity } from "../core/account/account.ts";
import { accountStep } from "../core/account/account_step.ts";
import type { RulesOf, TradeRules } from "../core/account/trade_rules.ts";
import { type Experience, lastBarOf } from "../core/contracts/experience.ts";
import { type Candidate, orderOf } from "../core/decisions/candidate.ts";
import type { DecisionSpace } from "../core/decisions/decision_space.ts";
import type { Held } from "../core/decisions/held.ts";
import type { LearnerStep } from "../core/model/native_types.ts";
import { branchingStep } from "./branching_step.ts";
import { learnerStep, type Outcome } from "./environment.ts";
import { explore } from "./explore.ts";
import { branchingState, type LearnerPolicy } from "./learner_policy.ts";
import type { RewardAgent } from "./reward_agent.ts";
import type { StepMaker } from "./step_maker.ts";
import { stepRandom } from "./step_random.ts";
import { rescaleOf, UNIT_ACCOUNT } from "./unit_account.ts";

export interface VisitedStepsParts {
  readonly agent: RewardAgent;
  readonly policy: LearnerPolicy;
  readonly space: DecisionSpace;
  /** Of a unit account. */
  readonly rulesOf: RulesOf;
  readonly laneRulesOf: RulesOf;
  /** Standard deviation of each symbol's log return a bar. */
  readonly sigma: Readonly<Record<string, number>>;
  readonly value: "afterstate" | "branching";
  readonly nStep: number;
  readonly gamma: number;
  /** Share of the simulated decisions that each head draws at random, after so many steps. */
  readonly epsilonAfter: (steps: number) => number;
  readonly seed: number;
}

/** One decision with what became of it. */
interface Lived {
  readonly experience: Experience;
  readonly held: Held;
  readonly decided: Candidate;
  /** In the reward's unit. */
  readonly cost: number;
  readonly outcome: Outcome;
  readonly heldAfter: Held;
}

/** Names the random numbers of exploring. */
const PURPOSE = 73;

export class VisitedSteps implements StepMaker {
  readonly #parts: VisitedStepsParts;
  /** By symbol: decisions that no target has begun with yet, oldest first. */
  readonly #waiting = new Map<string, Lived[]>();
  /** Simulated accounts by symbol; null once history is over. */
  #lanes: Map<string, Account> | null = new Map();
  #simulated = 0;

  constructor(parts: VisitedStepsParts) {
    this.#parts = parts;
  }

  steps(experience: Experience): LearnerStep[] {
    return this.#take(experience).map((chain) => this.#step(chain));
  }

  remember(experience: Experience): void {
    if (experience.decision !== null) this.#take(experience);
  }

  endHistory(): LearnerStep[] {
    this.#lanes = null;
    const ends = [...this.#waiting.values()].flatMap(endsOf);
    this.#waiting.clear();
    return ends.map((chain) => this.#step(chain));
  }

  /** The decisions of each target that is complete by this experience. */
  #take(experience: Experience): Lived[][] {
    const { symbol, barMs } = experience;
    let waiting = this.#waiting.get(symbol) ?? [];
    const complete: Lived[][] = [];
    const lived = this.#live(experience);
    if (lived === null || (waiting.at(-1)?.experience.next.openTimeMs ?? barMs) !== barMs) {
      complete.push(...endsOf(waiting));
      waiting = [];
    }
    if (lived !== null) waiting = [...waiting, lived];
    if (lived?.outcome.isRuined) {
      complete.push(...endsOf(waiting));
      waiting = [];
    } else if (waiting.length === this.#parts.nStep) {
      complete.push(waiting);
      waiting = waiting.slice(1);
    }
    this.#waiting.set(symbol, waiting);
    return complete;
  }

  /** Null where it is not known what was done. */
  #live(experience: Experience): Lived | null {
    const { decision } = experience;
    if (decision === null) return this.#lanes === null ? null : this.#simulate(experience, this.#lanes);
    const { agent, space } = this.#parts;
    const account = fromLaneAccount(decision.laneAccount);
    const held = agent.heldBefore(experience, account);
    const decided = decision.order === null ? space.keep(held) : carriedOut(space.candidates(held), decision);
    if (decided === undefined) return null;
    const after = fromLaneAccount(decision.nextLaneAccount);
    return this.#lived(experience, account, held, decided, after, this.#parts.laneRulesOf(experience.symbol));
  }

  /** What the learner would do now on a lane of its own, which begins anew after a ruin. */
  #simulate(experience: Experience, lanes: Map<string, Account>): Lived {
    const { agent, policy, rulesOf, seed, epsilonAfter } = this.#parts;
    const { symbol, next } = experience;
    const rules = rulesOf(symbol);
    const account = lanes.get(symbol) ?? UNIT_ACCOUNT;
    const held = agent.heldBefore(experience, account);
    const [weighing] = policy.weigh(experience, [held]);
    const decided = explore(weighing, epsilonAfter(this.#simulated++), stepRandom(PURPOSE, seed, experience));
    const order = orderOf(decided, experience, rules);
    const after = accountStep(account, order, next, rules, lastBarOf(experience)).account;
    const lived = this.#lived(experience, account, held, decided, after, rules);
    const { isRuined } = lived.outcome;
    const rescale = isRuined ? null : rescaleOf(markEquity(after, experience.exitOpen));
    lanes.set(symbol, isRuined ? UNIT_ACCOUNT : rescale?.(after) ?? after);
    return lived;
  }

  #lived(
    experience: Experience,
    account: Account,
    held: Held,
    decided: Candidate,
    after: Account,
    accountRules: TradeRules,
  ): Lived {
    const { agent, space, rulesOf, sigma } = this.#parts;
    const { symbol } = experience;
    return {
      experience,
      held,
      decided,
      cost: space.costs(held, [decided], rulesOf(symbol), experience, sigma[symbol])[0],
      outcome: agent.outcome(experience, account, decided, accountRules),
      heldAfter: agent.heldAfter(experience, after),
    };
  }

  #step(chain: readonly Lived[]): LearnerStep {
    const { agent, space, value, gamma } = this.#parts;
    const [first] = chain;
    const last = chain[chain.length - 1];
    const { isRuined } = last.outcome;
    const span = chain.length;
    // The first decision's own cost is no part of what its account is worth.
    const isPaid = (index: number) => index > 0 || value === "branching";
    const earned = chain.reduce(
      (sum, { outcome, cost }, index) =>
        sum + gamma ** index * (isPaid(index) ? outcome.reward - cost : outcome.reward),
      0,
    );
    const regressionTargets = agent.regressionTargets(first.experience);
    if (value === "branching") {
      return branchingStep(space, {
        state: branchingState(space, first.experience.features, first.held),
        nextState: branchingState(space, last.experience.nextFeatures, last.heldAfter),
        span,
        decided: first.decided,
        reward: earned,
        isRuined,
        next: space.candidates(last.heldAfter),
        regressionTargets,
      });
    }
    const outcome = { ...last.outcome, point: first.outcome.point, reward: earned };
    const { features } = first.experience;
    const { nextFeatures } = last.experience;
    const environment = {
      scalars: agent.scalars,
      outcomes: () => [outcome],
      regressionTargets: () => regressionTargets,
    };
    return { ...learnerStep(environment, { features, nextFeatures }), span };
  }
}

/** What an order did: what was chosen, or the way out instead of it. Undefined for one that a limit has cut: no choice is like it. */
function carriedOut(
  candidates: readonly Candidate[],
  { chosen, order }: NonNullable<Experience["decision"]>,
): Candidate | undefined {
  return candidates.find(({ label, exposure }) => label === chosen?.label && exposure === order?.target) ??
    candidates.find(({ exposure, isKeep }) => exposure === 0 && order?.target === 0 && !isKeep);
}

/** A target that begins with each of them and ends with the last. */
function endsOf(waiting: readonly Lived[]): Lived[][] {
  return waiting.map((_, index) => waiting.slice(index));
}
