import assert from "node:assert/strict";
import { MiscConfig } from "../config/misc.ts";
import { parseOptions } from "../runtime/command_line.ts";
import { feedAt, feedOptions, feedPath, openNamedFeed } from "./feed_options.ts";
import { memoryFiles } from "./memory_files_testing.ts";

const parse = (...args: string[]) => parseOptions(args, feedOptions);

Deno.test("openNamedFeed() opens what the options name, --columns before those of the configuration", async () => {
  const rows = [4, 5, 6].map((day) => `2021-01-0${day},1,2,3,1,2,1.5`);
  const files = memoryFiles({ "x.csv": ["when,a,b,high,low,close,c", ...rows].join("\n") });
  const rules = MiscConfig.parse({ feed: { columns: { time: "when", open: "b" } } });
  const feed = await openNamedFeed(parse("--feed=csv:x.csv", "--columns=open=a, close = c"), rules, files);
  const { open, close } = feed.bars("x").at(0);
  assert.deepEqual([open, close], [1, 1.5]);
});

Deno.test("feedOptions refuse a map of columns that cannot be understood", () => {
  const fields = "time, time_of_day, open, high, low, close, volume, symbol";
  for (const text of ["when", "when=time", "open=", "open=a,"]) {
    assert.throws(() => parse(`--columns=${text}`), {
      message: new RegExp(
        `--columns must be FIELD=NAME with commas between, each field one of ${fields}: it is ${text}`,
      ),
    });
  }
  assert.throws(() => parse("--columns=open=a,open=b"), /must name each field once, and open is twice/);
});

Deno.test("feedPath() names what must be readable, and feedAt() moves it", () => {
  assert.deepEqual(
    ["sp500", "synthetic:A", "csv:a/b.csv", "parquet:/x/*/y.parquet", "csv:*.csv"].map(feedPath),
    [
      null,
      null,
      "a/b.csv",
      "/x",
      ".",
    ],
  );
  assert.equal(feedAt("parquet:a/*.parquet", (path) => `/here/${path}`), "parquet:/here/a/*.parquet");
  assert.equal(feedAt("synthetic:A", () => "/x"), "synthetic:A");
});
