/** What the learner and the champion would have earned bar by bar, on experience that neither has learned from: the learner decides
 * each bar before it learns from it, and the champion's track begins when it begins to serve.
 *
 * All of it goes through `accountStep` on the real bars, once with the costs as they are and once with doubled ones. Where there is no
 * champion yet, the learner is followed alone: it has to beat staying flat. */
import { z } from "zod";
import { type Account, fromLaneAccount, markEquity, toLaneAccount } from "../../core/account/account.ts";
import { type AccountStep, accountStep, type Order } from "../../core/account/account_step.ts";
import { type ExecutedFill, signedNotional } from "../../core/account/fills.ts";
import { toNumber } from "../../core/account/money.ts";
import { orderTo } from "../../core/account/order.ts";
import { type RulesOf, scaledCosts, type TradeRules } from "../../core/account/trade_rules.ts";
import { type Experience, lastBarOf } from "../../core/contracts/experience.ts";
import { LaneAccount } from "../../core/contracts/lane.ts";
import { SymbolName } from "../../core/contracts/symbol.ts";
import { orderOf } from "../../core/decisions/candidate.ts";
import type { LearnerPolicy } from "../learner_policy.ts";
import type { RewardAgent } from "../reward_agent.ts";
import { rescaleOf, UNIT_ACCOUNT } from "../unit_account.ts";
import type { Champions } from "./champions.ts";

/** One bar of a symbol; returns are logarithms. */
const TrackRow = z.strictObject({
  barMs: z.int().nonnegative(),
  own: z.number(),
  ownDoubled: z.number(),
  champion: z.number(),
  championDoubled: z.number(),
  holding: z.number(),
  /** Value that the learner traded over its equity. */
  traded: z.number(),
  /** Both held something else after it. */
  differs: z.boolean(),
});
export type TrackRow = z.infer<typeof TrackRow>;

const CONTENDERS = ["own", "ownDoubled", "champion", "championDoubled", "holding"] as const;
type Contender = typeof CONTENDERS[number];

const TrackLane = z.strictObject({
  /** The bar whose decision is next. */
  barMs: z.int().nonnegative(),
  /** The version that it is compared with. */
  champion: z.string().nullable(),
  accounts: z.record(z.enum(CONTENDERS), LaneAccount),
  equity: z.record(z.enum(CONTENDERS), z.number()),
  rows: z.array(TrackRow),
});

/** All that is known so far, for a checkpoint. */
export const TrackState = z.record(SymbolName, TrackLane);
export type TrackState = z.infer<typeof TrackState>;

interface Lane {
  readonly barMs: number;
  readonly champion: string | null;
  readonly accounts: Readonly<Record<Contender, Account>>;
  readonly equity: Readonly<Record<Contender, number>>;
  readonly rows: TrackRow[];
}

export interface TrackRecordParts {
  readonly agent: Pick<RewardAgent, "heldBefore">;
  readonly policy: Pick<LearnerPolicy, "weigh">;
  readonly champions: Pick<Champions, "at">;
  /** Of a unit account. */
  readonly rulesOf: RulesOf;
}

/** Bars of a symbol that are kept: five years of days. */
const MOST_ROWS = 1_260;
/** Shares of equity below which two positions are the same. */
const SAME_EXPOSURE = 0.02;
/** What losing everything counts as: all but a thousandth. */
const RUIN = Math.log(1e-3);

export class TrackRecord {
  readonly #parts: TrackRecordParts;
  readonly #doubled = new Map<TradeRules, TradeRules>();
  readonly #lanes = new Map<string, Lane>();

  constructor(parts: TrackRecordParts) {
    this.#parts = parts;
  }

