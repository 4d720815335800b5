/** One valid value of every contract, with the key that it lies under. */
import { attributionStream } from "./attribution.ts";
import { barStream } from "./bar.ts";
import { controlDocument } from "./control.ts";
import type { Document, Stream } from "./define.ts";
import { experienceStream } from "./experience.ts";
import { feedStatus } from "./feed_status.ts";
import { decisionStream, equityStream, fillStream, type LaneAccount, laneRecord } from "./lane.ts";
import { learningStream, rewardStream, ticketStream } from "./learning.ts";
import { missingBarsStream } from "./missing_bars.ts";
import {
  currentModel,
  gateState,
  modelEventStream,
  modelMetadata,
  requestStream,
  resultStream,
  shadowStream,
} from "./model.ts";
import { modelHold, modelHoldAnswer } from "./model_hold.ts";
import { accountTotal, type RiskState } from "./risk.ts";
import { runTerms } from "./run_terms.ts";
import { heartbeats, logStream, quarantineStream, setupSteps } from "./system.ts";
import { tickStream } from "./tick.ts";
import { outboxStream, reconciliations, venueStream } from "./venue.ts";

export interface StreamSample {
  readonly stream: Stream<unknown>;
  readonly key: string;
  readonly value: Record<string, unknown>;
}
export interface DocumentSample {
  readonly document: Document<unknown>;
  readonly key: string;
  readonly value: Record<string, unknown>;
}

const VERSION = "m-0123456789abcdef";
const account: LaneAccount = {
  cash: "12.5",
  quantity: "-0.00000001",
  entryPrice: "2874.56",
  barsInTrade: 3,
  feesPaid: "0.03",
  borrowPaid: "0",
  stopPrice: "2801.5",
  takePrice: "0",
  trailDistance: "0",
  cooldownLeft: 0,
};
const order = {
  decidedAtMs: 1_000,
  target: -0.5,
  stopDistance: 12.5,
  takeDistance: null,
  isResize: false,
  isTrailing: false,
  limitPrice: null,
};
const option = { label: "short 0.5, stop 2", class: 2, scalars: [0.5, 0.36787945], q: 0.125, cost: 0.02 };
const bar = { openTimeMs: 1_000, open: 10, high: 12, low: 9, close: 11, volume: 0 };
const risk: RiskState = {
  dayMs: 0,
  equity: 12.5,
  dayStartEquity: 13,
  peakEquity: 14,
  traded: 7.5,
  orderTimes: [1_000],
  resumes: 0,
};
const gate = [{ step: "integrity", passed: true, reason: "fine", figures: { parityError: 1e-7 } }] as const;
const state = Float32Array.of(0.1, -2, 3e-7);

/** Ties a sample to its contract's type. */
function ofStream<T extends object>(stream: Stream<T>, key: string, value: T): StreamSample {
  return { stream, key, value: value as Record<string, unknown> };
}
function ofDocument<T extends object>(document: Document<T>, key: string, value: T): DocumentSample {
  return { document, key, value: value as Record<string, unknown> };
}

