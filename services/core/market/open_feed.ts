/** Opens the feed that `--feed` names. */
import { openCsvFeed } from "./csv_feed.ts";
import type { Feed, ReadFile } from "./feed.ts";
import { openSp500Feed } from "./sp500_feed.ts";
import { openSyntheticFeed, SYNTHETIC_MARKETS } from "./synthetic_feed.ts";

export interface FeedOptions {
  /** `--symbols` as typed: a number, or a comma list; null for what the feed gives by itself. */
  readonly symbols: string | null;
  /** Seeds the synthetic markets; other feeds have no chance in them. */
  readonly seed: number;
  /** Bars of each symbol of a synthetic market. */
  readonly bars?: number;
  readonly readFile: ReadFile;
}

const FEEDS = ["sp500", "csv:PATH", ...SYNTHETIC_MARKETS.map((market) => `synthetic:${market}`)];

/** @param spec `sp500`, `csv:PATH` or `synthetic:NAME`.  @throws {RangeError} If there is no such feed, or it cannot
 * be read as a whole. */
export async function openFeed(spec: string, options: FeedOptions): Promise<Feed> {
  if (spec === "sp500") return await openSp500Feed(options);
  const [scheme, argument] = splitOnce(spec);
  if (scheme === "csv" && argument !== "") return await openCsvFeed(argument, options);
  if (scheme === "synthetic" && argument !== "") return openSyntheticFeed(argument, options);
  throw new RangeError(`Cannot open a feed as it must be one of ${FEEDS.join(", ")}: it is "${spec}"`);
}

function splitOnce(spec: string): readonly [string, string] {
  const colon = spec.indexOf(":");
  return colon === -1 ? [spec, ""] : [spec.slice(0, colon), spec.slice(colon + 1)];
}
