/** Commits to test ledgers with: valid by contract, of no meaning. */
import type { Fill, LaneAccount, LaneRecord } from "../contracts/lane.ts";
import type { Commit } from "./ledger.ts";

const flat: LaneAccount = {
  cash: "100",
  quantity: "0",
  entryPrice: "0",
  barsInTrade: 0,
  feesPaid: "0",
  stopPrice: "0",
  takePrice: "0",
  cooldownLeft: 0,
};

export function laneAt(at: { barMs: number; version: number; fence: number }): LaneRecord {
  return { ...at, state: { account: flat, benchmark: flat, pending: null, peakEquity: 100 } };
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
      order: { decidedAtMs: barMs, target: 1, stopDistance: null, takeDistance: null, isResize: false },
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
  };
}
