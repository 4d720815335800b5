/** Turns experience into what the learner learns: what every afterstate earns, and what can be decided after it.
 * No Redis, no engine. All money goes through `accountStep`.
 *
 * Reward is marked at fills: decision t earns from the open of t+1 to the open of t+2, exits in between with their costs, its own
 * cost apart (the candidates carry it), so the rewards of a run telescope to its equity. Everything is divided by the symbol's
 * constant sigma. */
import { type Account, equityAt, fromLaneAccount, markEquity, sideOf } from "../core/account/account.ts";
import { fillAtOpen, type OpenStep, type Order, passBar } from "../core/account/account_step.ts";
import { accrued } from "../core/account/borrowing.ts";
import { exactRules } from "../core/account/costs.ts";
import { costOf } from "../core/account/expected_cost.ts";
import { type ExecutedFill, signedNotional } from "../core/account/fills.ts";
import { fromNumber, parseMoney, toNumber } from "../core/account/money.ts";
import { type RulesOf, scaledCosts, type TradeRules } from "../core/account/trade_rules.ts";
import type { RewardTerm } from "../core/config/reward.ts";
import type { Bar } from "../core/contracts/bar.ts";
import { type Experience, lastBarOf } from "../core/contracts/experience.ts";
import type { LastBar } from "../core/contracts/lane.ts";
import type { RewardRecord } from "../core/contracts/learning.ts";
import { type Candidate, orderOf } from "../core/decisions/candidate.ts";
import type { DecisionSpace } from "../core/decisions/decision_space.ts";
import { type Held, heldOf } from "../core/decisions/held.ts";
import { returnSigma } from "../core/metrics/return_sigma.ts";
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
  /** Of a unit account. */
  readonly rulesOf: RulesOf;
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
  /** Rules under which entering costs nothing: the decision's cost is the candidates'. */
  readonly #free = new Map<TradeRules, TradeRules>();
  readonly #limits: StepLimits;
  readonly #longestCooldown: number;
  readonly #entries: readonly Candidate[];
  readonly #trades: VirtualTrades;

  constructor(parts: RewardAgentParts) {
    const { space, rulesOf } = parts;
    this.#parts = parts;
    this.#longestCooldown = space.longestCooldown;
    this.#limits = stepLimits(space, parts.virtualTrades, this.#longestCooldown);
    this.#entries = space.fresh.filter(({ isKeep }) => !isKeep);
    this.#trades = new VirtualTrades({
      seed: parts.seed,
      rulesOf,
      drawEntry: (random, step, rules) =>
        orderOf(this.#entries[Math.floor(random.uniform() * this.#entries.length)], step, rules)!,
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

  /** What becomes of one decision.
   * @param account At the close of t; what is decided must be possible with it.
   * @param accountRules Those of the account, where it is no unit account. */
  outcome(
    experience: Experience,
    account: Account,
    candidate: Candidate,
    accountRules: TradeRules = this.#parts.rulesOf(experience.symbol),
  ): Outcome {
    const { rulesOf, terms, space } = this.#parts;
    const { next, exitOpen } = experience;
    const from = this.#startOf(account, candidate, accountRules);
    const rules = from === account ? accountRules : rulesOf(experience.symbol);
    const last = lastBarOf(experience);
    const order = candidate.exposure === 0 ? null : orderOf(candidate, experience, rules);
    const opened = this.#open(from, order, next, rules, last);
    const passed = passBar(opened.account, next, rules, last, opened.resting);
    const start = toNumber(opened.equityAtOpen);
    const end = toNumber(markEquity(heldOver(passed.account, experience, rules), exitOpen));
    const logReturn = Math.max(RUIN_LOG_RETURN, end > 0 ? Math.log(end / start) : RUIN_LOG_RETURN);
    const sigma = this.#sigmaOf(experience.symbol);
    const reward = shapedReward(terms, {
      returned: logReturn / sigma,
      turnover: exitedValue([...opened.fills, ...passed.fills]) / start,
      openPnl: openPnlOf(passed.account, exitOpen) / sigma,
    });
    const held = this.heldAfter(experience, passed.account);
    const candidates = space.candidates(held);
    const market = { close: next.close, volume: next.volume, atr: experience.nextAtr };
    const costs = space.costs(held, candidates, rulesOf(experience.symbol), market, sigma);
    const isVoid = opened.fills.length + passed.fills.length === 0;
    return {
      point: candidate.point,
      reward: order === null || order.limitPrice === null
        ? reward
        : reward + this.#entryCost(experience, candidate, isVoid),
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
    const { symbol, barMs, next, exitOpen } = experience;
    const rules = this.#parts.rulesOf(symbol);
    const open = fromNumber(next.open);
    const time = { fromMs: barMs, toMs: next.openTimeMs };
    const before = equityAt(
      accrued(fromLaneAccount(decision.laneAccount), open, time, exactRules(rules)),
      open,
    );
    const after = markEquity(
      heldOver(fromLaneAccount(decision.nextLaneAccount), experience, rules),
      exitOpen,
    );
    const isSolvent = before > 0n;
    const net = isSolvent && after > 0n ? Math.log(Number(after) / Number(before)) : RUIN_LOG_RETURN;
    const cost = isSolvent ? Number(parseMoney(decision.fee)) / Number(before) : 0;
    return {
      decisionId: decision.id,
      logReturn: net,
      cost,
      reward: net / this.#sigmaOf(symbol),
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
  #startOf(
    account: Account,
    { isKeep, isResize, exposure }: Candidate,
    { cooldownBars }: TradeRules,
  ): Account {
    if (isKeep || isResize) return account;
    return exposure === 0 ? afterExit(cooldownBars) : UNIT_ACCOUNT;
  }

  /** The decision's own trade is free, though its exits lie where the price that it pays puts them; a position that leaves at a
   * stop or a take pays. So does an entry by a limit, which may cost nothing at all: what the decision has subtracted is given back
   * then by {@link #entryCost}. */
  #open(account: Account, order: Order | null, bar: Bar, rules: TradeRules, last: LastBar): OpenStep {
    const paid = fillAtOpen(account, order, bar, rules, last);
    if (order !== null && order.limitPrice !== null) return paid;
    if (paid.fills.length === 0 || paid.fills.some(({ reason }) => reason !== "order")) return paid;
    const free = fillAtOpen(account, order, bar, this.#freeOf(rules), last);
    const { entryPrice, stopPrice, takePrice } = paid.account;
    return { ...free, account: { ...free.account, entryPrice, stopPrice, takePrice } };
  }

  #freeOf(rules: TradeRules): TradeRules {
    const free = this.#free.get(rules) ?? scaledCosts(rules, 0);
    this.#free.set(rules, free);
    return free;
  }

  /** What a decision to enter by a limit was expected to cost, in the reward's unit: as the reward holds what it has cost. A penalty
   * on turnover is owed by what was traded. */
  #entryCost({ symbol, close, volume, atr }: Experience, { exposure }: Candidate, isVoid: boolean): number {
    const { space, rulesOf } = this.#parts;
    const cost = costOf(0, exposure, rulesOf(symbol), { close, volume, atr }) / this.#sigmaOf(symbol);
    return isVoid ? cost + space.turnoverPenalty * Math.abs(exposure) : cost;
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

/** An account at the open of t+2, before anything fills there. */
function heldOver(
  account: Account,
  { barMs, next, exitOpen, exitMs }: Experience,
  rules: TradeRules,
): Account {
  const time = { fromMs: next.openTimeMs, toMs: exitMs ?? 2 * next.openTimeMs - barMs };
  return accrued(account, fromNumber(exitOpen), time, exactRules(rules));
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
  return returnSigma(symbol, experiences.map(logReturnOf));
}

/** From the fill of its decision to the next one. */
export function logReturnOf(experience: Experience): number {
  return Math.log(experience.exitOpen / experience.next.open);
}
