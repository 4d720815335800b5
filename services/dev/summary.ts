/** What a run did, counted from the streams themselves. */
import { barStream } from "../core/contracts/bar.ts";
import { controlDocument } from "../core/contracts/control.ts";
import { experienceStream } from "../core/contracts/experience.ts";
import type { FeedStatus } from "../core/contracts/feed_status.ts";
import { decisionStream, equityStream, fillStream } from "../core/contracts/lane.ts";
import { learningStream } from "../core/contracts/learning.ts";
import { currentModel, type ModelEvent, modelEventStream } from "../core/contracts/model.ts";
import { quarantineStream } from "../core/contracts/system.ts";
import { checkParity } from "../core/features/proofs/parity_check.ts";
import type { MakeStateBuilder } from "../core/features/state_builders.ts";
import type { Stream } from "../core/contracts/define.ts";
import { haltReason } from "../core/risk/loss_limits.ts";
import type { Entry, Store } from "../core/redis/store.ts";
import { describeVerdict } from "./describe_verdict.ts";
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
  /** The version that serves; null for none. */
  readonly model: string | null;
  /** How often the gate said what of a candidate, and its last word with its reason; null where it said nothing. */
  readonly verdicts: Readonly<Record<ModelEvent["outcome"], number>>;
  readonly lastVerdict: string | null;
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

/** What the streams do not say. */
export type Chosen = Pick<Summary, "restarts" | "runner" | "venue" | "seed">;

/** Of a run that had no Redis yet. @param feed As it was asked for. */
export function emptySummary(feed: string, chosen: Chosen): Summary {
  return {
    ...{ bars: 0, decisions: 0, orders: 0, fills: 0, experiences: 0, liveExperiences: 0, trainSteps: 0 },
    ...{ modelVersions: 0, model: null, verdicts: noVerdicts(), lastVerdict: null },
    ...{ equity: 0, buyAndHold: 0, decisionLatencyMs: { p50: 0, p99: 0 }, quarantined: 0, halted: null },
    ...chosen,
    ...{
      feed,
      symbols: [],
      undecided: {},
      decisionsByReplica: {},
      stateParity: { decisions: 0, differing: 0 },
    },
  };
}

/** Reads the whole run. */
export async function summarise(
  store: Store,
  feed: Pick<FeedStatus, "feed" | "symbols" | "timeframe">,
  account: string,
  chosen: Chosen,
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
  const models = await readModels(store);
  const [learned] = await store.newest(learningStream(), 1);
  const control = await store.get(controlDocument(account));
  return {
    ...counts,
    trainSteps: learned?.value.updates ?? 0,
    ...models,
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

async function readModels(
  store: Store,
): Promise<Pick<Summary, "modelVersions" | "model" | "verdicts" | "lastVerdict">> {
  const adopted = new Set<string>();
  const verdicts = noVerdicts();
  let last: ModelEvent | null = null;
  for await (const { value } of all(store, modelEventStream())) {
    if (value.outcome === "adopted") adopted.add(value.version);
    if (value.gate.length === 0) continue;
    verdicts[value.outcome]++;
    last = value;
  }
  const model = (await store.get(currentModel()))?.version ?? null;
  const lastVerdict = last === null ? null : describeVerdict(last);
  return { modelVersions: adopted.size, model, verdicts, lastVerdict };
}

function noVerdicts(): Record<ModelEvent["outcome"], number> {
  return { adopted: 0, shadow: 0, held: 0, refused: 0 };
}

/** For people. */
export function describeSummary(summary: Summary): string {
  const { bars, decisions, orders, fills, equity, buyAndHold, decisionLatencyMs: latency } = summary;
  return [
    `${whole(bars)} live bars, ${whole(decisions)} decisions, ${whole(orders)} orders, ${
      whole(fills)
    } fills ` +
    `(${summary.venue})`,
    `${whole(summary.experiences)} experiences, ${whole(summary.trainSteps)} training steps, ` +
    `${whole(summary.modelVersions)} model versions`,
    describeModel(summary),
    `equity ${money(equity)}, buy and hold ${money(buyAndHold)} (${ahead(equity, buyAndHold)})`,
    `decision latency p50 ${latency.p50.toFixed(2)} ms, p99 ${
      latency.p99.toFixed(2)
    } ms (${summary.runner} runner)`,
    `${whole(summary.quarantined)} quarantined, ${summary.restarts} restarts, seed ${summary.seed}`,
    ...(summary.halted === null ? [] : [summary.halted]),
    ...describeUndecided(summary.undecided),
    summary.stateParity.differing === 0
      ? `all ${
        whole(summary.stateParity.decisions)
      } states that were acted on are those that a backtest of the bars builds`
      : `${whole(summary.stateParity.differing)} of ${
        whole(summary.stateParity.decisions)
      } states that were acted on differ from those that ` +
        "a backtest of the bars builds",
  ].join("\n");
}

/** Which version serves, or the gate's word on why none does. */
function describeModel({ model, verdicts, lastVerdict }: Summary): string {
  const refused = verdicts.refused === 0 ? "" : `, refused candidates: ${whole(verdicts.refused)}`;
  if (model !== null) return `model ${model} serves${refused}`;
  return lastVerdict === null ? "no model serves" : `no model serves${refused}; the last: ${lastVerdict}`;
}

/** A count, with its thousands told apart. */
export function whole(value: number): string {
  return value.toLocaleString("en-US");
}

/** With a true minus, as wide as a plus. */
export function money(value: number): string {
  return value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })
    .replace("-", "−");
}

/** How far one is before the other: `+1.30 %`. */
export function ahead(equity: number, buyAndHold: number): string {
  const percent = (equity / buyAndHold - 1) * 100;
  return `${percent >= 0 ? "+" : ""}${percent.toFixed(2)} %`.replace("-", "−");
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
