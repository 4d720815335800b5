/** A decision as a line of CSV, with everything that a spreadsheet can use. Pure. */
import type { DecisionRow } from "../live/messages.ts";
import type { CsvValue } from "./csv.ts";

const COLUMNS: Readonly<Record<string, (row: DecisionRow) => CsvValue>> = {
  bar_utc: ({ barMs }) => new Date(barMs).toISOString(),
  bar_ms: ({ barMs }) => barMs,
  symbol: ({ symbol }) => symbol,
  action: ({ action }) => action,
  size: ({ size }) => size,
  stop_atr: ({ stop }) => stop,
  take_atr: ({ take }) => take,
  is_keep: ({ isKeep }) => String(isKeep),
  target_before: ({ targetBefore }) => targetBefore,
  target: ({ target }) => target,
  chosen: ({ chosen }) => chosen?.label ?? null,
  chosen_q_sigma: ({ chosen }) => chosen?.q ?? null,
  chosen_cost_sigma: ({ chosen }) => chosen?.cost ?? null,
  runner_up: ({ runnerUp }) => runnerUp?.label ?? null,
  runner_up_q_sigma: ({ runnerUp }) => runnerUp?.q ?? null,
  confidence: ({ confidence }) => confidence,
  heads: ({ heads }) => JSON.stringify(heads),
  verdict: ({ verdict }) => verdict.outcome,
  verdict_reason: ({ verdict }) => verdict.reason,
  order_target: ({ order }) => order?.target ?? null,
  cash: ({ laneAccount }) => laneAccount.cash,
  quantity: ({ laneAccount }) => laneAccount.quantity,
  model_version: ({ modelVersion }) => modelVersion,
  strategy: ({ strategy }) => strategy,
  runner: ({ runner }) => runner,
  replica: ({ replica }) => replica,
  latency_ms: ({ latencyMs }) => latencyMs,
};

export function decisionCsvHeader(): string[] {
  return Object.keys(COLUMNS);
}

export function decisionCsvRow(row: DecisionRow): CsvValue[] {
  return Object.values(COLUMNS).map((valueOf) => valueOf(row));
}
