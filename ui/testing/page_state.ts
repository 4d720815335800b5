/** A state to test with, and a listener that rebuilds what a page would hold. */
import type { FeedStatus } from "../../services/core/contracts/feed_status.ts";
import type { Clock } from "../../services/core/runtime/clock.ts";
import type { ClientAssets } from "../client_assets.ts";
import { DashboardState, emptyShared } from "../live/dashboard_state.ts";
import type { ShownFill } from "../live/lane_history.ts";
import { appendPoint, emptySeries, type SeriesColumns } from "../live/equity_series.ts";
import { type EquityPoint, LIMITS, type LiveMessage, type SharedView, type Trade } from "../live/messages.ts";

export const SETTINGS = {
  account: "paper",
  currency: "USD",
  strategy: "sp500-daily",
  venue: "paper",
  archiveBudgetMb: 512,
  actionNames: ["flat", "long"],
  heads: [
    { name: "action", values: ["flat", "long"], unit: "" },
    { name: "risk", values: null, unit: "σ" },
  ],
  features: Array.from({ length: 12 }, (_, index) => `feature_${index}`),
  accountInputs: [],
};

/** A bundle of nothing. */
export const TEST_ASSETS: ClientAssets = {
  build: "client-test.js",
  script: "/assets/client-test.js",
  style: "/assets/style-test.css",
  scriptsOf: (islands) => islands.map((island) => `/assets/${island}-test.js`),
  files: new Map([
    ["/assets/client-test.js", { body: new TextEncoder().encode("export {};"), type: "text/javascript" }],
    ["/static/theme.js", { body: new TextEncoder().encode("1;"), type: "text/javascript" }],
  ]),
};

export class HandClock implements Clock {
  ms = 1_000_000;
  nowMs = () => this.ms;
  monotonicMs = () => this.ms;
  wait = () => Promise.resolve();
}

export function stateOf(symbols: string[], clock: Clock): DashboardState {
  const state = new DashboardState("client-test.js", emptyShared(clock.nowMs(), SETTINGS));
  if (symbols.length > 0) state.set("feed", feedOf(symbols));
  return state;
}

export function feedOf(symbols: string[]): FeedStatus {
  return {
    runId: "00000000-0000-4000-8000-000000000001",
    feed: "synthetic",
    note: "made up",
    state: "live",
    symbols,
    timeframe: "1d",
    bootstrapBars: 100,
    liveBars: 0,
    plannedLiveBars: null,
    firstLiveMs: null,
    speed: "max",
    lockstep: false,
  };
}

export function pointAt(index: number): EquityPoint {
  return {
    barMs: (index + 1) * 86_400_000,
    equity: 100_000 + index,
    buyAndHold: 100_000 - index,
    position: 1,
    drawdown: 0,
    holdDrawdown: 1 - (100_000 - index) / 100_000,
  };
}

export function fillAt(index: number): ShownFill {
  const barMs = (index + 1) * 86_400_000;
  const trade: Trade = {
    id: `${barMs}-0`,
    barMs,
    side: "buy",
    quantity: 1,
    price: 100,
    fee: 0.03,
    reason: "order",
    liquidity: "taker",
  };
  return { trade, quantity: "1", price: "100", fee: "0.03" };
}

/** What a page holds after the messages it heard. @throws {Error} Where a page would reconnect. */
export class HeardPage {
  series: SeriesColumns = emptySeries();
  trades: Trade[] = [];
  shared: Partial<SharedView> = {};
  symbol = "";
  heardId = "";
  readonly kinds: string[] = [];

  hear(message: LiveMessage, id: string): void {
    this.kinds.push(message.kind);
    this.#apply(message);
    this.heardId = id;
  }

  #apply(message: LiveMessage): void {
    if (message.kind === "snapshot") {
      this.series = message.series;
      this.trades = message.trades;
      this.shared = message.shared;
      this.symbol = message.lane.symbol;
      return;
    }
    if (message.after !== this.heardId) {
      throw new Error(`It heard ${this.heardId} last, not ${message.after}`);
    }
    for (const point of message.points ?? []) appendPoint(this.series, point, LIMITS.points);
    this.trades.push(...message.trades ?? []);
    Object.assign(this.shared, message.shared);
  }
}

/** Reads the messages of an event stream. */
export class EventReader implements AsyncDisposable {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #text = "";
  /** Id of the last event. */
  lastId = "";

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  /** The next message; null at the end. */
  async next(): Promise<LiveMessage | null> {
    for (;;) {
      const end = this.#text.indexOf("\n\n");
      if (end >= 0) {
        const event = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        const [, id, data] = /^id: (.*)\ndata: (.*)$/.exec(event) ?? [];
        if (id === undefined || data === undefined) continue;
        this.lastId = id;
        return JSON.parse(data);
      }
      const { done, value } = await this.#reader.read();
      if (done) return null;
      this.#text += new TextDecoder().decode(value);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.cancel().catch(() => {});
  }
}
