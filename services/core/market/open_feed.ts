/** Opens the feed that `--feed` names. */
import type { Feed } from "./feed.ts";
import type { FeedFiles } from "./feed_paths.ts";
import { openFileFeed } from "./file_feed.ts";
import type { FeedRules } from "./inspect_rows.ts";
import { openSp500Feed } from "./sp500_feed.ts";
import { openSyntheticFeed, SYNTHETIC_MARKETS } from "./synthetic_feed.ts";

export interface FeedOptions {
  /** `--symbols` as typed: a number, or a comma list; null for what the feed gives by itself. */
  readonly symbols: string | null;
  /** Seeds the synthetic markets; other feeds have no chance in them. */
  readonly seed: number;
  /** Bars of each symbol of a synthetic market. */
  readonly bars?: number;
  readonly files: FeedFiles;
  readonly rules: FeedRules;
}

const FEEDS = [
  "sp500",
  "csv:PATH",
  "parquet:PATH",
  ...SYNTHETIC_MARKETS.map((market) => `synthetic:${market}`),
];

/** @param spec `sp500`, `csv:PATH`, `parquet:PATH` (a file, a folder or a pattern) or `synthetic:NAME`.
 * @throws {RangeError} If there is no such feed, it cannot be read, or more of it is dirty than the rules allow. */
export async function openFeed(spec: string, options: FeedOptions): Promise<Feed> {
  if (spec === "sp500") return await openSp500Feed(options);
  const [scheme, argument] = splitOnce(spec);
  if ((scheme === "csv" || scheme === "parquet") && argument !== "") {
    return await openFileFeed(scheme, argument, options);
  }
  if (scheme === "synthetic" && argument !== "") return openSyntheticFeed(argument, options);
  throw new RangeError(
    `Cannot open a feed as it must be one of ${FEEDS.join(", ")}: it is "${spec}" ` +
      "(deno task dev also follows what has no end: ccxt:EXCHANGE, ticks:redis)",
  );
}

function splitOnce(spec: string): readonly [string, string] {
  const colon = spec.indexOf(":");
  return colon === -1 ? [spec, ""] : [spec.slice(0, colon), spec.slice(colon + 1)];
}
