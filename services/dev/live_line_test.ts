import assert from "node:assert/strict";
import { barStream } from "../core/contracts/bar.ts";
import { controlDocument } from "../core/contracts/control.ts";
import { type FeedStatus, feedStatus } from "../core/contracts/feed_status.ts";
import { decisionStream } from "../core/contracts/lane.ts";
import { modelHold, modelHoldAnswer } from "../core/contracts/model_hold.ts";
import { modelEventStream } from "../core/contracts/model.ts";
import { logStream, quarantineStream } from "../core/contracts/system.ts";
import { controlAt } from "../core/redis/ledger_samples_testing.ts";
import { barsAt } from "../core/redis/store_conformance_testing.ts";
import type { MemoryStore } from "../core/redis/memory_store.ts";
import { systemClock, until } from "../core/runtime/clock.ts";
import { ManualClock } from "../core/testing/manual_clock.ts";
import { LiveLine } from "./live_line.ts";
import { DAY_MS, decisionAt, equityAt, FEED, memoryStore, sampleRun } from "./run_samples_testing.ts";

/** Shows the line, lets a test change things between two looks, and gives what was written. */
async function show(
  store: MemoryStore,
  isTerminal: boolean,
  changes: (() => Promise<void>)[] = [],
  { columns = 200, endsWithFeed = false, isResumed = false, beforeEnd = () => Promise.resolve() } = {},
): Promise<string> {
  let written = "";
  const clock = new ManualClock();
  const line = new LiveLine({
    store,
    account: "paper",
    clock,
    endsWithFeed,
    terminal: {
      writeSync: (bytes) => (written += new TextDecoder().decode(bytes), bytes.length),
      isTerminal: () => isTerminal,
      columns: () => columns,
    },
  });
  if (isResumed) await line.passOver();
  const stop = new AbortController();
  const running = line.run(stop.signal);
  const looked = () =>
    until(systemClock, "a look", () => clock.waiting === 1, { deadlineMs: 5_000, everyMs: 1 });
  await looked();
  for (const change of changes) {
    await change();
    clock.advance(isTerminal ? 500 : 10_000);
    await looked();
  }
  await beforeEnd();
  stop.abort();
  await running;
  return written;
}
const SAMPLE = "  1970-01-06  56 % invested  equity 900.00  buy and hold 810.00 (+11.11 %)  model m-000000";

async function withStatus(store: MemoryStore, change: Partial<FeedStatus>): Promise<void> {
  await store.set(feedStatus(), { ...FEED, ...change });
}

Deno.test("LiveLine writes nothing before there is a feed", async () => {
  assert.equal(await show(memoryStore(), true), "");
});

Deno.test("LiveLine shows how much of the history is read, how fast, and how long the rest will take", async () => {
  const store = memoryStore();
  await withStatus(store, { state: "bootstrapping", bootstrapBars: 2_000 });
  const bars = Array.from({ length: 1_000 }, (_, index) => index + 1);
  const written = await show(store, false, [async () => {
    const [symbol] = FEED.symbols;
    await store.appendAll(barStream(symbol!, FEED.timeframe), barsAt(...bars));
  }]);
  assert.deepEqual(written.split("\n"), [
    "  synthetic:A: reading history: 0 of 4,000 bars (0 %)",
    "  synthetic:A: reading history: 1,000 of 4,000 bars (25 %), 100 bars/s, 30 s left",
    "",
  ]);
});

Deno.test("LiveLine says what the start is waiting for", async () => {
  const store = memoryStore();
  await withStatus(store, { state: "bootstrapping" });
  const written = await show(store, false, [
    () => withStatus(store, { state: "waiting" }),
    () => withStatus(store, {}),
  ]);
  assert.deepEqual(written.split("\n"), [
    "  synthetic:A: reading history: 0 of 4 bars (0 %)",
    "  synthetic:A: 2 bars of history to learn from, first model to come",
    "  synthetic:A: first live bars",
    "",
  ]);
});

Deno.test("LiveLine shows bar, exposure, equity against buy and hold, and the model", async () => {
  assert.equal(await show(await sampleRun(), false), `${SAMPLE}\n`);
});

