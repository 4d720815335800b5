/** The command-line options that name a feed, the same for every command, and the feed that they name. */
import type { ColumnMap } from "../config/misc.ts";
import { mustBe, type Options, type OptionSpecs } from "../runtime/command_line.ts";
import type { Feed } from "./feed.ts";
import { type FeedFiles, readableRoot } from "./feed_paths.ts";
import type { FeedRules } from "./inspect_rows.ts";
import { openFeed } from "./open_feed.ts";

export const feedOptions = {
  feed: {
    help:
      "sp500, csv:PATH or parquet:PATH (a file, a folder, or a pattern with * ? **), or synthetic:NAME (A to D).",
    value: "FEED",
    default: "sp500",
  },
  symbols: { help: "How many (synthetic), or a comma list.", value: "N|LIST" },
  columns: {
    help:
      "Columns of the files that are not found by their names: time, time_of_day, open, high, low, close, " +
      "volume, symbol.",
    value: "FIELD=NAME,…",
    check: (text: string) => {
      const map = parseColumns(text);
      return typeof map === "string" ? map : null;
    },
  },
  seed: {
    help: "Seed of a synthetic feed.",
    value: "N",
    default: "1",
    check: mustBe.integer(0, 4_294_967_295),
  },
} as const satisfies OptionSpecs;

/** Opens the feed that the options name. @throws {RangeError} As `openFeed` does. */
export function openNamedFeed(
  options: Options<typeof feedOptions>,
  rules: FeedRules,
  files: FeedFiles,
): Promise<Feed> {
  const columns = options.columns === undefined ? {} : parseColumns(options.columns) as ColumnMap;
  return openFeed(options.feed, {
    symbols: options.symbols ?? null,
    seed: Number(options.seed),
    files,
    rules: { ...rules, feed: { ...rules.feed, columns: { ...rules.feed.columns, ...columns } } },
  });
}

/** The file or folder that must be readable to open a feed; null where it needs none. */
export function feedPath(feed: string): string | null {
  const path = /^(?:csv|parquet):(.+)$/s.exec(feed)?.[1];
  return path === undefined ? null : readableRoot(path);
}

/** The same feed, with its path as `absolute` makes it. */
export function feedAt(feed: string, absolute: (path: string) => string): string {
  return feed.replace(
    /^(csv|parquet):(.+)$/s,
    (_, format: string, path: string) => `${format}:${absolute(path)}`,
  );
}

const FIELDS: readonly (keyof ColumnMap)[] = [
  "time",
  "time_of_day",
  "open",
  "high",
  "low",
  "close",
  "volume",
  "symbol",
];

/** `time=Gmt time,close=Last` → a map, or what is wrong with it. */
function parseColumns(text: string): ColumnMap | string {
  const map: Record<string, string> = {};
  for (const pair of text.split(",")) {
    const [field, ...name] = pair.split("=").map((part) => part.trim());
    if (!FIELDS.includes(field as keyof ColumnMap) || name.join("=") === "") {
      return `must be FIELD=NAME with commas between, each field one of ${FIELDS.join(", ")}`;
    }
    if (Object.hasOwn(map, field)) return `must name each field once, and ${field} is twice`;
    map[field] = name.join("=");
  }
  return map;
}
