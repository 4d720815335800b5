/** From the rows of files to the bars of a feed: puts them in order, infers their length, and leads each symbol through
 * its inspector. */
import type { DirtRule } from "../config/dirt_config.ts";
import { instrumentOf } from "../config/instruments_config.ts";
import type { MiscConfig } from "../config/misc.ts";
import type { Timeframe } from "../contracts/symbol.ts";
import type { Finding } from "./bar_repair.ts";
import type { BarSeries } from "./bar_series.ts";
import { DirtTally, type FeedDirt } from "./dirt_tally.ts";
import type { FileRows, Unplaced } from "./file_rows.ts";
import { inferTimeframe } from "./infer_timeframe.ts";
import type { RawBars } from "./raw_bars.ts";
import { sessionDaysOf } from "./session_days.ts";
import { type Origin, SymbolInspection } from "./symbol_inspection.ts";

/** What of misc.yaml decides how bars are read. */
export type FeedRules = Pick<MiscConfig, "feed" | "dirt" | "instruments">;

export interface InspectedRows {
  readonly series: ReadonlyMap<string, BarSeries>;
  readonly timeframe: Timeframe;
  readonly dirt: FeedDirt;
}

/** What `feed.strict` refuses a file for. */
const STRICT: readonly DirtRule[] = ["unreadable", "not_positive", "high_below_low", "doubled", "unordered"];

/** @param feed Its name in messages.  @param symbols Those that are wanted, all of them in `rows`.
 * @param timeframe Null where it is to be inferred.
 * @throws {RangeError} If too much is put aside, or `feed.strict` refuses a row. */
export function inspectRows(
  feed: string,
  rows: FileRows,
  symbols: readonly string[],
  rules: FeedRules,
  timeframe: Timeframe | null = null,
): InspectedRows {
  const wanted = symbols.map((symbol) => [symbol, rows.bySymbol.get(symbol)!] as const);
  const length = timeframe === null ? inferTimeframe(new Map(wanted)) : { timeframe };
  if ("fault" in length) throw new RangeError(`Cannot read ${feed} as ${length.fault}`);
  const tally = new DirtTally(feed, rules.dirt.most_quarantined);
  for (const row of rows.unplaced) addUnplaced(row, tally, rules);
  const series = new Map<string, BarSeries>();
  for (const [symbol, bars] of wanted) {
    const instrument = instrumentOf(rules.instruments, symbol);
    const inspection = new SymbolInspection(symbol, {
      timeframe: length.timeframe,
      rules: rules.dirt,
      calendar: instrument?.calendar ?? "from-data",
      days: sessionDaysOf(rules.instruments, symbol, length.timeframe),
      hasVolume: bars.hasVolume,
    }, tally);
    const order = rules.dirt.unordered === "repair" ? inOrderOfTime(symbol, bars, tally, rules) : null;
    for (let step = 0; step < bars.length; step++) {
      const index = order === null ? step : order[step];
      inspection.push(bars.at(index), (finding) => originOf(finding, bars, index, rules));
    }
    inspection.end();
    series.set(symbol, inspection.series);
  }
  return { series, timeframe: length.timeframe, dirt: tally };
}

function addUnplaced(
  { file, row, column, reason, content }: Unplaced,
  tally: DirtTally,
  rules: FeedRules,
): void {
  const told = column === null ? reason : `column ${column} ${reason}`;
  if (rules.feed.strict || rules.dirt.unreadable === "halt") {
    throw refusal(`${file.path} ${file.rowName} ${row}`, column, reason);
  }
  tally.add("quarantine", {
    rule: "unreadable",
    source: `${file.path}:${row}`,
    entry: "no symbol",
    reason: `unreadable: ${told}`,
    content,
  });
}

/** Where a row stands, and what is wrong with it in the words of its file. */
function originOf(finding: Finding, bars: RawBars, index: number, { feed }: FeedRules): Origin {
  const { file, row } = bars.placeOf(index);
  const unread = bars.unreadOf(index);
  let column = finding.field === null ? null : file.columnOf[finding.field];
  let reason = finding.reason;
  // The file's own words for the value that the inspector saw as NaN.
  if (unread !== undefined && (unread.column === null || unread.column === column)) {
    ({ column, reason } = unread);
  }
  if (feed.strict && STRICT.includes(finding.rule)) {
    throw refusal(`${file.path} ${file.rowName} ${row}`, column, reason);
  }
  const subject = finding.rule === "missing" ? "bars " : column === null ? "" : `column ${column} `;
  return {
    source: `${file.path}:${row}`,
    reason: `${subject}${reason}`,
    content: unread?.content ??
      Object.entries(bars.at(index)).map(([name, value]) => `${name} ${value}`).join(", "),
  };
}

function refusal(place: string, column: string | null, reason: string): RangeError {
  return new RangeError(`Cannot read ${place}${column === null ? "" : `, column ${column}`} as it ${reason}`);
}

/** The rows' indices in order of time, equal times as they stand; null where they are in order. A row without a time
 * stays behind the one before it. */
function inOrderOfTime(
  symbol: string,
  bars: RawBars,
  tally: DirtTally,
  { feed }: FeedRules,
): readonly number[] | null {
  let [latestMs, displaced, first] = [-Infinity, 0, -1];
  for (let index = 0; index < bars.length; index++) {
    const timeMs = bars.openTimeMs(index);
    if (timeMs < latestMs) {
      displaced++;
      if (first < 0) first = index;
    }
    if (timeMs > latestMs) latestMs = timeMs;
  }
  if (displaced === 0) return null;
  const { file, row } = bars.placeOf(first);
  const reason = `must go up: ${displaced} ${displaced === 1 ? "row comes" : "rows come"} after a later one`;
  if (feed.strict) throw refusal(`${file.path} ${file.rowName} ${row}`, file.columnOf.openTimeMs, reason);
  tally.add("repair", {
    rule: "unordered",
    source: `${file.path}:${row}`,
    entry: symbol,
    reason: `unordered: column ${file.columnOf.openTimeMs} ${reason}`,
    content: "",
  }, displaced);
  const keys = new Float64Array(bars.length);
  for (let index = 0; index < bars.length; index++) {
    const timeMs = bars.openTimeMs(index);
    keys[index] = Number.isNaN(timeMs) ? keys[index - 1] ?? -1 : timeMs;
  }
  // An array's sort is quick where most is in order, or all of it reversed; a typed array's is not.
  return Array.from(keys, (_, index) => index).sort((a, b) => keys[a] - keys[b] || a - b);
}
