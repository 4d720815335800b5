/** Reading a CSV file of a million one-minute bars (rows, times, numbers, the inspector, the series), against papaparse
 * alone on the same text, which is the floor: `deno run -A bench/csv.ts [--json]`. */
import Papa from "papaparse";
import { MiscConfig } from "../services/core/config/misc.ts";
import { readCsvRows } from "../services/core/market/csv_rows.ts";
import { FileRows } from "../services/core/market/file_rows.ts";
import { inspectRows } from "../services/core/market/inspect_rows.ts";
import { TimeZone } from "../services/core/market/time_zone.ts";
import { randomFloats, report, round } from "./measure.ts";

const ROWS = 1_000_000;
/** The fastest counts: what else runs on a machine can only slow it. */
const ROUNDS = 7;
const LEAST_ROWS_A_SECOND = 500_000;
const MINUTE_MS = 60_000;

const rules = MiscConfig.parse({ feed: { timezone: "America/New_York" } });
const clean = csvText(0);
const contenders: Record<string, () => number> = {
  "papaparse alone": () => {
    let rows = -1;
    parse(clean, { delimiter: ",", chunkSize: 2 ** 18, chunk: ({ data }) => void (rows += data.length) });
    return rows;
  },
  "clean, all of it": () => read(clean),
  "one row in 1,000 is dirty": (() => {
    const dirty = csvText(1_000);
    return () => read(dirty);
  })(),
};
const times = new Map(Object.keys(contenders).map((name) => [name, [] as number[]]));
for (let turn = -1; turn < ROUNDS; turn++) {
  for (const [name, run] of Object.entries(contenders)) {
    const startedMs = performance.now();
    const rows = run();
    if (rows < ROWS * 0.998) throw new Error(`${name} read ${rows} rows of ${ROWS}`);
    // The first round warms up.
    if (turn >= 0) times.get(name)!.push(performance.now() - startedMs);
  }
}

const speeds = [...times].map(([name, each]) => ({ name, rowsPerSecond: ROWS / Math.min(...each) * 1_000 }));
const floor = speeds[0].rowsPerSecond;
const rows = speeds.map(({ name, rowsPerSecond }) => ({
  name,
  "rows/s": Math.round(rowsPerSecond),
  "of papaparse": round(rowsPerSecond / floor),
}));
const failures = speeds.slice(1).filter(({ rowsPerSecond }) => rowsPerSecond < LEAST_ROWS_A_SECOND).map((
  each,
) =>
  `Missed: ${each.name}: ${LEAST_ROWS_A_SECOND} rows/s must be read, ${Math.round(each.rowsPerSecond)} are`
);
report(`CSV reading, ${ROWS} rows of ${Math.round(clean.length / ROWS)} characters`, rows, failures);
if (failures.length > 0) Deno.exitCode = 1;

/** @returns Bars read. */
function read(text: string): number {
  const rows = new FileRows({ zone: new TimeZone(rules.feed.timezone), mostUnread: ROWS, repairs: false });
  readCsvRows(text, rows, { file: "x.csv", symbol: "X", columns: {} });
  return inspectRows("x.csv", rows, ["X"], rules).series.get("X")!.length;
}

/** @param dirtyEvery One row in so many is an exact copy, lies behind the next, or has no close; 0 for none. */
function csvText(dirtyEvery: number): string {
  const moves = randomFloats(1, ROWS);
  const lines = ["time,open,high,low,close,volume"];
  let close = 100;
  for (let index = 0; index < ROWS; index++) {
    const open = close;
    close *= 1 + 0.0005 * moves[index];
    const [high, low] = [Math.max(open, close) * 1.0002, Math.min(open, close) * 0.9998];
    const time = new Date(Date.UTC(2020, 0, 1) + index * MINUTE_MS).toISOString().slice(0, 19).replace(
      "T",
      " ",
    );
    lines.push(
      `${time},${[open, high, low, close].map((price) => price.toFixed(4)).join(",")},${index % 997 + 1}`,
    );
    if (dirtyEvery === 0 || index % dirtyEvery !== dirtyEvery - 1) continue;
    const last = lines.length - 1;
    const kind = Math.floor(index / dirtyEvery) % 3;
    if (kind === 0) lines.push(lines[last]);
    if (kind === 1) [lines[last - 1], lines[last]] = [lines[last], lines[last - 1]];
    if (kind === 2) lines[last] = lines[last].replace(/,[^,]*(,[^,]*)$/, ",$1");
  }
  return lines.join("\n");
}

function parse(text: string, options: {
  readonly delimiter: string;
  readonly chunkSize: number;
  chunk(result: { readonly data: readonly unknown[] }): void;
}): void {
  Papa.parse(text, options);
}
