/** The live page: its JavaScript, how fast it paints, 10,000 candles with 50 bars a second in a browser, and 20 readers of 100
 * bars a second. `--minutes N` says how long the readers read; 1 by default. */
import { connectRedis } from "../services/core/redis/connect.ts";
import { barStream } from "../services/core/contracts/bar.ts";
import { RedisStore } from "../services/core/redis/redis_store.ts";
import { systemClock, until } from "../services/core/runtime/clock.ts";
import { startRedisForTest } from "../services/core/testing/redis_server.ts";
import { findChromium, startChromium } from "../ui/testing/chromium.ts";
import { FixtureRun } from "../ui/testing/fixture_run.ts";
import { report, round, type Row } from "./measure.ts";
import { browserCpuSeconds, gzippedScriptKb, PageProcess, readBars } from "./ui_parts.ts";

const LIMITS = { scriptKb: 150, paintMs: 1_000, fps: 55, corePercent: 40, lateMs: 50, growthPercent: 15 };
const CANDLES = 10_000;
const CHART_SECONDS = 10;
const READERS = 20;

const at = Deno.args.indexOf("--minutes");
const minutes = at < 0 ? 1 : Number(Deno.args[at + 1]);

await using redis = await startRedisForTest();
await using connection = await connectRedis({ url: redis.url, name: "bench", onEvent: () => {} });
await using store = new RedisStore({ connection, onBadEntry: () => {} });
const run = new FixtureRun(store, { symbols: ["SPX"] });
await writeHistory();
for (let bar = 0; bar < 300; bar++) await run.bar();
await run.feed("live");
await using served = await PageProcess.start(redis.url);

const rows: Row[] = [];
const failures: string[] = [];
function judge(name: string, value: number, unit: string, most: number | null, least: number | null): void {
  const misses = (most !== null && value > most) || (least !== null && value < least);
  const limit = most !== null ? `<= ${most}` : least !== null ? `>= ${least}` : "";
  rows.push({ measurement: name, value: round(value), unit, limit });
  if (misses) failures.push(`${name} is ${round(value)} ${unit}, not ${limit}`);
}

judge("JavaScript of the live page, gzipped", await gzippedScriptKb(served.url), "KB", LIMITS.scriptKb, null);
const executable = findChromium();
if (executable === null) {
  rows.push({ measurement: "the chart", value: "skipped", unit: "no Chromium", limit: "" });
} else await measureChart(executable);
await measureReaders();
report("the live page", rows, failures);
if (failures.length > 0) Deno.exitCode = 1;

/** Bars from before the run, so that the chart has as many as it must hold. */
async function writeHistory(): Promise<void> {
  const bars = Array.from({ length: CANDLES }, (_, index) => {
    const openTimeMs = Date.UTC(1975, 0, 1) + index * 86_400_000;
    const open = 1_000 + 300 * Math.sin(index / 400) + 20 * Math.sin(index / 7);
    const bar = {
      openTimeMs,
      open,
      high: open + 9,
      low: open - 9,
      close: open + 5 * Math.cos(index),
      volume: 1e6,
    };
    return [`${openTimeMs}-0`, { phase: "bootstrap" as const, bar }] as const;
  });
  await store.appendAll(barStream("SPX", "1d"), bars);
}

async function measureChart(executable: string): Promise<void> {
  await using browser = await startChromium(executable);
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(served.url);
  await page.locator(".connection:has-text('Connected')").waitFor();
  const paintMs = await page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime");
  judge("first contentful paint on loopback", paintMs as number, "ms", LIMITS.paintMs, null);
  await page.locator(".market .ranges button:has-text('All')").click();
  const bars = async () => Number(await page.locator(".market .plot").getAttribute("data-bars"));
  await until(systemClock, `${CANDLES} candles`, async () => await bars() >= CANDLES, { deadlineMs: 60_000 });
  const stop = new AbortController();
  const feeding = feed(50, stop.signal);
  const cpuBefore = await browserCpuSeconds(browser);
  const startedMs = performance.now();
  const fps = await page.evaluate(`new Promise((resolve) => {
    const started = performance.now();
    let frames = 0;
    const count = () => {
      frames++;
      const seconds = (performance.now() - started) / 1000;
      if (seconds < ${CHART_SECONDS}) requestAnimationFrame(count);
      else resolve(frames / seconds);
    };
    requestAnimationFrame(count);
  })`);
  const seconds = (performance.now() - startedMs) / 1_000;
  const cpu = await browserCpuSeconds(browser) - cpuBefore;
  stop.abort();
  await feeding;
  judge(`pictures a second, ${CANDLES} candles, 50 bars/s`, fps as number, "fps", null, LIMITS.fps);
  judge("its page on a processor", cpu / seconds * 100, "% of a core", LIMITS.corePercent, null);
}

async function measureReaders(): Promise<void> {
  const sent = new Map<number, number>();
  const stop = new AbortController();
  const lateMs: number[] = [];
  const readers = Array.from({ length: READERS }, () =>
    readBars(served.url, stop.signal, (barMs) => {
      const sentMs = sent.get(barMs);
      if (sentMs !== undefined) lateMs.push(performance.now() - sentMs);
    }));
  const memoryMb: number[] = [];
  const sampling = setInterval(async () => memoryMb.push(await served.memoryMb()), 2_000);
  const feeding = feed(100, stop.signal, (barMs) => sent.set(barMs, performance.now()));
  await new Promise((resolve) => setTimeout(resolve, minutes * 60_000));
  stop.abort();
  clearInterval(sampling);
  await Promise.all([...readers, feeding]);
  lateMs.sort((a, b) => a - b);
  judge("bars that the readers heard", lateMs.length / READERS / minutes / 60, "/s", null, 80);
  judge(`${READERS} readers of 100 bars/s, p50`, lateMs[lateMs.length >> 1] ?? NaN, "ms", null, null);
  judge("the same, p99", lateMs[Math.floor(lateMs.length * 0.99)] ?? NaN, "ms", LIMITS.lateMs, null);
  const third = Math.ceil(memoryMb.length / 3);
  const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const [early, late] = [mean(memoryMb.slice(third, 2 * third)), mean(memoryMb.slice(2 * third))];
  judge("memory of the server", late, "MB", null, null);
  judge(
    "its growth from the second to the last third",
    (late / early - 1) * 100,
    "%",
    LIMITS.growthPercent,
    null,
  );
}

/** Bars at a steady rate until the signal aborts. */
async function feed(
  rate: number,
  signal: AbortSignal,
  onSend: (barMs: number) => void = () => {},
): Promise<void> {
  const startedMs = performance.now();
  for (let index = 0; !signal.aborted; index++) {
    const waitMs = startedMs + index / rate * 1_000 - performance.now();
    if (waitMs > 1) await new Promise((resolve) => setTimeout(resolve, waitMs));
    onSend(run.nextBarMs);
    await run.bar();
  }
}
