/** Follows the streams of every lane of the feed with one reader for all pages. */
import type { Stream } from "../../services/core/contracts/define.ts";
import {
  type Decision,
  decisionStream,
  type Equity,
  equityStream,
  type Fill,
  fillStream,
} from "../../services/core/contracts/lane.ts";
import { BEFORE_FIRST, compareEntryIds, parseEntryId } from "../../services/core/redis/entry_id.ts";
import { type Entry, isEntryOf, type Store } from "../../services/core/redis/store.ts";
import type { Clock } from "../../services/core/runtime/clock.ts";
import type { DashboardState } from "./dashboard_state.ts";
import type { LaneHistory } from "./lane_history.ts";
import { type DecisionRow, type EquityPoint, LIMITS, type Trade } from "./messages.ts";

const PAGE = 1_000;
const BLOCK_MS = 1_000;
const NO_FEED_MS = 100;

interface LaneStreams {
  readonly lane: LaneHistory;
  readonly equity: Stream<Equity>;
  readonly decisions: Stream<Decision>;
  readonly fills: Stream<Fill>;
}

export class LaneFollower {
  readonly #store: Store;
  readonly #state: DashboardState;
  readonly #clock: Clock;
  readonly #account: string;
  readonly #followed = new Map<string, LaneStreams>();
  #positions = new Map<Stream<unknown>, string>();
  #liveBars = 0;

  constructor(parts: { store: Store; state: DashboardState; clock: Clock; account: string }) {
    this.#store = parts.store;
    this.#state = parts.state;
    this.#clock = parts.clock;
    this.#account = parts.account;
  }

  /** Follows until `signal` aborts. @throws Whatever the store does. */
  async run(signal: AbortSignal): Promise<void> {
    this.#followed.clear();
    this.#positions.clear();
    await using reader = this.#store.openReader();
    while (!signal.aborted) {
      await this.#followFeed();
      if (this.#positions.size === 0) {
        await this.#clock.wait(NO_FEED_MS, signal);
        continue;
      }
      const page = await reader.read(this.#positions, { count: PAGE, blockMs: BLOCK_MS, signal });
      for (const streams of this.#followed.values()) this.#show(streams, page.entries);
      this.#positions = page.positions;
      if (page.entries.length === 0) await this.#noticeNewRun();
    }
  }

  /** Takes up the feed's new symbols and drops those it no longer has. */
  async #followFeed(): Promise<void> {
    const { symbols = [], liveBars = 0 } = this.#state.shared.feed ?? {};
    if (liveBars < this.#liveBars) this.#followed.clear(); // another run: what was read is not its history
    this.#liveBars = liveBars;
    for (const [symbol, { equity, decisions, fills }] of this.#followed) {
      if (symbols.includes(symbol)) continue;
      for (const stream of [equity, decisions, fills]) this.#positions.delete(stream);
      this.#followed.delete(symbol);
    }
    if (this.#followed.size === 0) this.#positions.clear();
    this.#state.keepLanes(symbols);
    for (const symbol of symbols) {
      if (this.#followed.has(symbol)) continue;
      const streams: LaneStreams = {
        lane: this.#state.lane(symbol),
        equity: equityStream(this.#account, symbol),
        decisions: decisionStream(this.#account, symbol),
        fills: fillStream(this.#account, symbol),
      };
      this.#followed.set(symbol, streams);
      await this.#fromStart(streams);
    }
  }

  /** Equity and fills are read from the start; of the decisions, only the newest are shown. */
  async #fromStart({ lane, equity, decisions, fills }: LaneStreams): Promise<void> {
    const newest = await this.#store.newest(decisions, LIMITS.decisions);
    lane.clear();
    lane.addDecisions(newest.map(({ value }) => decisionRow(value)), null);
    this.#positions.set(equity, BEFORE_FIRST);
    this.#positions.set(fills, BEFORE_FIRST);
    this.#positions.set(decisions, newest.at(-1)?.id ?? BEFORE_FIRST);
  }

  #show({ lane, equity, decisions, fills }: LaneStreams, entries: readonly Entry[]): void {
    const points = entries.filter((entry) => isEntryOf(entry, equity)).map(equityPoint);
    const trades = entries.filter((entry) => isEntryOf(entry, fills)).map(trade);
    const rows = entries.filter((entry) => isEntryOf(entry, decisions)).map(({ value }) =>
      decisionRow(value)
    );
    if (points.length > 0) lane.addPoints(points);
    if (trades.length > 0) lane.addTrades(trades);
    if (rows.length > 0) lane.addDecisions(rows, this.#clock.nowMs());
    const strategy = rows.at(-1)?.strategy;
    if (strategy !== undefined) this.#state.set("strategy", strategy);
  }

  /** Ids are bars, so a run that begins anew lies behind the positions and would not be seen. */
  async #noticeNewRun(): Promise<void> {
    for (const streams of this.#followed.values()) {
      const position = this.#positions.get(streams.equity) ?? BEFORE_FIRST;
      if (position === BEFORE_FIRST) continue;
      const [newest] = await this.#store.newest(streams.equity, 1);
      const id = newest?.id ?? BEFORE_FIRST;
      if (compareEntryIds(parseEntryId(id), parseEntryId(position)) < 0) await this.#fromStart(streams);
    }
  }
}

function equityPoint({ id, value }: Entry<Equity>): EquityPoint {
  const { equity, buyAndHold, position, drawdown } = value;
  return { barMs: parseEntryId(id).ms, equity, buyAndHold, position, drawdown };
}

function trade({ id, value }: Entry<Fill>): Trade {
  const { barMs, side, quantity, price, fee } = value;
  return { id, barMs, side, quantity: Number(quantity), price: Number(price), fee: Number(fee) };
}

function decisionRow({ state: _, laneAccount: __, account: ___, ...row }: Decision): DecisionRow {
  return row;
}
