/** A lane is (account, symbol): its own cash, position and pending order. Written only by the one commit of a bar.
 * Money and quantities are decimal strings with up to 8 places, exact. Every key of an account shares its hash tag. */
import { z } from "zod";
import { defineDocument, defineKey, defineStream, float32 } from "./define.ts";
import { RiskBook, RiskState } from "./risk.ts";
import { SymbolName } from "./symbol.ts";

const commits = { write: ["inference"], read: ["core", "inference", "trainer", "ui", "dev"] } as const;
/** Core moves what was read into the archive. */
const trimmedCommits = { ...commits, trim: ["core"] } as const;

export const Decimal = z.string().regex(/^-?[0-9]{1,20}(\.[0-9]{1,8})?$/, {
  error: "must be a decimal with up to 8 places",
});

/** The largest position over the equity that can be asked for; accounts tell the network exposures apart up to it. */
export const MOST_LEVERAGE = 3;

/** An order that waits for the next bar: go to `target`, a signed fraction of equity (0 = flat, 1 = all in). */
export const PendingOrder = z.strictObject({
  /** Open time of the bar that was decided on: with account and symbol it is the order's id. */
  decidedAtMs: z.int().nonnegative(),
  target: z.number().min(-MOST_LEVERAGE).max(MOST_LEVERAGE),
  /** From the fill to the stop and to the take, in price units as they were when it was decided; null for none. */
  stopDistance: z.number().positive().nullable(),
  takeDistance: z.number().positive().nullable(),
  /** Changes the size of what is held; it never enters. */
  isResize: z.boolean(),
  /** The stop follows the best price. */
  isTrailing: z.boolean().default(false),
  /** The price that an entry rests at for one bar; null to enter at the open. */
  limitPrice: z.number().positive().nullable().default(null),
});
export type PendingOrder = z.infer<typeof PendingOrder>;

/** The account of one lane after a bar. */
export const LaneAccount = z.strictObject({
  cash: Decimal,
  /** Units of what is priced: contracts times their multiplier. */
  quantity: Decimal,
  /** Average fill price of the open position; "0" when flat. */
  entryPrice: Decimal,
  barsInTrade: z.int().nonnegative(),
  feesPaid: Decimal,
  /** What borrowed shares and borrowed cash have cost. */
  borrowPaid: Decimal.default("0"),
  /** Where the position is given up, and where its profit is taken; "0" for none. */
  stopPrice: Decimal.default("0"),
  takePrice: Decimal.default("0"),
  /** How far behind the best price the stop follows; "0" for one that stays. */
  trailDistance: Decimal.default("0"),
  /** Decisions from now on that may not enter. */
  cooldownLeft: z.int().nonnegative().default(0),
});
export type LaneAccount = z.infer<typeof LaneAccount>;

/** What a live lane remembers of its venue. */
export const LaneVenue = z.strictObject({
  /** The last venue event that the account holds. */
  applied: z.int().nonnegative(),
  /** Less than a lot that is left at the venue after an exit: it cannot be sold alone, and goes into the next position. */
  dust: Decimal,
});
export type LaneVenue = z.infer<typeof LaneVenue>;

/** What a bar's close has told: all that the money of the next bar may know of the market besides its prices. */
export const LastBar = z.strictObject({
  openTimeMs: z.int().nonnegative(),
  close: z.number().positive(),
  /** In contracts. */
  volume: z.number().nonnegative(),
  /** Average true range in price units; null where none is followed. */
  atr: z.number().positive().nullable(),
});
export type LastBar = z.infer<typeof LastBar>;

/** Everything that the next bar of a lane needs. `benchmark` is the buy-and-hold account that started with the lane. */
export const LaneState = z.strictObject({
  account: LaneAccount,
  benchmark: LaneAccount,
  pending: PendingOrder.nullable(),
  /** Null in a record from before anything depended on it. */
  lastBar: LastBar.nullable().default(null),
  peakEquity: z.number().positive(),
  /** Null in a record from before anything was limited. */
  risk: RiskState.nullable().default(null),
  /** Absent on paper. */
  venue: LaneVenue.optional(),
});
export type LaneState = z.infer<typeof LaneState>;

/** A lane's stored record: its state after `barMs`, and the fencing token of the replica that wrote it. */
export const LaneRecord = z.strictObject({
  barMs: z.int().nonnegative(),
  /** Counts the commits; a commit names the version it builds on. */
  version: z.int().positive(),
  fence: z.int().nonnegative(),
  state: LaneState,
});
export type LaneRecord = z.infer<typeof LaneRecord>;
export const laneRecord = defineDocument(
  "lane",
  commits,
  (account: string, symbol: string) => `{${account}}:lane:${symbol}`,
  LaneRecord,
);

/** Why the executor let an order through, changed it, or made none. */
export const Verdict = z.strictObject({
  outcome: z.enum(["ordered", "changed", "kept", "refused"]),
  reason: z.string().min(1),
});
export type Verdict = z.infer<typeof Verdict>;

/** What the executor went by that no bar tells, so that a replay can take it from here. What is absent played no part. */
export const OutsideInputs = z.strictObject({
  /** Age of the bar's close by the clock, in a market that runs in real time. */
  dataAgeMs: z.number().optional(),
  /** Revision of the control that it was decided under. */
  control: z.int().positive().optional(),
  /** All lanes together, as far as they were committed. */
  account: RiskBook.optional(),
  /** The last venue event that moved the account, and why nothing could be ordered at the venue; of a live lane. */
  venue: z.strictObject({ applied: z.int().nonnegative(), held: z.string().nullable() }).optional(),
});
export type OutsideInputs = z.infer<typeof OutsideInputs>;

