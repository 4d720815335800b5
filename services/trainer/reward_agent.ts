/** Turns experience into what the learner learns: what every afterstate earns, and what can be decided after it.
 * No Redis, no engine. All money goes through `accountStep`.
 *
 * Reward is marked at fills: decision t earns from the open of t+1 to the open of t+2, exits in between with their costs, its own
 * cost apart (the candidates carry it), so the rewards of a run telescope to its equity. Everything is divided by the symbol's
 * constant sigma. */
import { type Account, fromLaneAccount, markEquity, sideOf } from "../core/account/account.ts";
import { fillAtOpen, type OpenStep, type Order, passBar } from "../core/account/account_step.ts";
import type { TradeRules } from "../core/account/costs.ts";
import { type ExecutedFill, signedNotional } from "../core/account/fills.ts";
import { parseMoney, toNumber } from "../core/account/money.ts";
import type { RewardTerm } from "../core/config/reward.ts";
import type { Bar } from "../core/contracts/bar.ts";
import type { Experience } from "../core/contracts/experience.ts";
import type { RewardRecord } from "../core/contracts/learning.ts";
import { type Candidate, orderOf } from "../core/decisions/candidate.ts";
import type { DecisionSpace } from "../core/decisions/decision_space.ts";
import { type Held, heldOf } from "../core/decisions/held.ts";
import type { LearnerStep } from "../core/model/native_types.ts";
import { type Environment, learnerStep, type Outcome } from "./environment.ts";
import { shapedReward } from "./reward/shaped_reward.ts";
import { type StepLimits, stepLimits } from "./step_limits.ts";
import type { StepMaker } from "./step_maker.ts";
import { stepRandom } from "./step_random.ts";
import { UNIT_ACCOUNT } from "./unit_account.ts";
import { VirtualTrades } from "./virtual_trades.ts";

export interface RewardAgentParts {
  readonly space: DecisionSpace;
  readonly rules: TradeRules;
  /** Standard deviation of each symbol's log return a bar. */
  readonly sigma: Readonly<Record<string, number>>;
  /** What each of the network's regression heads predicts, in their order. */
  readonly regressions: readonly ("forward_volatility" | "forward_return")[];
  readonly terms: readonly RewardTerm[];
  /** Of each step, where the account's inputs tell them apart. */
  readonly virtualTrades: number;
  readonly seed: number;
}

/** What ruin costs: the log return of losing all but a thousandth. */
const RUIN_LOG_RETURN = Math.log(1e-3);
/** Names the random numbers that choose the entries to learn from. */
const ENTRY_PURPOSE = 72;

export class RewardAgent implements Environment<Experience>, StepMaker {
  readonly #parts: RewardAgentParts;
  /** Entering costs nothing: the decision's cost is the candidates'. */
  readonly #free: TradeRules;
  readonly #limits: StepLimits;
  readonly #longestCooldown: number;
  readonly #entries: readonly Candidate[];
  readonly #trades: VirtualTrades;

