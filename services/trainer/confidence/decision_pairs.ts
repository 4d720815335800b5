/** Finds out how often a decision beats its runner-up, on experience that the learner has not learned from yet.
 *
 * Of each symbol one lane is followed that does what the learner would do. At each of its decisions a second account does the
 * runner-up once, and from then on what the learner would do with it. Both go through `accountStep` on the real bars until they
 * have rejoined, or the horizon is over; then it shows which of them is ahead, costs included. */
import { z } from "zod";
import { type Account, fromLaneAccount, markEquity, toLaneAccount } from "../../core/account/account.ts";
import { accountStep } from "../../core/account/account_step.ts";
import type { RulesOf } from "../../core/account/trade_rules.ts";
import { type Experience, lastBarOf } from "../../core/contracts/experience.ts";
import { LaneAccount } from "../../core/contracts/lane.ts";
import { SymbolName } from "../../core/contracts/symbol.ts";
import { type Candidate, orderOf } from "../../core/decisions/candidate.ts";
import type { DecisionSpace } from "../../core/decisions/decision_space.ts";
import type { Held } from "../../core/decisions/held.ts";
import type { LearnerPolicy } from "../learner_policy.ts";
import type { RewardAgent } from "../reward_agent.ts";
import { rescaleOf, UNIT_ACCOUNT } from "../unit_account.ts";

/** By how much Q was ahead, and whether the account came out ahead; the newest last. */
export interface JudgedPair {
  readonly score: number;
  readonly isWin: boolean;
}

export interface DecisionPairsParts {
  readonly agent: Pick<RewardAgent, "heldBefore" | "heldAfter">;
  readonly policy: Pick<LearnerPolicy, "weigh">;
  readonly space: DecisionSpace;
  /** Of a unit account. */
  readonly rulesOf: RulesOf;
  /** Bars that a pair is followed at most. */
  readonly horizon: number;
}

/** A runner-up that was done. */
interface OpenPair {
  readonly score: number;
  readonly other: Account;
  readonly bars: number;
}

interface FollowedLane {
  /** The bar whose decision is next. */
  readonly barMs: number;
  readonly account: Account;
  readonly open: readonly OpenPair[];
}

/** All that is known so far, for a checkpoint. */
export const PairsState = z.strictObject({
  judged: z.array(z.tuple([z.number(), z.boolean()])),
  lanes: z.record(
    SymbolName,
    z.strictObject({
      barMs: z.int().nonnegative(),
      account: LaneAccount,
      open: z.array(z.strictObject({ score: z.number(), other: LaneAccount, bars: z.int().positive() })),
    }),
  ),
});
export type PairsState = z.infer<typeof PairsState>;

/** Older ones say little of today's values. */
const KEPT_PAIRS = 2_000;
/** Pairs of a symbol that are followed at once: what bounds the work of a bar. */
const MOST_OPEN = 64;
/** Differences of log equity and of what the network sees below which two accounts are the same: roundings. */
const SAME_EQUITY = 1e-9;
const SAME_SCALAR = 1e-6;

export class DecisionPairs {
  readonly #parts: DecisionPairsParts;
  readonly #judged: JudgedPair[] = [];
  readonly #lanes = new Map<string, FollowedLane>();

  constructor(parts: DecisionPairsParts) {
    this.#parts = parts;
  }

  get judged(): readonly JudgedPair[] {
    return this.#judged;
  }

  /** Takes up a step before the learner does. A symbol's steps come in their order; after a gap its lane begins anew. */
  see(experience: Experience): void {
    const { agent, policy, horizon } = this.#parts;
    const { symbol, barMs, next, exitOpen } = experience;
    const lane = this.#lanes.get(symbol);
    const { account, open } = lane?.barMs === barMs ? lane : { account: UNIT_ACCOUNT, open: [] };
    const accounts = [account, ...open.map(({ other }) => other)];
    const held = accounts.map((each) => agent.heldBefore(experience, each));
    const [own, ...others] = policy.weigh(experience, held);
    const after = this.#pass(experience, account, own.candidates[own.chosen]);
    const followed = open.map(({ score, other, bars }, index): OpenPair => {
      const { candidates, chosen } = others[index];
      return { score, other: this.#pass(experience, other, candidates[chosen]), bars: bars + 1 };
    });
    if (own.runnerUp !== null && followed.length < MOST_OPEN) {
      const other = this.#pass(experience, account, own.candidates[own.runnerUp]);
      followed.push({ score: own.q[own.chosen] - own.q[own.runnerUp], other, bars: 1 });
    }
    const heldNow = agent.heldAfter(experience, after);
    const going = followed.filter((pair) => {
      const isOver = pair.bars >= horizon || this.#areSame(heldNow, agent.heldAfter(experience, pair.other));
      if (isOver) this.#judge(pair, after, exitOpen);
      return !isOver;
    });
    const equity = markEquity(after, exitOpen);
    const isRuined = equity <= 0n;
    const rescale = isRuined ? null : rescaleOf(equity);
    this.#lanes.set(symbol, {
      barMs: next.openTimeMs,
      account: isRuined ? UNIT_ACCOUNT : rescale?.(after) ?? after,
      open: isRuined
        ? []
        : rescale === null
        ? going
        : going.map((pair) => ({ ...pair, other: rescale(pair.other) })),
    });
  }

  state(): PairsState {
    return {
      judged: this.#judged.map(({ score, isWin }) => [score, isWin]),
      lanes: Object.fromEntries(
        [...this.#lanes].map(([symbol, { barMs, account, open }]) => [symbol, {
          barMs,
          account: toLaneAccount(account),
          open: open.map(({ score, other, bars }) => ({ score, other: toLaneAccount(other), bars })),
        }]),
      ),
    };
  }

  /** Goes on from what an earlier run knew. */
  restore({ judged, lanes }: PairsState): void {
    this.#judged.splice(0, Infinity, ...judged.map(([score, isWin]) => ({ score, isWin })));
    this.#lanes.clear();
    for (const [symbol, { barMs, account, open }] of Object.entries(lanes)) {
      this.#lanes.set(symbol, {
        barMs,
        account: fromLaneAccount(account),
        open: open.map(({ score, other, bars }) => ({ score, other: fromLaneAccount(other), bars })),
      });
    }
  }

  #pass(experience: Experience, account: Account, candidate: Candidate): Account {
    const rules = this.#parts.rulesOf(experience.symbol);
    const order = orderOf(candidate, experience, rules);
    return accountStep(account, order, experience.next, rules, lastBarOf(experience)).account;
  }

  /** Whether the network cannot tell two accounts apart, so that both will do the same. */
  #areSame(one: Held, other: Held): boolean {
    if (one.class !== other.class || one.cooldownLeft !== other.cooldownLeft) return false;
    const [a, b] = [one, other].map((held) => this.#parts.space.keep(held).point);
    return a === b || a.scalars.every((value, index) => Math.abs(value - b.scalars[index]) < SAME_SCALAR);
  }

  /** Two that are equal say nothing. */
  #judge({ score, other }: OpenPair, own: Account, price: number): void {
    const [mine, theirs] = [own, other].map((account) => Math.max(0, Number(markEquity(account, price))));
    if (mine === theirs || Math.abs(Math.log(mine / theirs)) < SAME_EQUITY) return;
    this.#judged.push({ score, isWin: mine > theirs });
    if (this.#judged.length > KEPT_PAIRS) this.#judged.shift();
  }
}
