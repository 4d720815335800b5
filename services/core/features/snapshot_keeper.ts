/** Keeps a StateBuilder's snapshot in the store and takes it up again, so that a restart does not read all bars anew. */
import { featureSnapshot } from "../contracts/feature_snapshot.ts";
import type { Store } from "../redis/store.ts";
import type { StateBuilder } from "./state_builder.ts";

/** Bars between two snapshots: a restart reads at most so many. A snapshot is some ten kilobytes. */
const SNAPSHOT_EVERY = 250;

export class SnapshotKeeper {
  readonly #store: Store;
  readonly #symbol: string;
  readonly #timeframe: string;
  #sinceLast = 0;

  constructor(parts: { readonly store: Store; readonly symbol: string; readonly timeframe: string }) {
    this.#store = parts.store;
    this.#symbol = parts.symbol;
    this.#timeframe = parts.timeframe;
  }

  /** Restores a fresh builder to the kept snapshot if it fits and has seen no bar later than `throughMs`.
   * @returns The last bar that the builder has seen then, or -1. */
  async restore(builder: StateBuilder, throughMs: number): Promise<number> {
    const kept = await this.#store.get(featureSnapshot(this.#symbol, this.#timeframe));
    if (kept === null || kept.barMs > throughMs || kept.identity !== builder.snapshot().identity) return -1;
    builder.restore({ identity: kept.identity, values: decode(kept.values) });
    return kept.barMs;
  }

  /** Counts a committed bar, and keeps a snapshot now and then. @param barMs The last bar that the builder has seen. */
  async committed(builder: StateBuilder, barMs: number): Promise<void> {
    if (++this.#sinceLast >= SNAPSHOT_EVERY) await this.#keep(builder, barMs);
  }

  /** Keeps a snapshot after so many bars were read to get there that the next one to lead had better not read them again.
   * @param bars How many.  @param barMs The last bar that the builder has seen. */
  async caughtUp(builder: StateBuilder, bars: number, barMs: number): Promise<void> {
    if (bars >= SNAPSHOT_EVERY) await this.#keep(builder, barMs);
  }

  async #keep(builder: StateBuilder, barMs: number): Promise<void> {
    this.#sinceLast = 0;
    const { identity, values } = builder.snapshot();
    await this.#store.set(featureSnapshot(this.#symbol, this.#timeframe), {
      barMs,
      identity,
      values: encode(values),
    });
  }
}

function encode(values: Float64Array): string {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength).toBase64();
}

function decode(text: string): Float64Array {
  return new Float64Array(Uint8Array.fromBase64(text).buffer);
}