  constructor(parts: RewardAgentParts) {
    const { space, rules } = parts;
    this.#parts = parts;
    this.#free = { ...rules, feeBps: 0, halfSpreadBps: 0, slippageBps: 0 };
    this.#longestCooldown = Math.max(rules.cooldownBars, rules.stopCooldownBars);
    this.#limits = stepLimits(space, parts.virtualTrades, this.#longestCooldown);
    this.#entries = space.fresh.filter(({ isKeep }) => !isKeep);
    this.#trades = new VirtualTrades({
      seed: parts.seed,
      rules,
      drawEntry: (random, { barMs, atr }) =>
        orderOf(this.#entries[Math.floor(random.uniform() * this.#entries.length)], barMs, atr)!,
    });
  }

  get scalars(): number {
    return this.#parts.space.scalarNames.length;
  }

  /** One step for the learner: all afterstates of bar t. */
  steps(experience: Experience): LearnerStep[] {
    const step = learnerStep(this, experience);
    this.remember(experience);
    return [step];
  }

  remember(experience: Experience): void {
    this.#trades.remember(experience);
  }

  /** Every step teaches at once what it has to. */
  endHistory(): LearnerStep[] {
    return [];
  }

  /** Every fresh decision, flat in each bar of a cooldown, and virtual trades that are kept. */
  outcomes(experience: Experience): Outcome[] {
    const { space } = this.#parts;
    const learned = this.#learnedEntries(experience);
    const fresh = space.fresh.filter((candidate) => candidate.isKeep || learned.has(candidate));
    const cooling = Array.from({ length: this.#longestCooldown }, (_, index) => afterExit(index + 1));
    const trades = this.#trades.heldAt(experience, this.#limits.virtualTrades);
    return [
      ...fresh.map((candidate) => [UNIT_ACCOUNT, candidate] as const),
      ...[...cooling, ...trades].map((account) =>
        [account, space.keep(this.heldBefore(experience, account))] as const
      ),
    ].map(([account, candidate]) => this.outcome(experience, account, candidate));
  }

  /** What an account holds at the close of t. */
  heldBefore({ symbol, close, atr }: Experience, account: Account): Held {
    return heldOf(account, { close, atr, sigma: this.#sigmaOf(symbol) }, this.#parts.space.sides);
  }

  /** What an account holds at the close of t+1. */
  heldAfter({ symbol, next, nextAtr }: Experience, account: Account): Held {
    const at = { close: next.close, atr: nextAtr, sigma: this.#sigmaOf(symbol) };
    return heldOf(account, at, this.#parts.space.sides);
  }

  /** What becomes of one decision. @param account At the close of t; what is decided must be possible with it. */
  outcome(experience: Experience, account: Account, candidate: Candidate): Outcome {
    const { rules, terms, space } = this.#parts;
    const { next, exitOpen } = experience;
    const order = candidate.exposure === 0 ? null : orderOf(candidate, experience.barMs, experience.atr);
    const opened = this.#open(this.#startOf(account, candidate), order, next);
    const passed = passBar(opened.account, next, rules);
    const start = toNumber(opened.equityAtOpen);
    const end = toNumber(markEquity(passed.account, exitOpen));
    const logReturn = Math.max(RUIN_LOG_RETURN, end > 0 ? Math.log(end / start) : RUIN_LOG_RETURN);
    const sigma = this.#sigmaOf(experience.symbol);
    const reward = shapedReward(terms, {
      returned: logReturn / sigma,
      turnover: exitedValue([...opened.fills, ...passed.fills]) / start,
      openPnl: openPnlOf(passed.account, exitOpen) / sigma,
    });
    const held = this.heldAfter(experience, passed.account);
    const candidates = space.candidates(held);
    const costs = space.costs(held, candidates, rules, sigma);
    return {
      point: candidate.point,
      reward,
      isRuined: logReturn <= RUIN_LOG_RETURN,
      next: candidates.map(({ point }, index) => ({ point, cost: costs[index] })),
    };
  }

  regressionTargets(experience: Experience): Float32Array {
    const scaled = logReturnOf(experience) / this.#sigmaOf(experience.symbol);
    return Float32Array.from(
      this.#parts.regressions,
      (target) => target === "forward_return" ? scaled : Math.abs(scaled),
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

  /** All of them if they fit, else some of them at random. */
  #learnedEntries(experience: Experience): ReadonlySet<Candidate> {
    if (this.#limits.entries === this.#entries.length) return new Set(this.#entries);
    const random = stepRandom(ENTRY_PURPOSE, this.#parts.seed, experience);
    const left = [...this.#entries];
    const drawn = new Set<Candidate>();
    while (drawn.size < this.#limits.entries) {
      drawn.add(left.splice(Math.floor(random.uniform() * left.length), 1)[0]);
    }
    return drawn;
  }

  /** What a decision starts from: an entry or an exit, from nothing but equity. */
  #startOf(account: Account, { isKeep, isResize, exposure }: Candidate): Account {
    if (isKeep || isResize) return account;
    return exposure === 0 ? afterExit(this.#parts.rules.cooldownBars) : UNIT_ACCOUNT;
  }

  /** The decision's own trade is free, though its exits lie where the price that it pays puts them; a position that leaves at a
   * stop or a take pays. */
  #open(account: Account, order: Order | null, bar: Bar): OpenStep {
    const paid = fillAtOpen(account, order, bar, this.#parts.rules);
    if (paid.fills.length === 0 || paid.fills.some(({ reason }) => reason !== "order")) return paid;
    const free = fillAtOpen(account, order, bar, this.#free);
    const { entryPrice, stopPrice, takePrice } = paid.account;
    return { ...free, account: { ...free.account, entryPrice, stopPrice, takePrice } };
  }

  #sigmaOf(symbol: string): number {
    const sigma = this.#parts.sigma[symbol];
    if (sigma === undefined) {
      throw new RangeError(
        `Cannot reward ${symbol} as its sigma must be known: known are ${
          Object.keys(this.#parts.sigma).join(", ")
        }`,
      );
    }
    return sigma;
  }
}

/** A flat account with so many decisions, from the next one on, that may not enter; a bar's open takes one off. */
function afterExit(cooldownLeft: number): Account {
  return cooldownLeft === 0 ? UNIT_ACCOUNT : { ...UNIT_ACCOUNT, cooldownLeft: cooldownLeft + 1 };
}

/** What left at stops and takes. */
function exitedValue(fills: readonly ExecutedFill[]): number {
  return fills.reduce(
    (sum, fill) => fill.reason === "order" ? sum : sum + Math.abs(toNumber(signedNotional(fill))),
    0,
  );
}

/** Log return of the open trade since its entry; 0 when flat. */
function openPnlOf(account: Account, price: number): number {
  const side = sideOf(account);
  return side === 0 ? 0 : side * Math.log(price / toNumber(account.entryPrice));
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
