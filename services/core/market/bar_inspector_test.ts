import assert from "node:assert/strict";
import fc from "fast-check";
import { DirtConfig } from "../config/dirt_config.ts";
import { Bar } from "../contracts/bar.ts";
import { BarInspector, type Inspected, type InspectorOptions } from "./bar_inspector.ts";
import { UTC_DAYS } from "./session_days.ts";
import { isSound } from "./bar_repair.ts";

const DAY = 86_400_000;
const START = Date.UTC(2021, 0, 4);
const barOn = (day: number, changes: Partial<Bar> = {}): Bar => ({
  openTimeMs: START + day * DAY,
  open: 100,
  high: 102,
  low: 99,
  close: 101,
  volume: 5,
  ...changes,
});
type Rules = Partial<Record<keyof DirtConfig, unknown>>;
const inspectorOf = (rules: Rules = {}, options: Partial<InspectorOptions> = {}) =>
  new BarInspector({
    timeframe: "1d",
    rules: DirtConfig.parse(rules),
    calendar: "24x7",
    days: UTC_DAYS,
    arrival: "recorded",
    hasVolume: true,
    ...options,
  });
/** What became of each bar: the days and values that came out, and the findings as `rule action field`. */
function inspect(bars: readonly Bar[], rules: Rules = {}, options: Partial<InspectorOptions> = {}) {
  const inspector = inspectorOf(rules, options);
  const inspected = bars.map((bar) => inspector.inspect(bar));
  return {
    inspector,
    bars: inspected.flatMap((each) => each.bars),
    days: inspected.flatMap((each) => each.bars.map(({ openTimeMs }) => (openTimeMs - START) / DAY)),
    findings: inspected.flatMap((each) => each.findings.map(nameOf)),
    reasons: inspected.flatMap((each) => each.findings.map(({ reason }) => reason)),
  };
}
const nameOf = ({ rule, action, field }: Inspected["findings"][number]) =>
  `${rule} ${action} ${field ?? "bar"}`;
/** 60 days of 1 % moves, so that jumps are judged. */
const CALM = Array.from({ length: 60 }, (_, day) => {
  const close = 100 * Math.exp(0.01 * Math.sin(day * day));
  return barOn(day, { open: close, high: close * 1.01, low: close * 0.99, close });
});

Deno.test("BarInspector gives clean bars as they are", () => {
  const { bars, findings } = inspect(CALM);
  assert.deepEqual([bars, findings], [CALM, []]);
});

Deno.test("BarInspector quarantines what cannot be read, with the value and the rule", () => {
  const cases: [Partial<Bar>, string, string][] = [
    [{ openTimeMs: NaN }, "openTimeMs", "must be a time from 1970 to 9999: it is NaN"],
    [{ openTimeMs: -1 }, "openTimeMs", "must be a time from 1970 to 9999: it is -1"],
    [{ open: NaN }, "open", "must be a number from 1e-8 to 9e7: it is NaN"],
    [{ high: Infinity }, "high", "must be a number from 1e-8 to 9e7: it is Infinity"],
    [{ close: 9e7 + 1 }, "close", "must be a number from 1e-8 to 9e7: it is 90000001"],
    [{ volume: NaN }, "volume", "must be a number from 0 on: it is NaN"],
  ];
  for (const [changes, field, reason] of cases) {
    const { days, findings, reasons } = inspect([barOn(0), barOn(1, changes), barOn(2)]);
    assert.deepEqual(days, [0, 2]);
    assert.deepEqual(findings.slice(0, 1), [`unreadable quarantine ${field}`]);
    assert.deepEqual(reasons.slice(0, 1), [reason]);
  }
});

Deno.test("BarInspector repairs unreadable values from the bar itself and the last close", () => {
  const repair = (changes: Partial<Bar>) =>
    inspect([barOn(0, { close: 100.5 }), barOn(1, changes)], { unreadable: "repair" });
  assert.deepEqual(repair({ open: NaN }).bars[1], barOn(1, { open: 100.5 }));
  assert.deepEqual(repair({ high: NaN, low: NaN }).bars[1], barOn(1, { high: 101, low: 100 }));
  assert.deepEqual(repair({ volume: NaN }).bars[1], barOn(1, { volume: 0 }));
  assert.deepEqual(repair({ open: NaN }).findings, ["unreadable repair open"]);
  // Nothing tells a close, or an open where there was no bar before.
  assert.deepEqual(repair({ close: NaN, high: NaN }).findings, ["unreadable quarantine close"]);
  assert.deepEqual(inspect([barOn(0, { open: NaN })], { unreadable: "repair" }).findings, [
    "unreadable quarantine open",
  ]);
});

