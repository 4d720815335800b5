/** The page's one event stream: applies snapshots and deltas to the signals, says how fresh they are, and reconnects. */
import { batch } from "@preact/signals";
import { appendPoint } from "./equity_series.ts";
import {
  type Delta,
  type DocumentView,
  LIMITS,
  type LiveMessage,
  type Snapshot,
  STALE_MS,
} from "./messages.ts";
import { applyLane, applyShared, chart, connection, seriesVersion, serverNowMs } from "./page_signals.ts";

const REOPEN_MS = 2_000;
const TICK_MS = 1_000;

export class LiveClient {
  readonly #build: string;
  readonly #page: string;
  #symbol: string;
  #source: EventSource | null = null;
  /** Points held; -1 until a snapshot has come, and deltas mean nothing before. */
  #points = -1;
  #heardMs = performance.now();
  #openedMs = performance.now();
  #clockOffsetMs: number;

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
    this.#open();
  }

  #open(): void {
    this.#source?.close();
    this.#points = -1;
    this.#openedMs = performance.now();
    const query = new URLSearchParams({ page: this.#page, symbol: this.#symbol });
    const source = new EventSource(`/events?${query}`);
    source.onmessage = (event) => this.#hear(JSON.parse(event.data) as LiveMessage);
    source.onerror = () => {
      this.#points = -1;
      connection.value = "reconnecting";
    };
    this.#source = source;
  }

  #hear(message: LiveMessage): void {
    this.#heardMs = performance.now();
    this.#clockOffsetMs = message.serverMs - this.#heardMs;
    batch(() => {
      if (message.kind === "snapshot") this.#replace(message);
      else if (this.#points === message.from) this.#extend(message);
      else if (this.#points >= 0) return this.#open();
      connection.value = "live";
      serverNowMs.value = message.serverMs;
    });
  }

  #replace(snapshot: Snapshot): void {
    if (snapshot.build !== this.#build) return reloadOnce(snapshot.build);
    applyShared(snapshot.shared);
    applyLane(snapshot.lane);
    chart.series = snapshot.series;
    chart.trades = snapshot.trades;
    this.#points = snapshot.series.count;
    seriesVersion.value++;
  }

  #extend(delta: Delta): void {
    if (delta.shared !== undefined) applyShared(delta.shared);
    if (delta.lane !== undefined) applyLane(delta.lane);
    for (const point of delta.points) appendPoint(chart.series, point, LIMITS.points);
    chart.trades = [...chart.trades, ...delta.trades].slice(-LIMITS.trades);
    this.#points += delta.points.length;
    if (delta.points.length + delta.trades.length > 0) seriesVersion.value++;
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

/** The server runs a newer build: takes it once, and never in a loop. */
function reloadOnce(build: string): void {
  if (sessionStorage.getItem("reloaded-for") === build) return;
  sessionStorage.setItem("reloaded-for", build);
  location.reload();
}