export const STREAM_SAMPLES: readonly StreamSample[] = [
  ofStream(barStream("BTC/USDT", "1h"), "market:bars:BTC/USDT:1h", { phase: "live", bar }),
  ofStream(tickStream("BTC/USDT"), "market:ticks:BTC/USDT", {
    timeMs: 1_000,
    price: 10,
    size: 0.5,
  }),
  ofStream(missingBarsStream("BTC/USDT", "1h"), "market:missing:BTC/USDT:1h", {
    fromMs: 1_000,
    untilMs: 3_000,
    bars: 2,
    reason: "the exchange has none",
    atMs: 9_000,
  }),
  ofStream(outboxStream("main", "BTC/USDT"), "{main}:outbox:BTC/USDT", {
    account: "main",
    symbol: "BTC/USDT",
    barMs: 1_000,
    leg: "entry",
    clientOrderId: "rl0123456789abcdef",
    side: "buy",
    quantity: "0.5",
    stopDistance: 12.5,
    takeDistance: null,
  }),
  ofStream(venueStream("main", "BTC/USDT"), "{main}:venue:BTC/USDT", {
    kind: "partially filled",
    barMs: 1_000,
    leg: "stop",
    clientOrderId: "rl0123456789abcdef",
    side: "sell",
    quantity: "0.5",
    trigger: "90.5",
    venueOrderId: "77",
    fills: [{ tradeId: "8", price: "90.4", quantity: "0.25", fee: "0.0226", feeCurrency: "USDT" }],
    reason: null,
    replica: "inference-1",
    atMs: 9_000,
  }),
  ofStream(experienceStream("paper", "SPX"), "experience:paper:SPX", {
    symbol: "SPX",
    barMs: 1_000,
    phase: "live",
    close: 9.5,
    volume: 7,
    next: bar,
    exitOpen: 11.5,
    exitMs: 3_000,
    decision: {
      id: "paper:SPX:1000",
      action: "long",
      size: 0.5,
      stop: null,
      take: 3,
      isKeep: false,
      chosen: option,
      targetBefore: 0,
      target: 1,
      modelVersion: VERSION,
      order,
      laneAccount: account,
      nextLaneAccount: account,
      fee: "0.03",
    },
    atr: 0.75,
    nextAtr: null,
    features: state,
    nextFeatures: Float32Array.of(1),
  }),
  ofStream(decisionStream("paper", "SPX"), "{paper}:decisions:SPX", {
    account: "paper",
    symbol: "SPX",
    barMs: 1_000,
    action: null,
    size: 0.5,
    stop: 2,
    take: null,
    isKeep: false,
    targetBefore: 0,
    target: 0,
    heads: { action: [null, 0.5] },
    costs: [null, 0.02],
    chosen: option,
    runnerUp: null,
    confidence: 0.75,
    atr: 6.25,
    verdict: { outcome: "refused", reason: "there is no model yet" },
    order,
    laneAccount: account,
    modelVersion: null,
    strategy: "sp500-daily",
    runner: "local",
    replica: "inference-1",
    latencyMs: 0.25,
    state,
  }),
  ofStream(attributionStream("paper", "SPX"), "{paper}:attribution:SPX", {
    chosen: "long",
    other: "flat",
    costDifference: -0.02,
    baselineDifference: 0.1,
    weights: state,
    residual: 1e-6,
    rough: false,
    steps: 47,
    modelVersion: VERSION,
  }),
  ofStream(fillStream("paper", "SPX"), "{paper}:fills:SPX", {
    account: "paper",
    symbol: "SPX",
    barMs: 2_000,
    decidedAtMs: null,
    side: "buy",
    quantity: "0.5",
    price: "10",
    fee: "0.0015",
    reason: "stop",
    liquidity: "taker",
  }),
  ofStream(equityStream("paper", "SPX"), "{paper}:equity:SPX", {
    equity: -1.5,
    buyAndHold: 100,
    position: 0.99,
    close: 11,
    drawdown: 1.2,
  }),
  ofStream(ticketStream(), "learning:tickets", { kind: "barrier", barMs: 1_000, steps: { "BTC/USDT": 900 } }),
  ofStream(learningStream(), "learning:metrics", {
    updates: 250,
    skipped: 1,
    experiences: 40,
    liveExperiences: 2,
    loss: 0.5,
    meanAbsTd: 0.1,
    meanValue: -0.2,
    gradNorm: 3,
    updatesPerSecond: 900.5,
    epsilon: 0.05,
    replayed: 40,
    replayCapacity: 1_000,
  }),
  ofStream(rewardStream("paper", "SPX"), "learning:rewards:paper:SPX", {
    decisionId: "paper:SPX:1000",
    logReturn: -0.01,
    cost: 0.0003,
    reward: -1,
  }),
  ofStream(modelEventStream(), "model:events", {
    version: VERSION,
    outcome: "shadow",
    adoptAfterMs: 1_000,
    atMs: 5,
    updates: 250,
    gate: [...gate],
  }),
  ofStream(shadowStream("SPX"), "model:shadow:SPX", {
    symbol: "SPX",
    barMs: 1_000,
    version: VERSION,
    choice: "long",
    reason: "Q is 0.2 above keeping",
    differs: true,
    inputs: state,
    outputs: new Float32Array(0),
  }),
  ofStream(requestStream("SPX"), "model:requests:SPX", {
    symbol: "SPX",
    barMs: 1_000,
    version: VERSION,
    state,
    classes: [0, 2],
    scalars: state,
  }),
  ofStream(resultStream("SPX"), "model:results:SPX", {
    symbol: "SPX",
    barMs: 1_000,
    version: VERSION,
    error: "it is not there",
    outputs: new Float32Array(0),
    values: state,
  }),
  ofStream(quarantineStream(), "system:quarantine", {
    process: "trainer",
    source: "market:bars:SPX:1d",
    entry: "1000-0",
    reason: "no bar",
    content: "{}",
    atMs: 5,
  }),
  ofStream(logStream(), "system:log", {
    process: "inference-1",
    level: "warn",
    message: "lane lost",
    fields: '{"symbol":"SPX"}',
    atMs: 5,
  }),
];

