/** What is stored of the system's state: control, leases, how far streams were read, memory and archive. */
import { controlDocument } from "../../services/core/contracts/control.ts";
import type { FeedStatus } from "../../services/core/contracts/feed_status.ts";
import { timeframeMs } from "../../services/core/contracts/symbol.ts";
import type { ServerMemory } from "../../services/core/redis/server_memory.ts";
import type { Store } from "../../services/core/redis/store.ts";
import { leaseTable } from "./lease_table.ts";
import { RUN_LIMITS, type StreamRow, type SystemView } from "./run_views.ts";
import { streamLags } from "./stream_lags.ts";

export interface SystemSources {
  /** Reads through the archive. */
  readonly store: Store;
  readonly account: string;
  /** Null where the server may not be asked, or there is none. */
  readonly memory: () => Promise<ServerMemory | null>;
  /** Entries of a stream that lie in files. */
  readonly archived: (key: string) => Promise<number>;
  readonly archiveBudgetMb: number | null;
  /** Told of each stream's newest entry. @returns When it was told of it first; null for the first of all. */
  readonly sawNewest: (key: string, id: string | null) => number | null;
}

export async function readSystem(sources: SystemSources, feed: FeedStatus | null): Promise<SystemView> {
  const { store, account, memory, archiveBudgetMb } = sources;
  const symbols = feed?.symbols ?? [];
  const shown = symbols.slice(0, RUN_LIMITS.symbols);
  const [control, leases, used, ...streams] = await Promise.all([
    store.get(controlDocument(account)),
    store.entries(leaseTable(account)),
    memory(),
    ...shown.map((symbol) => streamRows(sources, { account, symbol, timeframe: feed!.timeframe })),
  ]);
  return {
    stepMs: feed === null ? null : timeframeMs(feed.timeframe),
    control,
    leases: [...leases].map(([symbol, lease]) => ({ symbol, ...lease }))
      .sort((a, b) => a.symbol.localeCompare(b.symbol, "en")),
    streams: streams.flat(),
    furtherSymbols: symbols.length - shown.length,
    memory: used,
    archiveBudgetMb,
  };
}

async function streamRows(
  { store, archived, sawNewest }: SystemSources,
  lane: { account: string; symbol: string; timeframe: string },
): Promise<StreamRow[]> {
  const lags = await streamLags(store, lane);
  return await Promise.all(lags.map(async ({ stream, entries: waiting, ...lag }) => ({
    symbol: lane.symbol,
    ...lag,
    key: stream.key,
    seenMs: sawNewest(`${stream.key} ${lag.name}`, lag.newest),
    waiting,
    entries: await store.length(stream),
    archived: await archived(stream.key),
  })));
}
