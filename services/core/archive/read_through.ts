/** How far each stream of a run has been read by those who must not miss an entry: what lies before may be archived.
 * The page is not among them: it reads through the archive. */
import { attributionStream } from "../contracts/attribution.ts";
import { barStream } from "../contracts/bar.ts";
import { experienceStream } from "../contracts/experience.ts";
import { featureSnapshot } from "../contracts/feature_snapshot.ts";
import { decisionStream, equityStream, fillStream, laneRecord } from "../contracts/lane.ts";
import { learnedThrough, rewardStream, ticketStream } from "../contracts/learning.ts";
import type { Store } from "../redis/store.ts";
import { type Archivable, earlierId } from "./archivist.ts";

export interface RunStreams {
  readonly account: string;
  readonly symbols: readonly string[];
  readonly timeframe: string;
  /** Nobody learns, so experience is for looking at alone. */
  readonly frozen: boolean;
}

/** The last entry that there is. */
const ALL = `${Number.MAX_SAFE_INTEGER}-0`;

/** The streams of every lane, with the last entry that may go. Until the first ticket, nobody follows any: who needs history reads
 * it afterwards, from the first entry on. */
export async function archivablesOf(store: Store, run: RunStreams): Promise<Archivable[]> {
  const { account, timeframe, frozen } = run;
  const isFollowed = (await store.newest(ticketStream(), 1)).length > 0;
  const learned = await store.get(learnedThrough(account)) ?? {};
  const archivables: Archivable[] = [];
  for (const symbol of run.symbols) {
    const record = await store.get(laneRecord(account, symbol));
    const snapshot = await store.get(featureSnapshot(symbol, timeframe));
    const [paired] = await store.newest(experienceStream(account, symbol), 1);
    const committed = idOf(record?.barMs);
    const learnedThroughId = frozen || !isFollowed ? ALL : learned[symbol] ?? null;
    archivables.push(
      // A new leader goes on from the snapshot, and from the bar after the last commit.
      {
        stream: barStream(symbol, timeframe),
        readThrough: isFollowed ? earlierId(idOf(snapshot?.barMs), committed) : ALL,
      },
      // Core pairs the decisions after its last step.
      {
        stream: decisionStream(account, symbol),
        readThrough: earlierId(idOf(paired?.value.barMs), committed),
      },
      { stream: equityStream(account, symbol), readThrough: committed },
      { stream: fillStream(account, symbol), readThrough: committed },
      { stream: attributionStream(account, symbol), readThrough: ALL },
      { stream: experienceStream(account, symbol), readThrough: learnedThroughId },
      { stream: rewardStream(account, symbol), readThrough: learnedThroughId },
    );
  }
  return archivables;
}

function idOf(barMs: number | undefined): string | null {
  return barMs === undefined ? null : `${barMs}-0`;
}
