/** The page's one event stream: applies snapshots and deltas to the signals, says how fresh they are, and reconnects. */
import { batch } from "@preact/signals";
import { markOf } from "./decision_mark.ts";
import { appendPoint } from "./equity_series.ts";
import {
  type Delta,
  type DocumentView,
  LIMITS,
  type LiveMessage,
  type RecentDecisions,
  type Snapshot,
  STALE_MS,
} from "./messages.ts";
import {
  applyLane,
  applyRecent,
  applyShared,
  chart,
  connection,
  seriesVersion,
  serverNowMs,
} from "./page_signals.ts";

const REOPEN_MS = 2_000;
const TICK_MS = 1_000;
/** Events are shown at most so often: more could not be read, and would cost the processor. */
const SHOW_MS = 200;
/** Bars that the page holds at most, whatever it has loaded. */
export const MOST_BARS = 20_000;

export class LiveClient {
  readonly #build: string;
  readonly #page: string;
  #symbol: string;
  #source: EventSource | null = null;
  /** Id of the last event that was heard; null before there was one, and deltas mean nothing then. */
  #heardId: string | null = null;
  #heardMs = performance.now();
  #openedMs = performance.now();
  #clockOffsetMs: number;
  #waiting: LiveMessage[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;
  #shownMs = -Infinity;

  constructor({ build, page, lane, serverMs }: DocumentView) {
    this.#build = build;
    this.#page = page;
    this.#symbol = lane.symbol;
    this.#clockOffsetMs = serverMs - performance.now();
  }

  /** Starts for the life of the page. */
  start(): void {
    this.#open();
    setInterval(() => this.#tick(), TICK_MS);
  }

  /** Shows another symbol. */
  show(symbol: string): void {
    if (symbol === this.#symbol) return;
    this.#symbol = symbol;
    this.#heardId = null;
    this.#open();
  }

  /** Opens the stream where it was left. The browser names the last event by itself when it reconnects, and only then. */
  #open(): void {
    this.#source?.close();
    this.#waiting = [];
    this.#openedMs = performance.now();
    const query = new URLSearchParams({ page: this.#page, symbol: this.#symbol });
    if (this.#heardId !== null) query.set("after", this.#heardId);
    const source = new EventSource(`/events?${query}`);
    source.onmessage = (event) => this.#hear(JSON.parse(event.data) as LiveMessage, event.lastEventId);
    source.onerror = () => connection.value = "reconnecting";
    this.#source = source;
  }

  #hear(message: LiveMessage, id: string): void {
    if (message.kind === "delta" && message.after !== this.#heardId) {
      this.#heardId = null; // something was missed: everything anew
      return this.#open();
    }
    this.#heardId = id;
    this.#heardMs = performance.now();
    this.#clockOffsetMs = message.serverMs - this.#heardMs;
    connection.value = "live";
    this.#waiting.push(message);
    this.#timer ??= setTimeout(() => this.#show(), Math.max(0, this.#shownMs + SHOW_MS - this.#heardMs));
  }

  #show(): void {
    this.#timer = null;
    this.#shownMs = performance.now();
    const messages = this.#waiting;
    this.#waiting = [];
    batch(() => {
      for (const message of messages) {
        if (message.kind === "snapshot") this.#replace(message);
        else this.#extend(message);
        serverNowMs.value = message.serverMs;
      }
    });
  }

  #replace({ shared, lane, recent, build, ...rest }: Snapshot): void {
    if (build !== this.#build) return reloadOnce(build);
    applyShared(shared);
    applyLane(lane);
    applyRecent(() => recent);
    const { series, trades, bars, marks, holes } = rest;
    Object.assign(chart, { series, trades, bars, marks, holes });
    seriesVersion.value++;
  }

  #extend(delta: Delta): void {
    const { build, shared, lane, points = [], trades = [], bars = [], holes = [], decisions = [] } = delta;
    if (build !== undefined && build !== this.#build) return reloadOnce(build);
    if (shared !== undefined) applyShared(shared);
    if (lane !== undefined) applyLane(lane);
    applyRecent((held) => extended(held, delta));
    for (const point of points) appendPoint(chart.series, point, LIMITS.points);
    append(chart.trades, trades, LIMITS.trades);
    append(chart.bars, bars, MOST_BARS);
    append(chart.holes, holes, LIMITS.holes);
    append(chart.marks, decisions.map(markOf), MOST_BARS);
    if (points.length + trades.length + bars.length + holes.length + decisions.length > 0) {
      seriesVersion.value++;
    }
  }

  /** Ages grow with the server's clock; a stream that is silent or was refused is opened again. */
  #tick(): void {
    const nowMs = performance.now();
    serverNowMs.value = this.#clockOffsetMs + nowMs;
    const silentMs = nowMs - Math.max(this.#heardMs, this.#openedMs);
    const refused = this.#source?.readyState === EventSource.CLOSED;
    if (silentMs > STALE_MS && connection.value === "live") connection.value = "stale";
    if ((refused && silentMs > REOPEN_MS) || silentMs > 3 * STALE_MS) this.#open();
  }
}

/** Appends in place, and lets the oldest go in chunks. */
function append<T>(held: T[], added: readonly T[], limit: number): void {
  for (const each of added) held.push(each);
  if (held.length > limit + limit / 8) held.splice(0, held.length - limit);
}

function extended(held: RecentDecisions, { decisions = [], reasons = [] }: Delta): RecentDecisions {
  if (decisions.length + reasons.length === 0) return held;
  const newest = [...decisions.toReversed(), ...held.decisions].slice(0, LIMITS.decisions);
  const oldestMs = newest.at(-1)?.barMs ?? 0;
  return {
    decisions: newest,
    reasons: [...reasons.toReversed(), ...held.reasons].filter(({ barMs }) => barMs >= oldestMs),
  };
}

/** The server runs a newer build: takes it once, and never in a loop. */
function reloadOnce(build: string): void {
  if (sessionStorage.getItem("reloaded-for") === build) return;
  sessionStorage.setItem("reloaded-for", build);
  location.reload();
}
