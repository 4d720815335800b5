/** What a run did, counted from the streams themselves. */
import { barStream } from "../core/contracts/bar.ts";
import { controlDocument } from "../core/contracts/control.ts";
import { experienceStream } from "../core/contracts/experience.ts";
import type { FeedStatus } from "../core/contracts/feed_status.ts";
import { decisionStream, equityStream, fillStream } from "../core/contracts/lane.ts";
import { learningStream } from "../core/contracts/learning.ts";
import { modelEventStream } from "../core/contracts/model.ts";
import { quarantineStream } from "../core/contracts/system.ts";
import { checkParity } from "../core/features/proofs/parity_check.ts";
import type { MakeStateBuilder } from "../core/features/state_builders.ts";
import type { Stream } from "../core/contracts/define.ts";
import { haltReason } from "../core/risk/loss_limits.ts";
import type { Entry, Store } from "../core/redis/store.ts";
import { countUndecided, describeUndecided } from "./undecided.ts";

export interface Summary {
  /** Live bars, over all symbols. */
  readonly bars: number;
  readonly decisions: number;
  readonly orders: number;
  readonly fills: number;
  /** Steps to learn from, history included. */
  readonly experiences: number;
  readonly liveExperiences: number;
  readonly trainSteps: number;
  /** Distinct versions that were adopted. */
  readonly modelVersions: number;
  /** Sum over the lanes, in the account's currency. */
  readonly equity: number;
  readonly buyAndHold: number;
  readonly decisionLatencyMs: { readonly p50: number; readonly p99: number };
  readonly quarantined: number;
  /** Since when and why nothing may be traded; null where it may. */
  readonly halted: string | null;
  readonly restarts: number;
  readonly runner: string;
  /** Where orders went: `paper`, `sandbox binance`, `live binance`. */
  readonly venue: string;
  readonly seed: number;
  readonly feed: string;
  readonly symbols: readonly string[];
  /** Bars on which no model decided, by reason. */
  readonly undecided: Readonly<Record<string, number>>;
  readonly decisionsByReplica: Readonly<Record<string, number>>;
  /** States that decisions acted on, and how many of them differ from those that the stored bars give. */
  readonly stateParity: { readonly decisions: number; readonly differing: number };
}

/** Reads the whole run. @param chosen What the streams do not say. */
export async function summarise(
  store: Store,
  feed: FeedStatus,
  account: string,
  chosen: Pick<Summary, "restarts" | "runner" | "venue" | "seed">,
  makeStateBuilder: MakeStateBuilder,
): Promise<Summary> {
  const counts = { bars: 0, decisions: 0, orders: 0, fills: 0, experiences: 0, liveExperiences: 0 };
  const money = { equity: 0, buyAndHold: 0 };
  const latencies: number[] = [];
  const decisionsByReplica: Record<string, number> = {};
  const undecided: Record<string, number> = {};
  const stateParity = { decisions: 0, differing: 0 };
  for (const symbol of feed.symbols) {
    for await (const { value } of all(store, barStream(symbol, feed.timeframe))) {
      if (value.phase === "live") counts.bars++;
    }
    for await (const { value } of all(store, decisionStream(account, symbol))) {
      counts.decisions++;
      if (value.order !== null) counts.orders++;
      latencies.push(value.latencyMs);
      countUndecided(undecided, value);
      decisionsByReplica[value.replica] = (decisionsByReplica[value.replica] ?? 0) + 1;
    }
    counts.fills += await store.length(fillStream(account, symbol));
    for await (const { value } of all(store, experienceStream(account, symbol))) {
      counts.experiences++;
      if (value.phase === "live") counts.liveExperiences++;
    }
    const [last] = await store.newest(equityStream(account, symbol), 1);
    const lane = { store, account, symbol, timeframe: feed.timeframe, builder: makeStateBuilder(symbol) };
    const { decisions, differing } = await checkParity(lane);
    stateParity.decisions += decisions;
    stateParity.differing += differing;
    money.equity += last?.value.equity ?? 0;
    money.buyAndHold += last?.value.buyAndHold ?? 0;
  }
  const versions = new Set<string>();
  for await (const { value } of all(store, modelEventStream())) {
    if (value.outcome === "adopted") versions.add(value.version);
  }
  const [learned] = await store.newest(learningStream(), 1);
  const control = await store.get(controlDocument(account));
  return {
    ...counts,
    trainSteps: learned?.value.updates ?? 0,
    modelVersions: versions.size,
    equity: cents(money.equity),
    buyAndHold: cents(money.buyAndHold),
    decisionLatencyMs: { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) },
    quarantined: await store.length(quarantineStream()),
    halted: control?.state === "halted" ? haltReason(control) : null,
    ...chosen,
    feed: feed.feed,
    symbols: feed.symbols,
    undecided,
    decisionsByReplica,
    stateParity,
  };
}

/** For people. */
export function describeSummary(summary: Summary): string {
  const { bars, decisions, orders, fills, equity, buyAndHold, decisionLatencyMs: latency } = summary;
  const difference = (equity / buyAndHold - 1) * 100;
  return [
    `${bars} live bars, ${decisions} decisions, ${orders} orders, ${fills} fills (${summary.venue})`,
    `${summary.experiences} experiences, ${summary.trainSteps} training steps, ${summary.modelVersions} model versions`,
    `equity ${money(equity)}, buy and hold ${money(buyAndHold)} (${difference >= 0 ? "+" : ""}${
      difference.toFixed(2)
    } %)`,
    `decision latency p50 ${latency.p50.toFixed(2)} ms, p99 ${
      latency.p99.toFixed(2)
    } ms (${summary.runner} runner)`,
    `${summary.quarantined} quarantined, ${summary.restarts} restarts, seed ${summary.seed}`,
    ...(summary.halted === null ? [] : [summary.halted]),
    ...describeUndecided(summary.undecided),
    summary.stateParity.differing === 0
      ? `all ${summary.stateParity.decisions} states that were acted on are those that a backtest of the bars builds`
      : `${summary.stateParity.differing} of ${summary.stateParity.decisions} states that were acted on differ from those that ` +
        "a backtest of the bars builds",
  ].join("\n");
}

export function money(value: number): string {
  return value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

async function* all<T>(store: Store, stream: Stream<T>): AsyncGenerator<Entry<T>> {
  for (let after = "0-0";;) {
    const page = await store.range(stream, { after, count: 2_000 });
    yield* page;
    if (page.length === 0) return;
    after = page[page.length - 1].id;
  }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

function cents(value: number): number {
  return Math.round(value * 100) / 100;
}