Deno.test("BarInspector treats prices of 0 and below, and negative volumes, by their own rule", () => {
  for (const changes of [{ low: 0 }, { low: -3 }, { volume: -1 }]) {
    const [field] = Object.keys(changes);
    assert.deepEqual(inspect([barOn(0, changes)]).findings, [`not_positive quarantine ${field}`]);
  }
  const { bars, findings } = inspect([barOn(0, { low: -3, volume: -1 })], { not_positive: "repair" });
  assert.deepEqual(bars, [barOn(0, { low: 100, volume: 0 })]);
  assert.deepEqual(findings, ["not_positive repair low", "not_positive repair volume"]);
});

Deno.test("BarInspector makes high and low the outermost prices, or puts the bar aside", () => {
  const swapped = barOn(0, { high: 99, low: 102 });
  assert.deepEqual(inspect([swapped]).bars, [barOn(0)]);
  assert.deepEqual(inspect([swapped]).findings, ["high_below_low repair high"]);
  const inside = barOn(0, { low: 100.5 });
  assert.deepEqual(inspect([inside]).bars, [barOn(0, { low: 100 })]);
  assert.deepEqual(inspect([inside], { high_below_low: "quarantine" }).days, []);
});

Deno.test("BarInspector passes over an exact copy, and quarantines another bar of the same time", () => {
  const { days, findings, reasons } = inspect([barOn(0), barOn(0), barOn(0, { close: 100.5 }), barOn(1)]);
  assert.deepEqual(days, [0, 1]);
  assert.deepEqual(findings, ["doubled repair openTimeMs", "doubled quarantine openTimeMs"]);
  assert.match(
    reasons[1],
    /comes again, with other values: the first has open 100, high 102, low 99, close 101/,
  );
  // A copy is one of what came, not of what was made of it.
  const broken = barOn(0, { high: 99, low: 102 });
  assert.deepEqual(inspect([broken, broken]).findings, [
    "high_below_low repair high",
    "doubled repair openTimeMs",
  ]);
  assert.deepEqual(inspect([barOn(0), barOn(0)], { doubled: "quarantine" }).findings, [
    "doubled quarantine openTimeMs",
  ]);
});

Deno.test("BarInspector never goes back in time: what comes too late is put aside", () => {
  const bars = [barOn(0), barOn(2), barOn(1), barOn(3)];
  const recorded = inspect(bars, { missing: "repair" });
  assert.deepEqual(recorded.days, [0, 1, 2, 3]);
  assert.deepEqual(recorded.findings, ["missing repair bar", "unordered quarantine openTimeMs"]);
  const live = inspect(bars, {}, { arrival: "live" });
  assert.deepEqual(live.days, [0, 2, 3]);
  assert.deepEqual(live.findings, ["missing quarantine bar", "late quarantine openTimeMs"]);
});

Deno.test("BarInspector takes a better bar in the place of one that was put aside", () => {
  const { days, findings } = inspect([barOn(0), barOn(1, { close: NaN }), barOn(1), barOn(2)]);
  assert.deepEqual(days, [0, 1, 2]);
  assert.deepEqual(findings, ["unreadable quarantine close"]);
});

Deno.test("BarInspector records a gap once, fills a short one if it is to, and follows on", () => {
  const bars = [barOn(0), barOn(3), barOn(4)];
  const recorded = inspect(bars);
  assert.deepEqual(recorded.days, [0, 3, 4]);
  assert.deepEqual(recorded.reasons, [
    "must come as the calendar expects: 2 did not, 2021-01-05T00:00:00.000Z to 2021-01-06T00:00:00.000Z",
  ]);
  const filled = inspect(bars, { missing: "repair" });
  assert.deepEqual(filled.days, [0, 1, 2, 3, 4]);
  assert.deepEqual(filled.bars[1], barOn(1, { open: 101, high: 101, low: 101, close: 101, volume: 0 }));
  assert.deepEqual(inspect(bars, { missing: "repair", missing_fill_bars: 1 }).findings, [
    "missing quarantine bar",
  ]);
});

Deno.test("BarInspector tells no bar missing that came and was put aside", () => {
  assert.deepEqual(inspect([barOn(0), barOn(1, { close: NaN }), barOn(2)]).findings, [
    "unreadable quarantine close",
  ]);
});

