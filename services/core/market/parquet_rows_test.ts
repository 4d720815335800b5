import assert from "node:assert/strict";
import type { ColumnMap } from "../config/misc.ts";
import { FileRows } from "./file_rows.ts";
import { readParquetRows } from "./parquet_rows.ts";
import { TimeZone } from "./time_zone.ts";

const FOLDER = new URL("./testdata/", import.meta.url);
/** 13:30 on three days in July 2021. */
const MOMENTS = [5, 6, 7].map((day) => Date.UTC(2021, 6, day, 13, 30));
const HOUR = 3_600_000;

async function read(file: string, columns: ColumnMap = {}, zone = "UTC"): Promise<FileRows> {
  const rows = new FileRows({ zone: new TimeZone(zone), mostUnread: 10, repairs: false });
  const bytes = await Deno.readFile(new URL(file, FOLDER));
  await readParquetRows(bytes, rows, { file, symbol: "F", columns });
  return rows;
}
const timesOf = (rows: FileRows, symbol = "A") => {
  const bars = rows.bySymbol.get(symbol)!;
  return Array.from({ length: bars.length }, (_, index) => bars.openTimeMs(index));
};

Deno.test("readParquetRows() reads bars and symbols over groups of rows, with their row numbers", async () => {
  const rows = await read("times.parquet", { time: "utc_ms" });
  assert.deepEqual([...rows.bySymbol.keys()], ["A", "B"]);
  const b = rows.bySymbol.get("B")!;
  assert.deepEqual(b.at(1), { openTimeMs: MOMENTS[1], open: 1.5, high: 2, low: 1, close: 1.75, volume: 5 });
  assert.deepEqual(timesOf(rows), MOMENTS);
  assert.deepEqual([b.placeOf(1).row, b.placeOf(1).file.rowName, b.hasVolume], [5, "row", true]);
});

Deno.test("readParquetRows() reads moments in every unit", async () => {
  for (const time of ["utc_ms", "utc_us", "utc_ns", "epoch_s", "epoch_ms", "epoch_us"]) {
    const rows = await read("times.parquet", { time }, "America/New_York");
    assert.deepEqual(timesOf(rows), MOMENTS, time);
    assert.ok(!rows.times.zoneTaken);
  }
  assert.deepEqual(timesOf(await read("int96.parquet", {}, "America/New_York")), MOMENTS);
});

Deno.test("readParquetRows() takes times without a zone as the configured one's, and days as UTC", async () => {
  for (const time of ["wall_ms", "wall_us", "wall_ns", "text"]) {
    const rows = await read("times.parquet", { time }, "America/New_York");
    assert.deepEqual(timesOf(rows), MOMENTS.map((moment) => moment + 4 * HOUR), time);
    assert.ok(rows.times.zoneTaken);
  }
  const joined = await read("times.parquet", { time: "text_day", time_of_day: "text_clock" });
  assert.deepEqual(timesOf(joined), MOMENTS);
  const days = await read("times.parquet", { time: "day" }, "America/New_York");
  assert.deepEqual(timesOf(days), MOMENTS.map((moment) => moment - 13.5 * HOUR));
});

Deno.test("readParquetRows() reads every compression but LZ4", async () => {
  for (const codec of ["none", "gzip", "brotli", "zstd"]) {
    assert.deepEqual(timesOf(await read(`${codec}.parquet`)), MOMENTS, codec);
  }
  await assert.rejects(read("lz4.parquet"), {
    name: "RangeError",
    message:
      "Cannot read lz4.parquet as its columns must be compressed by one of UNCOMPRESSED, SNAPPY, GZIP, BROTLI, " +
      "ZSTD: date is by LZ4_RAW",
  });
});

Deno.test("readParquetRows() reads decimals as the numbers that they are", async () => {
  const rows = await read("times.parquet", { time: "utc_ms", open: "small" });
  const bars = rows.bySymbol.get("A")!;
  assert.deepEqual([0, 1, 2].map((index) => bars.at(index).open), [1.05241, 1.05242, 1.05243]);
});

Deno.test("readParquetRows() keeps an unreadable row with its column, rule and value", async () => {
  const rows = await read("times.parquet", { time: "utc_ms", open: "faults" });
  const [a, b] = [rows.bySymbol.get("A")!, rows.bySymbol.get("B")!];
  assert.deepEqual(a.unreadOf(0), {
    column: "faults",
    reason: "must be a number from 1e-8 to 9e7: it is null",
    content: `time ${MOMENTS[0]}, symbol "A", open null, high 12, low 9, close 11, volume 100`,
  });
  assert.equal(a.unreadOf(1), undefined);
  assert.match(a.unreadOf(2)!.reason, /it is NaN/);
  assert.match(b.unreadOf(2)!.reason, /must be a number from 0 on: it is null/);
  const text = await read("times.parquet", { time: "symbol" });
  assert.match(text.bySymbol.get("A")!.unreadOf(0)!.reason, /must be YYYY-MM-DD .*: it is "A"/);
});

Deno.test("readParquetRows() keeps rows that name no symbol apart", async () => {
  const rows = await read("times.parquet", { time: "utc_ms", symbol: "text" });
  assert.equal(rows.bySymbol.size, 0);
  assert.deepEqual(rows.unplaced.map(({ row }) => row), [1, 2, 3, 4, 5, 6]);
  assert.equal(rows.unplaced[0].file.rowName, "row");
  assert.match(rows.unplaced[0].reason, /must be 1 to 32 letters.*: it is "2021-07-05 13:30:00"/);
});

Deno.test("readParquetRows() refuses what is no Parquet, is cut, or lacks a column", async () => {
  const rows = () => new FileRows({ zone: new TimeZone("UTC"), mostUnread: 10, repairs: false });
  const options = { file: "x.parquet", symbol: "F", columns: {} };
  const bytes = await Deno.readFile(new URL("zstd.parquet", FOLDER));
  const broken = bytes.slice();
  broken.fill(255, 4, 200);
  for (
    const content of [new Uint8Array(0), new TextEncoder().encode("date,open\n"), bytes.slice(0, -9), broken]
  ) {
    await assert.rejects(readParquetRows(content, rows(), options), {
      name: "RangeError",
      message: /^Cannot read x.parquet as it must be a whole Parquet file: its library says ".+"$/s,
    });
  }
  await assert.rejects(read("times.parquet"), {
    message:
      /^Cannot read times.parquet as the header must name a time, .* lacks a time .*: the columns are utc_ms, /,
  });
});
