/** The past of every lane, for requests: knows whether there is a store to read, and how long a request may wait for it. */
import type { Store } from "../../services/core/redis/store.ts";
import type { DashboardState } from "../live/dashboard_state.ts";
import { LaneArchive } from "./lane_archive.ts";
import type { StateSetup } from "./state_history.ts";

const ANSWER_MS = 5_000;

/** Raised where the store does not answer in time, or there is none yet. */
export class HistoryAwayError extends Error {
  override readonly name = "HistoryAwayError";
}

export class History {
  /** Set while Redis is followed. */
  store: Store | null = null;
  readonly #state: DashboardState;
  readonly #account: string;

  /** @param states How states are built; null where none are shown. */
  constructor(state: DashboardState, account: string, readonly states: StateSetup | null = null) {
    this.#state = state;
    this.#account = account;
  }

  /** Reads of a lane. @throws {HistoryAwayError} If Redis does not answer.  @throws {RangeError} If the feed has no such symbol. */
  async read<T>(symbol: string, read: (lane: LaneArchive) => Promise<T>): Promise<T> {
    const deadline = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => deadline.reject(new HistoryAwayError("Cannot read the past as Redis must answer: it does not")),
      ANSWER_MS,
    );
    try {
      return await Promise.race([read(this.lane(symbol)), deadline.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** @throws As {@link read} does. */
  lane(symbol: string): LaneArchive {
    const { feed } = this.#state.shared;
    if (this.store === null || feed === null) {
      throw new HistoryAwayError("Cannot read the past as a run must have begun: none has");
    }
    if (!this.#state.knows(symbol)) {
      throw new RangeError(
        `Cannot read the past as the feed must have the symbol: it has no ${symbol.slice(0, 40)}`,
      );
    }
    return new LaneArchive(this.store, { account: this.#account, symbol, timeframe: feed.timeframe });
  }
}
