/** The parity proof: the states that inference acted on, as its commits hold them, equal those that a StateBuilder makes of
 * the stored bars, bit for bit. What differs was decided on other features than a backtest sees. */
import { barStream } from "../../contracts/bar.ts";
import type { Stream } from "../../contracts/define.ts";
import { decisionStream } from "../../contracts/lane.ts";
import type { Entry, Store } from "../../redis/store.ts";
import type { StateBuilder } from "../state_builder.ts";

/** The first state of a lane that differs, and in which feature. */
export interface Disparity {
  readonly symbol: string;
  readonly openTimeMs: number;
  /** A feature's name, or `state` where one of both has none, or another length. */
  readonly feature: string;
  readonly acted: number | null;
  readonly rebuilt: number | null;
}

export interface ParityResult {
  /** Decisions compared. */
  readonly decisions: number;
  /** How many of their states differ. */
  readonly differing: number;
  readonly first: Disparity | null;
}

export interface LaneToProve {
  readonly store: Store;
  readonly account: string;
  readonly symbol: string;
  readonly timeframe: string;
  readonly builder: StateBuilder;
}

const PAGE = 2_000;

/** Reads a lane's bars and decisions from the first on. */
export async function checkParity(lane: LaneToProve): Promise<ParityResult> {
  const { store, account, symbol, timeframe, builder } = lane;
  const decisions = entriesOf(store, decisionStream(account, symbol));
  let result: ParityResult = { decisions: 0, differing: 0, first: null };
  let next = await decisions.next();
  for await (const { value: { bar } } of entriesOf(store, barStream(symbol, timeframe))) {
    const rebuilt = builder.push(bar);
    if (next.done || next.value.value.barMs !== bar.openTimeMs) continue;
    const disparity = disparityOf(lane, bar.openTimeMs, next.value.value.state, rebuilt);
    result = {
      decisions: result.decisions + 1,
      differing: result.differing + (disparity === null ? 0 : 1),
      first: result.first ?? disparity,
    };
    next = await decisions.next();
  }
  return result;
}

function disparityOf(
  { symbol, builder }: LaneToProve,
  openTimeMs: number,
  acted: Float32Array,
  rebuilt: Float32Array | null,
): Disparity | null {
  if (rebuilt === null && acted.length === 0) return null; // both were warming up
  if (rebuilt === null || rebuilt.length !== acted.length) {
    return { symbol, openTimeMs, feature: "state", acted: acted.length, rebuilt: rebuilt?.length ?? null };
  }
  const index = acted.findIndex((value, place) => !Object.is(value, rebuilt[place]));
  if (index < 0) return null;
  const feature = builder.layout[index]?.name ?? "state";
  return { symbol, openTimeMs, feature, acted: acted[index] ?? null, rebuilt: rebuilt[index] ?? null };
}

async function* entriesOf<T>(store: Store, stream: Stream<T>): AsyncGenerator<Entry<T>, undefined> {
  for (let after = "0-0";;) {
    const page = await store.range(stream, { after, count: PAGE });
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}
