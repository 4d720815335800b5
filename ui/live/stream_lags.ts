/** How far each reader of a run's streams is behind: what was written and not yet dealt with. For the page. */
import { attributionStream } from "../../services/core/contracts/attribution.ts";
import { barStream } from "../../services/core/contracts/bar.ts";
import type { Stream } from "../../services/core/contracts/define.ts";
import { experienceStream } from "../../services/core/contracts/experience.ts";
import { decisionStream, laneRecord } from "../../services/core/contracts/lane.ts";
import { rewardStream } from "../../services/core/contracts/learning.ts";
import { requestStream, resultStream } from "../../services/core/contracts/model.ts";
import type { Store } from "../../services/core/redis/store.ts";

export interface LaneStreams {
  readonly account: string;
  readonly symbol: string;
  readonly timeframe: string;
}

export interface StreamLag {
  /** What waits: `bars`, `decisions`, `experience`, `explanations`, `requests`. */
  readonly name: string;
  readonly stream: Stream<unknown>;
  /** Who deals with it. */
  readonly reader: string;
  /** The last entry that was written, and the last that was dealt with; null for none. */
  readonly newest: string | null;
  readonly done: string | null;
  /** Entries between the two, at most {@link MOST_COUNTED}. */
  readonly entries: number;
  /** So many always wait: a step is complete two bars later. */
  readonly usual: number;
}

/** Counting goes on no further: a reader that is so far behind is behind. */
export const MOST_COUNTED = 500;
/** A step ends at the open of the second bar after it, and experience is what is paired. */
const STEP_BARS = 2;

export async function streamLags(store: Store, lane: LaneStreams): Promise<StreamLag[]> {
  const { account, symbol, timeframe } = lane;
  const bars = barStream(symbol, timeframe);
  const decisions = decisionStream(account, symbol);
  const experience = experienceStream(account, symbol);
  const requests = requestStream(symbol);
  const last = async (stream: Stream<unknown>) => (await store.newest(stream, 1))[0]?.id ?? null;
  const record = await store.get(laneRecord(account, symbol));
  const committed = record === null ? null : `${record.barMs}-0`;
  const [paired, rewarded, explained, answered] = await Promise.all(
    [experience, rewardStream(account, symbol), attributionStream(account, symbol), resultStream(symbol)]
      .map((stream) => last(stream as Stream<unknown>)),
  );
  const measure = (name: string, stream: Stream<unknown>, reader: string, done: string | null, usual = 0) =>
    lagOf(store, { name, stream, reader, done, usual });
  return await Promise.all([
    measure("bars", bars, "inference", committed),
    measure("decisions", decisions, "core", paired, STEP_BARS),
    measure("experience", experience, "trainer", rewarded),
    measure("explanations", decisions, "inference", explained),
    measure("requests", requests, "trainer", answered),
  ]);
}

interface Measured {
  readonly name: string;
  readonly stream: Stream<unknown>;
  readonly reader: string;
  readonly done: string | null;
  readonly usual: number;
}

async function lagOf(store: Store, { name, stream, reader, done, usual }: Measured): Promise<StreamLag> {
  const [newest] = await store.newest(stream, 1);
  const span = { ...(done === null ? {} : { after: done }), count: MOST_COUNTED };
  const waiting = newest === undefined || newest.id === done ? [] : await store.range(stream, span);
  // History is learned from, and never decided: it waits for nobody.
  const entries = waiting.filter(({ value }) => !isHistory(value)).length;
  return { name, stream, reader, newest: newest?.id ?? null, done, entries, usual };
}

function isHistory(value: unknown): boolean {
  return (value as { phase?: string }).phase === "bootstrap";
}
