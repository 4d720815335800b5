/** When a run that publishes nothing more has decided all that it published. */
import { barStream } from "../core/contracts/bar.ts";
import type { FeedStatus } from "../core/contracts/feed_status.ts";
import { decisionStream } from "../core/contracts/lane.ts";
import type { Store } from "../core/redis/store.ts";

/** Whether every symbol's last live bar is decided. */
export async function areLanesSettled(
  store: Store,
  { symbols, timeframe }: Pick<FeedStatus, "symbols" | "timeframe">,
  account: string,
): Promise<boolean> {
  const settled = await Promise.all(symbols.map(async (symbol) => {
    const [[bar], [decision]] = await Promise.all([
      store.newest(barStream(symbol, timeframe), 1),
      store.newest(decisionStream(account, symbol), 1),
    ]);
    return bar === undefined || bar.value.phase !== "live" || bar.id === decision?.id;
  }));
  return settled.every(Boolean);
}
