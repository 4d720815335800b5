import assert from "node:assert/strict";
import { findColumns } from "./bar_columns.ts";

Deno.test("findColumns() finds the columns that exporters write", () => {
  const ohlc = { time: 0, open: 1, high: 2, low: 3, close: 4 };
  const cases: [string, unknown][] = [
    ["date,open,high,low,close", ohlc],
    ["Date,Open,High,Low,Close,Adj Close,Volume", { ...ohlc, volume: 6 }],
    ["Open time,Open,High,Low,Close,Volume,Close time", { ...ohlc, volume: 5 }],
    ["open_time,open,high,low,close,volume", { ...ohlc, volume: 5 }],
    ["TIMESTAMP,OPEN,HIGH,LOW,CLOSE,VOL,TICKER", { ...ohlc, volume: 5, symbol: 6 }],
    [" datetime , open , high , low , close ", ohlc],
    ["time,open,high,low,close", ohlc],
    ["<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>", {
      time: 0,
      time_of_day: 1,
      open: 2,
      high: 3,
      low: 4,
      close: 5,
    }],
    ["unix,date,symbol,open,high,low,close", { time: 1, symbol: 2, open: 3, high: 4, low: 5, close: 6 }],
    ["timestamp,time,open,high,low,close", { time: 0, open: 2, high: 3, low: 4, close: 5 }],
    [",Open,High,Low,Close", ohlc],
    ["__index_level_0__,Open,High,Low,Close", ohlc],
  ];
  for (const [header, columns] of cases) assert.deepEqual(findColumns(header.split(",")), columns, header);
});

Deno.test("findColumns() follows a map, and detects the rest", () => {
  const header = ["Datum", "Uhrzeit", "Open", "High", "Low", "Close", "Last", "time", "volume", "Menge"];
  assert.deepEqual(findColumns(header, { time: "datum", close: "Last", volume: "Menge" }), {
    time: 0,
    open: 2,
    high: 3,
    low: 4,
    close: 6,
    volume: 9,
  });
  assert.deepEqual(findColumns(header, { time: "Datum", time_of_day: "Uhrzeit" }), {
    time: 0,
    time_of_day: 1,
    open: 2,
    high: 3,
    low: 4,
    close: 5,
    volume: 8,
  });
  assert.deepEqual(findColumns(header, { open: "Opening" }), {
    fault: "column Opening, mapped to open, must be there: the columns are " + header.join(", "),
  });
});

Deno.test("findColumns() says what is missing, what is doubled, and what is there", () => {
  const cases: [string, RegExp][] = [
    [
      "date,open,high,low",
      /lacks close: the columns are date, open, high, low; others can be mapped with --columns$/,
    ],
    ["when,open,high,low,close", /lacks a time \(opentime, timestamp, .*\): the columns are when, open/],
    [
      "2021-01-01,1,2,0.5,1.5",
      /must name a time, open, high, low and close, and it lacks a time .*, open, high/,
    ],
    ["date,open,high,low,close,Close", /column close must be there once: the columns are date/],
  ];
  for (const [header, fault] of cases) {
    const found = findColumns(header.split(","));
    assert.ok("fault" in found);
    assert.match(found.fault, fault);
  }
});
