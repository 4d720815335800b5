/** What core says of its feed: which symbols, how far, and whether more will come. */
import { z } from "zod";
import { defineDocument } from "./define.ts";
import { SymbolName, Timeframe } from "./symbol.ts";

export const FeedStatus = z.strictObject({
  /** Tells this run from others in the same database before and after it; kept through restarts. */
  runId: z.uuid(),
  feed: z.string(),
  /** A sentence for people, e.g. "price index, no dividends". */
  note: z.string(),
  /** `waiting` = history is in, and live bars start with the gate's first verdict; `ended` = no bar will follow. */
  state: z.enum(["bootstrapping", "waiting", "live", "ended"]),
  symbols: z.array(SymbolName).min(1),
  timeframe: Timeframe,
  bootstrapBars: z.int().nonnegative(),
  /** Live bars published so far, for each symbol. */
  liveBars: z.int().nonnegative(),
  /** Live bars that will be published for each symbol; null where the feed has no end. */
  plannedLiveBars: z.int().nonnegative().nullable(),
  /** Open time of the first live bar; null until there is one. */
  firstLiveMs: z.int().nonnegative().nullable(),
  speed: z.union([z.number().positive(), z.literal("max")]),
  lockstep: z.boolean(),
  /** Days that features are made on, of each symbol whose days are not those of UTC; absent for none. */
  days: z.record(SymbolName, z.string()).optional(),
});
export type FeedStatus = z.infer<typeof FeedStatus>;

export const feedStatus = defineDocument(
  "feed status",
  { write: ["core"], read: ["core", "inference", "trainer", "ui", "dev"] },
  () => "market:feed",
  FeedStatus,
);