export const DOCUMENT_SAMPLES: readonly DocumentSample[] = [
  ofDocument(feedStatus(), "market:feed", {
    runId: "00000000-0000-4000-8000-000000000001",
    feed: "sp500",
    note: "price index, no dividends",
    state: "live",
    symbols: ["SPX"],
    timeframe: "1d",
    bootstrapBars: 4_000,
    liveBars: 3,
    plannedLiveBars: null,
    firstLiveMs: 1_000,
    speed: "max",
    lockstep: true,
  }),
  ofDocument(runTerms(), "market:terms", { schema: "{}", rules: "{}" }),
  ofDocument(laneRecord("paper", "SPX"), "{paper}:lane:SPX", {
    barMs: 1_000,
    version: 1,
    fence: 0,
    state: {
      account,
      benchmark: account,
      pending: order,
      lastBar: { openTimeMs: 1_000, close: 9.5, volume: 7, atr: null },
      peakEquity: 100_000.01,
      risk,
    },
  }),
  ofDocument(reconciliations("main"), "{main}:reconciliation", {
    state: "differs",
    ledger: "0.5",
    venue: "0.25",
    strangers: ["x-1"],
    accept: null,
    atMs: 9_000,
  }),
  ofDocument(controlDocument("paper"), "control:{paper}", {
    revision: 2,
    state: "halted",
    flatten: true,
    reason: "daily loss 12 % is over the limit of 10 %",
    by: "risk limit",
    atMs: 5,
    barMs: 1_000,
    resumes: 0,
  }),
  ofDocument(accountTotal("paper"), "{paper}:total", {
    barMs: 1_000,
    held: 3.5,
    risk,
    accountPeak: null,
    before: null,
  }),
  ofDocument(modelMetadata(VERSION), `model:metadata:${VERSION}`, {
    version: VERSION,
    sha256: "0123456789abcdef".repeat(4),
    bytes: 4_000,
    schemaHash: "cafe",
    strategy: "sp500-daily",
    parent: null,
    createdMs: 5,
    updates: 250,
    experiences: 40,
    liveExperiences: 2,
    learnedThroughMs: 1_000,
    metrics: { loss: 0.5 },
    gate: [...gate],
    provisional: true,
  }),
  ofDocument(gateState(), "model:gate", {
    judgedThroughMs: 1_000,
    shadow: { version: VERSION, afterMs: 1_000, bars: 20 },
  }),
  ofDocument(currentModel(), "model:current", { version: VERSION, adoptAfterMs: 1_000, sequence: 1 }),
  ofDocument(modelHold(), "control:models", { revision: 1, version: VERSION, reason: "by hand", atMs: 5 }),
  ofDocument(modelHoldAnswer(), "model:hold", { revision: 1, version: null, refused: "it is not there" }),
  ofDocument(heartbeats(), "system:heartbeats", {
    process: "core",
    id: "core",
    pid: 12,
    startedMs: 1,
    atMs: 2,
    activity: "live",
    memoryMb: 80.5,
    figures: { liveBars: 3 },
    metricsUrl: "http://127.0.0.1:9464",
  }),
  ofDocument(setupSteps(), "system:setup", {
    order: 0,
    title: "Redis",
    state: "done",
    doneBytes: null,
    totalBytes: 10,
    detail: "",
    seconds: 1.5,
  }),
];