/** One thing that could have been done, as the network weighed it. */
export const WeighedOption = z.strictObject({
  /** For people, e.g. `long 0.5, stop 2, no take`. */
  label: z.string().min(1),
  /** The account right after it, as the network sees it: its position class, and the configured scalars. Of branching values:
   * the action, and the account before the decision. */
  class: z.int().nonnegative(),
  scalars: z.array(z.number()).max(16),
  /** Reward units, net of the cost. */
  q: z.number(),
  cost: z.number().nonnegative(),
});
export type WeighedOption = z.infer<typeof WeighedOption>;

/** One decision: bar t's close is the last thing it saw; its order fills at t+1's open or later. */
export const Decision = z.strictObject({
  account: z.string(),
  symbol: SymbolName,
  barMs: z.int().nonnegative(),
  /** The chosen value of the action head; null when no model answered. */
  action: z.string().nullable(),
  /** The chosen value of the other heads; null where there is no such head, where it is not active, and for "none". */
  size: z.number().nullable(),
  stop: z.number().nullable(),
  take: z.number().nullable(),
  /** The choice is to leave the account as it is. */
  isKeep: z.boolean(),
  /** The target position before and after this decision, as a fraction of equity. */
  targetBefore: z.number(),
  target: z.number(),
  /** Every output by head name. For a head that decides: the best Q with each value (reward units, net of cost); values that
   * could not be chosen are null. */
  heads: z.record(z.string(), z.array(z.number().nullable())),
  /** What the best choice with each action value costs in reward units, which Q has subtracted; null where there is none. */
  costs: z.array(z.number().nullable()),
  /** What was chosen and what came next: `state` and these are all that its reasons depend on. Null when no model answered;
   * the second also when there was no other choice. */
  chosen: WeighedOption.nullable(),
  runnerUp: WeighedOption.nullable(),
  /** Calibrated probability that the choice beats the runner-up; null where nothing was fitted, or there is no runner-up. */
  confidence: z.number().min(0).max(1).nullable(),
  /** Average true range in price units, by which stops and takes were placed; null where none are configured. */
  atr: z.number().positive().nullable(),
  verdict: Verdict,
  outside: OutsideInputs.optional(),
  order: PendingOrder.nullable(),
  /** The lane's account after this bar's fills, before this decision's order. */
  laneAccount: LaneAccount,
  modelVersion: z.string().nullable(),
  strategy: z.string(),
  runner: z.enum(["local", "trainer"]),
  replica: z.string(),
  /** From taking up the bar to handing in the commit. */
  latencyMs: z.number().nonnegative(),
  /** The market features F_t that the model saw. */
  state: float32(),
});
export type Decision = z.infer<typeof Decision>;
/** Names a bar of a lane, and so its decision, in the logs of every process. */
export function decisionId(account: string, symbol: string, barMs: number): string {
  return `${account}/${symbol}/${barMs}`;
}

/** Decisions of one lane; the entry id is `<barMs>-0`. */
export const decisionStream = defineStream(
  "decisions",
  trimmedCommits,
  (account: string, symbol: string) => `{${account}}:decisions:${symbol}`,
  Decision,
);

/** One execution. The quantity is in units: contracts times their multiplier. */
export const Fill = z.strictObject({
  account: z.string(),
  symbol: SymbolName,
  barMs: z.int().nonnegative(),
  /** Open time of the bar whose decision ordered it; null for a stop, a take and a liquidation, which nobody decides. */
  decidedAtMs: z.int().nonnegative().nullable(),
  side: z.enum(["buy", "sell"]),
  quantity: Decimal,
  price: Decimal,
  fee: Decimal,
  /** `reconciled`: a position that was taken over from the venue. */
  reason: z.enum(["order", "stop", "take", "liquidated", "reconciled"]),
  /** A maker's order rested until somebody took it. */
  liquidity: z.enum(["maker", "taker"]).default("taker"),
});
export type Fill = z.infer<typeof Fill>;
/** Fills of one lane; the entry id is `<barMs>-<n>`. */
export const fillStream = defineStream(
  "fills",
  trimmedCommits,
  (account: string, symbol: string) => `{${account}}:fills:${symbol}`,
  Fill,
);

/** The lane marked at a bar's close, in the quote currency. */
export const Equity = z.strictObject({
  equity: z.number(),
  buyAndHold: z.number(),
  /** Signed market value of the position over equity. */
  position: z.number(),
  close: z.number().positive(),
  /** 1 − equity / highest equity so far, in [0, 1]. */
  drawdown: z.number().min(0),
});
export type Equity = z.infer<typeof Equity>;
/** Equity of one lane; the entry id is `<barMs>-0`. */
export const equityStream = defineStream(
  "equity",
  trimmedCommits,
  (account: string, symbol: string) => `{${account}}:equity:${symbol}`,
  Equity,
);

/** Who leads which symbol (hash symbol → `replica|token|expiresMs`), and which replicas live (sorted set by expiry). */
export const leaseKey = defineKey(commits, (account: string) => `{${account}}:leases`);
export const replicaKey = defineKey(commits, (account: string) => `{${account}}:replicas`);