Deno.test("LiveLine says first of all that trading is halted, since when and why", async () => {
  const store = await sampleRun();
  await store.set(controlDocument("paper"), controlAt(1, { reason: "maintenance" }));
  assert.equal(await show(store, false), `  HALTED since 1970-01-01 UTC: maintenance${SAMPLE}\n`);
  await store.set(controlDocument("paper"), controlAt(2, { state: "trading" }));
  assert.equal(await show(store, false), `${SAMPLE}\n`);
});

Deno.test("LiveLine says that a person holds the model", async () => {
  const store = await sampleRun();
  const version = "m-0000000000000003";
  await store.set(modelHold(), { revision: 1, version, reason: "by hand", atMs: 1 });
  await store.set(modelHoldAnswer(), { revision: 1, version, refused: null });
  assert.equal(await show(store, false), `${SAMPLE} (held)\n`);
});

Deno.test("LiveLine overwrites itself in a terminal", async () => {
  const store = await sampleRun();
  const change = () => equityAt(store, "A-2", 6, { equity: 400, buyAndHold: 450 });
  const written = await show(store, true, [change]);
  const next =
    "  1970-01-07  56 % invested  equity 900.00  buy and hold 900.00 (+0.00 %)  model m-000000  0.0 decisions/s";
  assert.equal(written, `\r${SAMPLE}\x1b[K\r${next}\x1b[K\n`);
});

Deno.test("LiveLine writes a line of a log only when it says something new", async () => {
  const store = await sampleRun();
  const nothing = () => Promise.resolve();
  const lines = (await show(store, false, [nothing, nothing, nothing])).trimEnd().split("\n");
  assert.equal(lines.length, 2, "the rate is new once");
});

Deno.test("LiveLine says once that the feed has ended", async () => {
  const store = await sampleRun();
  await withStatus(store, { state: "ended" });
  const written = await show(store, false, [() => Promise.resolve(), () => Promise.resolve()]);
  assert.equal(
    written.split("The feed has ended after 3 live bars; everything stays up. Ctrl-C stops it.\n").length,
    2,
  );
});

Deno.test("LiveLine says that a run ends with its feed where it does", async () => {
  const store = await sampleRun();
  await withStatus(store, { state: "ended" });
  const written = await show(store, false, [], { endsWithFeed: true });
  assert.equal(written, `${SAMPLE}\nThe feed has ended after 3 live bars.\n`);
});

Deno.test("LiveLine leaves a terminal at the beginning of a line, and writes nothing behind its last one", async () => {
  const store = await sampleRun();
  assert.equal(await show(store, true), `\r${SAMPLE}\x1b[K\n`);
  await withStatus(store, { state: "ended" });
  const written = await show(store, true, [], { endsWithFeed: true });
  assert.equal(written, `\r${SAMPLE}\x1b[K\nThe feed has ended after 3 live bars.\n`);
});

Deno.test("LiveLine tells at its end what came since its last look", async () => {
  const store = await sampleRun();
  const judge = (reason: string, id: string) =>
    store.append(modelEventStream(), id, {
      ...{ version: "m-0123456789abcdef", outcome: "refused", adoptAfterMs: DAY_MS, atMs: 1, updates: 1 },
      gate: [{ step: "evidence", passed: false, reason, figures: {} }],
    });
  const late = () => judge("it came late", "9-0").then(() => {});
  const written = await show(store, false, [], { beforeEnd: late });
  assert.equal(written, `${SAMPLE}\n  1970-01-02  model m-012345 was refused: it came late\n`);
  const inTerminal = await show(store, true, [], { beforeEnd: () => judge("later", "10-0").then(() => {}) });
  assert.ok(inTerminal.endsWith(`was refused: later\n\r${SAMPLE}\x1b[K\n`), inTerminal);
});

Deno.test("LiveLine passes over what was told before a run was gone on with", async () => {
  const store = await sampleRun();
  const judge = (reason: string, id: string) =>
    store.append(modelEventStream(), id, {
      ...{ version: "m-0123456789abcdef", outcome: "refused", adoptAfterMs: 0, atMs: 1, updates: 1 },
      gate: [{ step: "evidence", passed: false, reason, figures: {} }],
    });
  await judge("long ago", "9-0");
  const written = await show(store, false, [async () => void await judge("just now", "10-0")], {
    isResumed: true,
  });
  assert.doesNotMatch(written, /long ago/);
  assert.match(written, /was refused: just now\n/);
});

