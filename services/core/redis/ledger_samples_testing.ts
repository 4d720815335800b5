/** What ledgers are tested with: a lead, and commits that are valid by contract and of no meaning. */
import type { Control } from "../contracts/control.ts";
import type { Fill, LaneAccount, LaneRecord } from "../contracts/lane.ts";
import type { LaneTotal, RiskState } from "../contracts/risk.ts";
import type { OrderIntent } from "../contracts/venue.ts";
import type { Commit, Ledger } from "./ledger.ts";

const flat: LaneAccount = {
  cash: "100",
  quantity: "0",
  entryPrice: "0",
  barsInTrade: 0,
  feesPaid: "0",
  borrowPaid: "0",
  stopPrice: "0",
  takePrice: "0",
  trailDistance: "0",
  cooldownLeft: 0,
};

export const RISK: RiskState = {
  dayMs: 0,
  equity: 100,
  dayStartEquity: 100,
  peakEquity: 100,
  traded: 0,
  orderTimes: [],
  resumes: 0,
};

export function laneAt(at: { barMs: number; version: number; fence: number }): LaneRecord {
  const state = { account: flat, benchmark: flat, pending: null, lastBar: null, peakEquity: 100, risk: RISK };
  return { ...at, state };
}

/** A lane's part of the total: its equity is all that differs. */
export function totalAt(barMs: number, equity = 100): LaneTotal {
  return { barMs, held: 0, risk: { ...RISK, equity }, accountPeak: null, before: null };
}

export function controlAt(revision: number, changes: Partial<Control> = {}): Control {
  return {
    revision,
    state: "halted",
    flatten: false,
    reason: "a test",
    by: "command line",
    atMs: 5,
    barMs: null,
    resumes: 0,
    ...changes,
  };
}

export function filled(at: { account: string; symbol?: string; barMs: number }): Fill {
  return {
    account: at.account,
    symbol: at.symbol ?? "SPX",
    barMs: at.barMs,
    decidedAtMs: 1,
    side: "buy",
    quantity: "0.12345678",
    price: "2874.56",
    fee: "0.01",
    reason: "order",
    liquidity: "taker",
  };
}

/** An order for a venue. */
function intentAt(at: { account: string; symbol: string; barMs: number }): OrderIntent {
  return {
    ...at,
    leg: "entry",
    clientOrderId: `rl${String(at.barMs).padStart(8, "0")}`,
    side: "buy",
    quantity: "0.5",
    stopDistance: 12.5,
    takeDistance: null,
  };
}

/** A commit of version `version` that expects the one before it. */
export function commitOf(options: {
  account: string;
  symbol?: string;
  barMs: number;
  version: number;
  fence: number;
  fills?: number;
  equity?: number;
  control?: Commit["control"];
  isOrdered?: boolean;
}): Commit {
  const { account, symbol = "SPX", barMs, version, fence, fills = 0, equity = 100 } = options;
  return {
    account,
    symbol,
    expectedVersion: version - 1,
    record: laneAt({ barMs, version, fence }),
    decision: {
      account,
      symbol,
      barMs,
      action: "long",
      size: null,
      stop: null,
      take: null,
      isKeep: false,
      targetBefore: 0,
      target: 1,
      heads: { action: [0.1, 0.25], risk: [0.3] },
      costs: [0, 0.01],
      chosen: { label: "long", class: 1, scalars: [], q: 0.25, cost: 0.01 },
      runnerUp: { label: "flat", class: 0, scalars: [], q: 0.1, cost: 0 },
      confidence: null,
      atr: null,
      verdict: { outcome: "ordered", reason: "Q favours long by 0.15" },
      order: {
        decidedAtMs: barMs,
        target: 1,
        stopDistance: null,
        takeDistance: null,
        isResize: false,
        isTrailing: false,
        limitPrice: null,
      },
      laneAccount: flat,
      modelVersion: "m-0123456789abcdef",
      strategy: "sp500-daily",
      runner: "local",
      replica: "inference-1",
      latencyMs: 1.5,
      state: Float32Array.from({ length: 32 }, (_, index) => index / 7),
    },
    fills: Array.from({ length: fills }, () => filled({ account, symbol, barMs })),
    equity: { equity, buyAndHold: 100, position: 0, close: 2874.56, drawdown: 0 },
    total: totalAt(barMs, equity),
    intent: options.isOrdered === true ? intentAt({ account, symbol, barMs }) : null,
    control: options.control ?? { revision: 0, next: null },
  };
}

/** How long a lead lasts: longer than a test. */
export const LEASE_MS = 60_000;

/** Takes the lead of a symbol. @returns The fencing token. */
export async function lead(ledger: Ledger, account: string, symbol: string, replica = "r1"): Promise<number> {
  const tokens = await ledger.renewLeases({ account, replica, symbols: [symbol], ttlMs: LEASE_MS });
  return tokens.get(symbol)!;
}