  /** Takes up a step before the learner does. A symbol's steps come in their order; after a gap its accounts begin anew. */
  async see(experience: Experience): Promise<void> {
    const { symbol, barMs, next } = experience;
    const champion = await this.#parts.champions.at(barMs);
    const known = this.#lanes.get(symbol);
    const version = champion?.version ?? null;
    const rows = known !== undefined && known.champion === version ? known.rows : [];
    const { accounts, equity } = known?.barMs === barMs && known.champion === version ? known : fresh();
    const own = this.#order(experience, accounts.own, this.#parts.policy);
    const theirs = champion === null ? null : this.#order(experience, accounts.champion, champion.policy);
    const rules = this.#parts.rulesOf(symbol);
    const doubled = this.#doubledOf(rules);
    const last = lastBarOf(experience);
    const held = accounts.holding.quantity === 0n ? orderTo(1, barMs) : null;
    const steps = {
      own: accountStep(accounts.own, own, next, rules, last),
      ownDoubled: accountStep(accounts.ownDoubled, own, next, doubled, last),
      champion: accountStep(accounts.champion, theirs, next, rules, last),
      championDoubled: accountStep(accounts.championDoubled, theirs, next, doubled, last),
      holding: accountStep(accounts.holding, held, next, rules, last),
    };
    const after = mapped((name) => toNumber(steps[name].equityAtClose));
    const returns = mapped((name) => after[name] > 0 ? Math.log(after[name] / equity[name]) : RUIN);
    const exposure = (name: Contender) =>
      toNumber(steps[name].account.quantity) * next.close / Math.max(after[name], 1);
    rows.push({
      barMs,
      ...returns,
      traded: tradedValue(steps.own.fills) / equity.own,
      differs: Math.abs(exposure("own") - exposure("champion")) > SAME_EXPOSURE,
    });
    if (rows.length > MOST_ROWS) rows.shift();
    const going = mapped((name) => goingOn(steps[name]));
    this.#lanes.set(symbol, {
      barMs: next.openTimeMs,
      champion: version,
      accounts: going,
      equity: mapped((name) => toNumber(markEquity(going[name], next.close))),
      rows,
    });
  }

  /** Of each symbol, oldest first. */
  get rows(): ReadonlyMap<string, readonly TrackRow[]> {
    return new Map([...this.#lanes].map(([symbol, { rows }]) => [symbol, rows]));
  }

  state(): TrackState {
    return Object.fromEntries([...this.#lanes].map(([symbol, { accounts, ...lane }]) => [symbol, {
      ...lane,
      rows: [...lane.rows],
      accounts: mapped((name) => toLaneAccount(accounts[name])),
    }]));
  }

  /** Goes on from what an earlier run knew. */
  restore(state: TrackState): void {
    this.#lanes.clear();
    for (const [symbol, { accounts, ...lane }] of Object.entries(state)) {
      this.#lanes.set(symbol, {
        ...lane,
        rows: [...lane.rows],
        accounts: mapped((name) => fromLaneAccount(accounts[name])),
      });
    }
  }

  #order(experience: Experience, account: Account, policy: Pick<LearnerPolicy, "weigh">): Order | null {
    const { agent, rulesOf } = this.#parts;
    const [{ candidates, chosen }] = policy.weigh(experience, [agent.heldBefore(experience, account)]);
    return orderOf(candidates[chosen], experience, rulesOf(experience.symbol));
  }

  /** What holding costs is doubled with the rest. */
  #doubledOf(rules: TradeRules): TradeRules {
    const { borrowBps, marginBps } = rules;
    const doubled = this.#doubled.get(rules) ??
      { ...scaledCosts(rules, 2), borrowBps: 2 * borrowBps, marginBps: 2 * marginBps };
    this.#doubled.set(rules, doubled);
    return doubled;
  }
}

function fresh(): Pick<Lane, "accounts" | "equity"> {
  return { accounts: mapped(() => UNIT_ACCOUNT), equity: mapped(() => toNumber(UNIT_ACCOUNT.cash)) };
}

/** The account that the next bar goes on with: anew after ruin, counted in other units where it has grown or shrunk far. */
function goingOn({ account, equityAtClose }: AccountStep): Account {
  if (equityAtClose <= 0n) return UNIT_ACCOUNT;
  return rescaleOf(equityAtClose)?.(account) ?? account;
}

function mapped<T>(of: (name: Contender) => T): Record<Contender, T> {
  return Object.fromEntries(CONTENDERS.map((name) => [name, of(name)])) as Record<Contender, T>;
}

function tradedValue(fills: readonly ExecutedFill[]): number {
  return fills.reduce((sum, fill) => sum + Math.abs(toNumber(signedNotional(fill))), 0);
}
