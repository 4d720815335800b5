/** What holds of any dirt under any rules: nothing crashes, nothing goes back in time, nothing sees the future, nothing
 * is lost without a reason. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { DirtConfig } from "../config/dirt_config.ts";
import type { CalendarKind } from "../config/instruments_config.ts";
import { MiscConfig } from "../config/misc.ts";
import type { Bar } from "../contracts/bar.ts";
import { quarantineStream } from "../contracts/system.ts";
import { FeatureConfig } from "../features/feature_config.ts";
import { StateBuilder } from "../features/state_builder.ts";
import { MemoryKeyspace } from "../redis/memory_keyspace.ts";
import { MemoryStore } from "../redis/memory_store.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { BarInspector } from "./bar_inspector.ts";
import { isSound } from "./bar_repair.ts";
import { anyRules, dirtyMarkets, share } from "./dirt_testing.ts";
import { openFileFeed } from "./file_feed.ts";
import { memoryFiles } from "./memory_files_testing.ts";
import { quarantineDirt } from "./quarantine_dirt.ts";
import { SessionDays } from "./session_days.ts";

const anyCalendar = fc.constantFrom<CalendarKind>("24x7", "weekdays", "from-data");
const anyArrival = fc.constantFrom("recorded" as const, "live" as const);
/** Recursive, windowed, of volume, and on longer bars. */
const FEATURES = [
  ["log_return", { bars: 1 }, undefined],
  ["rsi", { period: 5 }, undefined],
  ["atr_ratio", { period: 3 }, undefined],
  ["mfi", { period: 5 }, undefined],
  ["bollinger_percent_b", { period: 5 }, undefined],
  ["sma_distance", { period: 3 }, "4h"],
].map(([source, params, timeframe], index) =>
  FeatureConfig.parse({
    name: `f${index}`,
    source,
    params,
    ...(timeframe === undefined ? {} : { timeframe }),
    norm: { kind: "rolling_z", window: 20 },
  })
);

const inspectorOf = (
  rules: DirtConfig,
  calendar: CalendarKind,
  arrival: "recorded" | "live",
) =>
  new BarInspector({
    timeframe: "1h",
    rules,
    calendar,
    days: new SessionDays("Europe/London"),
    arrival,
    hasVolume: true,
  });