Deno.test("LiveLine.say() prints above the line in a terminal, and plainly in a log", () => {
  for (const [isTerminal, expected] of [[true, "\r\x1b[Khello\n"], [false, "hello\n"]] as const) {
    let written = "";
    const terminal = {
      writeSync: (bytes: Uint8Array) => (written += new TextDecoder().decode(bytes), bytes.length),
      isTerminal: () => isTerminal,
      columns: () => 200,
    };
    const parts = { store: memoryStore(), account: "paper", clock: new ManualClock(), endsWithFeed: false };
    new LiveLine({ ...parts, terminal }).say("hello");
    assert.equal(written, expected);
  }
});

Deno.test("LiveLine stays on one line of a narrow terminal", async () => {
  const store = memoryStore();
  await withStatus(store, { state: "bootstrapping" });
  assert.equal(await show(store, true, [], { columns: 20 }), "\r  synthetic:A: read\x1b[K\n");
});

Deno.test("LiveLine tells what the trainer could not use, each once and not without end", async () => {
  const store = memoryStore();
  await withStatus(store, { state: "waiting" });
  const refuse = (process: string, reason: string) =>
    store.append(quarantineStream(), "*", {
      process,
      source: "trainer.checkpoint",
      entry: "checkpoint",
      reason,
      content: "",
      atMs: 1,
    });
  const written = await show(store, false, [
    async () => void await refuse("trainer", "Cannot resume"),
    async () => {
      await refuse("core", "a bad bar");
      for (let more = 1; more < 9; more++) await refuse("trainer", `more ${more}`);
    },
    () => Promise.resolve(),
  ]);
  const told = written.split("\n").filter((line) => line.startsWith("  trainer: "));
  assert.deepEqual(
    told,
    ["Cannot resume", "more 1", "more 2", "more 3", "more 4"].map((text) => `  trainer: ${text}`),
  );
});

Deno.test("LiveLine tells once of each trouble with a market without an end, and nothing of others' logs", async () => {
  const store = memoryStore();
  const log = (process: string, level: "info" | "warn", message: string, fields = "{}") =>
    store.append(logStream(), "*", { process, level, message, fields, atMs: 1 });
  const lines = async (feed: string) => {
    await withStatus(store, { state: "bootstrapping", feed });
    const written = await show(store, false, [
      async () =>
        void await log("core", "warn", "binance does not answer", '{"reason":"dns error","retryMs":500}'),
      async () => {
        await log("core", "warn", "binance does not answer", '{"reason":"reset"}');
        await log("core", "info", "redis connection");
        await log("trainer", "warn", "of the trainer");
        await log("core", "warn", "cut", '{"reason":"no en');
      },
    ]);
    return written.split("\n").filter((line) => line.startsWith("  core: "));
  };
  assert.deepEqual(await lines("ccxt:binance"), [
    "  core: binance does not answer: dns error",
    "  core: cut",
  ]);
  assert.deepEqual(await lines("synthetic:A"), []);
});

Deno.test("LiveLine tells once why the model that serves decides nothing, and which one a replica cannot load", async () => {
  const store = await sampleRun();
  const undecided = async (day: number, reason: string) => {
    const decision = decisionAt("A-1", day, { modelVersion: null, verdict: { outcome: "refused", reason } });
    await store.append(decisionStream("paper", "A-1"), `${day * DAY_MS}-0`, decision);
  };
  const stranger = "model m-1 was not trained on A-1";
  const written = await show(store, false, [
    () => undecided(6, "no model has passed the gate yet"),
    () => undecided(7, stranger),
    () => undecided(8, stranger),
    async () => {
      const told = {
        process: "inference-1",
        source: "model",
        entry: "m-1",
        reason: "Cannot load model",
        content: "",
        atMs: 1,
      };
      await store.append(quarantineStream(), "*", told);
    },
  ]);
  const notices = written.split("\n").filter((line) => /no decision|Cannot load/.test(line));
  assert.deepEqual(notices, [`  A-1: no decision, as ${stranger}`, "  inference-1: Cannot load model"]);
});