Deno.test("BarInspector minds a bar without volume only where there is volume and has been some", () => {
  const bars = [barOn(0, { volume: 0 }), barOn(1), barOn(2, { volume: 0 })];
  assert.deepEqual(inspect(bars).findings, ["zero_volume repair volume"]);
  assert.deepEqual(inspect(bars).bars, bars);
  assert.deepEqual(inspect(bars, { zero_volume: "quarantine" }).days, [0, 1]);
  assert.deepEqual(inspect(bars, {}, { hasVolume: false }).findings, []);
});

Deno.test("BarInspector puts an absurd price aside, and believes it at the third bar", () => {
  const at = (day: number, price: number) =>
    barOn(day, { open: price, high: price, low: price, close: price });
  const spike = inspect([...CALM, at(60, 1_000), at(61, 100)]);
  assert.deepEqual(spike.days, [...CALM.keys(), 61]);
  assert.deepEqual(spike.findings, ["jump quarantine open"]);
  assert.match(spike.reasons[0], /must be within 0\.\d+ of the last close in log: 1000 is \+2\.\d+ away/);
  const level = inspect([...CALM, at(60, 1_000), at(61, 1_001), at(62, 1_002), at(63, 1_003)]);
  assert.deepEqual(level.days.slice(-2), [62, 63]);
  assert.deepEqual(level.findings, ["jump quarantine open", "jump quarantine open", "jump repair close"]);
});

Deno.test("BarInspector cuts absurd highs and lows back to open and close, if it is to", () => {
  const spiky = barOn(60, { high: 5_000, low: 1 });
  assert.deepEqual(inspect([...CALM, spiky]).findings, ["jump quarantine high"]);
  const { bars, findings } = inspect([...CALM, spiky], { jump: "repair" });
  assert.deepEqual(bars.at(-1), barOn(60, { high: 101, low: 100 }));
  assert.deepEqual(findings, ["jump repair high", "jump repair low"]);
});

Deno.test("BarInspector halts a symbol for good where a rule says so", () => {
  const cases: [Rules, Bar][] = [
    [{ unreadable: "halt" }, barOn(61, { open: NaN })],
    [{ unreadable: "halt" }, barOn(NaN)],
    [{ not_positive: "halt" }, barOn(61, { open: 0 })],
    [{ high_below_low: "halt" }, barOn(61, { high: 1 })],
    [{ doubled: "halt" }, barOn(60)],
    [{ unordered: "halt" }, barOn(59)],
    [{ missing: "halt" }, barOn(70)],
    [{ zero_volume: "halt" }, barOn(61, { volume: 0 })],
    [{ jump: "halt" }, barOn(61, { high: 5_000 })],
  ];
  for (const [rules, bad] of cases) {
    const { inspector, days, findings } = inspect([...CALM, barOn(60), bad, barOn(80), barOn(81)], rules);
    assert.equal(days.at(-1), 60);
    assert.match(findings.at(-1)!, new RegExp(`^${Object.keys(rules)[0]} halt`));
    assert.ok(inspector.isHalted);
  }
});

Deno.test("BarInspector warns of years whose opens are the last closes, unless the market never closes", () => {
  const bars = Array.from({ length: 800 }, (_, day) => barOn(day, day < 300 ? { open: 101 } : {}));
  assert.deepEqual(inspect(bars, {}, { calendar: "from-data" }).inspector.staleOpenYears, [2021]);
  assert.deepEqual(inspect(bars, {}, { calendar: "24x7" }).inspector.staleOpenYears, []);
});

Deno.test("isSound() and the contract of a bar agree", () => {
  const prices = fc.oneof(
    fc.constantFrom(0, -1, NaN, Infinity, -Infinity, 9e7, 90_000_000.5, 1e-8, 9e-9, Number.MIN_VALUE),
    fc.integer({ min: 1, max: 3 }),
  );
  const volumes = fc.oneof(fc.constantFrom(0, -0, -1, NaN, Infinity), fc.double());
  const times = fc.oneof(fc.constantFrom(-1, 0.5, NaN, Infinity, 2 ** 53), fc.nat());
  const bars = fc.record({
    openTimeMs: times,
    open: prices,
    high: prices,
    low: prices,
    close: prices,
    volume: volumes,
  });
  fc.assert(fc.property(bars, (bar) => isSound(bar) === Bar.safeParse(bar).success), { numRuns: 5_000 });
});