Deno.test("BarInspector gives sound bars alone, each later than all before, whatever comes", () => {
  fc.assert(
    fc.property(dirtyMarkets(400), anyRules, anyCalendar, anyArrival, (market, rules, calendar, arrival) => {
      const inspector = inspectorOf(rules, calendar, arrival);
      let lastMs = -1;
      for (const raw of market) {
        for (const bar of inspector.inspect(raw).bars) {
          assert.ok(isSound(bar) && bar.openTimeMs > lastMs);
          lastMs = bar.openTimeMs;
        }
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("BarInspector loses no bar without a finding: it is given, told, or behind a halt", () => {
  fc.assert(
    fc.property(dirtyMarkets(200), anyRules, anyCalendar, anyArrival, (market, rules, calendar, arrival) => {
      const inspector = inspectorOf(rules, calendar, arrival);
      for (const raw of market) {
        const wasHalted = inspector.isHalted;
        const { bars, findings } = inspector.inspect(raw);
        const isGiven = bars.at(-1)?.openTimeMs === raw.openTimeMs;
        const told = findings.filter(({ rule }) => rule !== "missing" || inspector.isHalted);
        if (wasHalted) assert.deepEqual([bars, findings], [[], []]);
        else if (!isGiven) {
          assert.ok(
            told.some(({ rule, action }) => action !== "repair" || rule === "doubled"),
            JSON.stringify(raw),
          );
        }
        assert.ok(
          findings.every(({ reason }) => / must | must$|^must /.test(reason) && reason.includes(":")),
        );
      }
    }),
    { numRuns: 500 },
  );
});

/** Bars and states that are there after each raw bar. */
function statesAfter(market: readonly Bar[], inspector: BarInspector) {
  const builder = new StateBuilder(FEATURES, 0, "1h");
  return market.map((raw) => {
    const { bars, findings } = inspector.inspect(raw);
    return { bars, findings, states: bars.map((bar) => builder.push(bar)) };
  });
}

Deno.test("bars and states on dirt depend on the past alone: another future changes no bit of them", () => {
  let states = 0;
  fc.assert(
    fc.property(
      dirtyMarkets(300),
      dirtyMarkets(100),
      share,
      anyRules,
      anyCalendar,
      (market, otherFuture, part, rules, calendar) => {
        const past = market.slice(0, Math.floor(part * market.length));
        const whole = statesAfter(market, inspectorOf(rules, calendar, "live"));
        const other = statesAfter([...past, ...otherFuture], inspectorOf(rules, calendar, "live"));
        assert.deepEqual(other.slice(0, past.length), whole.slice(0, past.length));
        for (const state of whole.flatMap((each) => each.states)) {
          if (state === null) continue;
          states++;
          assert.ok(state.every(Number.isFinite));
        }
      },
    ),
    { numRuns: 200 },
  );
  assert.ok(states > 1_000, `${states} states compared`);
});

/** A CSV file of a market; what is no number is written as exporters do. */
function csvOf(market: readonly Bar[], garbage: readonly string[]): string {
  const lines = market.map((bar) => {
    const time = Number.isSafeInteger(bar.openTimeMs) ? new Date(bar.openTimeMs).toISOString() : "never";
    return [time, bar.open, bar.high, bar.low, bar.close, bar.volume].map((value) =>
      Object.is(value, NaN) ? "" : value
    )
      .join(",");
  });
  garbage.forEach((line, index) => lines.splice(index * 17 % (lines.length + 1), 0, line));
  return ["time,open,high,low,close,volume", ...lines].join("\n");
}
const anyGarbage = fc.array(
  fc.constantFrom("x", "1,2,3", "2021-01-05,a,b,c,d,e", ",,,,,", "2021-01-05,1,1,1,1,1,1"),
  {
    maxLength: 8,
  },
);

Deno.test("a file of any dirt is read: each row that is not among the bars is found again, with its place and reason", async () => {
  let [found, refused] = [0, 0];
  await fc.assert(
    fc.asyncProperty(dirtyMarkets(200), anyGarbage, anyRules, async (market, garbage, dirt) => {
      const text = csvOf(market, garbage);
      const lines = text.split("\n");
      const rules = { ...MiscConfig.parse({}), dirt };
      const opened = await openFileFeed("csv", "x.csv", {
        symbols: null,
        files: memoryFiles({ "x.csv": text }),
        rules,
      })
        .catch((cause) => {
          assert.match(cause.message, /^Cannot (?:read|use) x\.csv/);
          assert.match(
            cause.message,
            /at least 3 bars|of one length|whole minutes, hours or days|header alone/,
          );
          return null;
        });
      if (opened === null) return void refused++;
      const store = new MemoryStore({
        keyspace: new MemoryKeyspace(),
        onBadEntry: (bad) => assert.fail(bad.reason),
      });
      await quarantineDirt(opened.dirt.records, { store, clock: new ManualClock() });
      const kept = new Map(
        (await store.range(quarantineStream())).filter(({ value }) => !value.reason.startsWith("missing:"))
          .map(({ value }) => [value.source, value]),
      );
      const haltedRows = opened.dirt.warnings.join("\n").match(/halted after/) !== null;
      const series = new Set([...opened.bars("x")].map(({ openTimeMs }) => openTimeMs));
      const read = new Map<number, string>();
      lines.slice(1).forEach((line, index) => {
        const entry = kept.get(`x.csv:${index + 2}`);
        if (entry === undefined) {
          // It is among the bars, once, or a copy of one that came, or behind a halt.
          const timeMs = Date.parse(line.split(",")[0]);
          assert.ok(series.has(timeMs) || read.get(timeMs) === line || haltedRows, line);
          assert.ok((read.get(timeMs) ?? line) === line || haltedRows, line);
          read.set(timeMs, line);
          return;
        }
        found++;
        assert.match(entry.reason, /^[a-z_]+: .*(must|have).*: it is |^[a-z_]+: .*must.*:/);
        const [, close] = /close ([^,]+)/.exec(entry.content) ?? [];
        assert.ok(entry.content === line || line.includes(String(close)), `${entry.content} of ${line}`);
      });
    }),
    { numRuns: 200 },
  );
  assert.ok(found > 300 && refused < 100, `${found} found, ${refused} refused`);
});

Deno.test("a file that is cut at any time gives the same bars up to there, in whatever order its rows are", async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(
      dirtyMarkets(200),
      share,
      anyRules,
      async (market, part, dirt) => {
        const readable = market.filter(({ openTimeMs }) => openTimeMs >= 0 && openTimeMs < 2e12);
        const times = readable.map(({ openTimeMs }) => openTimeMs).sort((a, b) => a - b);
        const cutMs = times[Math.floor(part * (times.length - 1))] ?? 0;
        const barsOf = async (rows: readonly Bar[]) => {
          const files = memoryFiles({ "x.csv": csvOf(rows, []) });
          const rules = { ...MiscConfig.parse({}), dirt: { ...dirt, unordered: "repair" as const } };
          const feed = await openFileFeed("csv", "x.csv", { symbols: null, files, rules }).catch(() => null);
          return feed?.timeframe === "1h" ? [...feed.bars("x")] : null;
        };
        const whole = await barsOf(readable);
        const cut = await barsOf(readable.filter(({ openTimeMs }) => openTimeMs <= cutMs));
        if (whole === null || cut === null) return;
        assert.deepEqual(cut, whole.slice(0, cut.length));
        assert.ok((whole[cut.length]?.openTimeMs ?? Infinity) > cutMs);
        compared++;
      },
    ),
    { numRuns: 200 },
  );
  assert.ok(compared > 50, `${compared} compared`);
});
