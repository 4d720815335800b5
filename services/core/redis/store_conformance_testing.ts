/** What every {@link Store} must do; run against each. Uses fresh keys, so that it can share a server. */
import assert from "node:assert/strict";
import { type Bar, barStream, type PublishedBar } from "../contracts/bar.ts";
import { ContractError, type Stream, type WireFields } from "../contracts/define.ts";
import { feedStatus } from "../contracts/feed_status.ts";
import { type InferenceRequest, modelBlobKey, requestStream } from "../contracts/model.ts";
import { type Heartbeat, heartbeats } from "../contracts/system.ts";
import { type BadEntry, isEntryOf, type OnBadEntry, type Page, type Store } from "./store.ts";

/** A store under test, and a way past its contracts. */
export interface OpenStore extends AsyncDisposable {
  readonly store: Store;
  appendRaw(key: string, id: string, fields: WireFields): Promise<void>;
  setRaw(key: string, text: string): Promise<void>;
  setRawField(key: string, field: string, text: string): Promise<void>;
}
export type OpenForTest = (onBadEntry: OnBadEntry) => Promise<OpenStore>;

/** A name that no other test uses. */
export function freshName(): string {
  return `T${crypto.randomUUID().replaceAll("-", "").slice(0, 16)}`;
}

/** Registers the suite. @param name Begins the name of each test. */
export function testStoreConformance(name: string, open: OpenForTest): void {
  const test = (behaviour: string, body: (opened: OpenStore, bad: BadEntry[]) => Promise<void>) =>
    Deno.test(`${name} ${behaviour}`, async () => {
      const bad: BadEntry[] = [];
      await using opened = await open((entry) => bad.push(entry));
      await body(opened, bad);
    });
  testAppending(test);
  testRanges(test);
  testReaders(test);
  testValues(test);
}

type Test = (
  behaviour: string,
  body: (opened: OpenStore, bad: BadEntry[]) => Promise<void>,
) => void;

const LONG_MS = 20_000;
const REQUEST: InferenceRequest = {
  symbol: "SPX",
  barMs: 7,
  version: "m-0123456789abcdef",
  state: new Float32Array(2),
  classes: [1],
  scalars: new Float32Array(1),
};

export function barAt(openTimeMs: number, price = 1): PublishedBar {
  const bar: Bar = { openTimeMs, open: price, high: price, low: price, close: price, volume: 0 };
  return { phase: "live", bar };
}

/** Entries `<ms>-0` for each given time. */
export function barsAt(...times: number[]): (readonly [string, PublishedBar])[] {
  return times.map((ms) => [`${ms}-0`, barAt(ms)] as const);
}

const freshBars = () => barStream(freshName(), "1d");
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const idsOf = (entries: readonly { id: string }[]) => entries.map(({ id }) => id);

function testAppending(test: Test): void {
  test("append() refuses an id that is not after the last one", async ({ store }) => {
    const bars = freshBars();
    assert.equal(await store.append(bars, "1700000000000-0", barAt(1)), "appended");
    assert.equal(await store.append(bars, "1700000000000-0", barAt(2)), "duplicate");
    assert.equal(await store.append(bars, "999-5", barAt(3)), "duplicate");
    assert.equal(await store.append(bars, "1700000000000-1", barAt(4)), "appended");
    assert.deepEqual((await store.range(bars)).map(({ value }) => value.bar.openTimeMs), [1, 4]);
  });

  test("append() orders ids as numbers, not as text", async ({ store }) => {
    const bars = freshBars();
    assert.equal(await store.append(bars, "9-9", barAt(1)), "appended");
    assert.equal(await store.append(bars, "9-10", barAt(2)), "appended");
    assert.equal(await store.append(bars, "10-0", barAt(3)), "appended");
    assert.deepEqual(idsOf(await store.range(bars)), ["9-9", "9-10", "10-0"]);
  });

  test("append() refuses malformed ids and values that break the contract", async ({ store }) => {
    const bars = freshBars();
    for (const id of ["", "1", "1-", "-1", "1-*", "a-0", "0-0", "1-0 "]) {
      await assert.rejects(async () => await store.append(bars, id, barAt(1)), RangeError, id);
    }
    await assert.rejects(async () => await store.append(bars, "1-0", barAt(1, -1)), TypeError);
    assert.equal(await store.length(bars), 0);
  });

  test("append() with * lets the store choose ascending ids", async ({ store }) => {
    const bars = freshBars();
    for (let count = 0; count < 20; count++) await store.append(bars, "*", barAt(count));
    const entries = await store.range(bars);
    assert.deepEqual(entries.map(({ value }) => value.bar.openTimeMs), upTo(20).map((count) => count - 1));
    assert.ok(Number(entries[0]!.id.split("-")[0]) > 1_600_000_000_000);
  });

  test("append() with a limit drops the oldest", async ({ store }) => {
    const bars = freshBars();
    for (const ms of upTo(10)) await store.append(bars, `${ms}-0`, barAt(ms), { maxLength: 3 });
    assert.deepEqual(idsOf(await store.range(bars)), ["8-0", "9-0", "10-0"]);
    assert.equal(await store.append(bars, "5-0", barAt(5), { maxLength: 3 }), "duplicate");
    await assert.rejects(
      async () => await store.append(bars, "11-0", barAt(11), { maxLength: 0 }),
      RangeError,
    );
  });

  test("append() fails on a key of another type", async ({ store, setRaw }) => {
    const bars = freshBars();
    await setRaw(bars.key, "text");
    await assert.rejects(async () => await store.append(bars, "1-0", barAt(1)), /WRONGTYPE|must be a stream/);
    await assert.rejects(async () => await store.appendAll(bars, barsAt(1)), /WRONGTYPE|must be a stream/);
    await assert.rejects(async () => await store.range(bars), /WRONGTYPE|must be a stream/);
  });

  test("appendAll() appends what is new and counts it", async ({ store }) => {
    const bars = freshBars();
    assert.equal(await store.appendAll(bars, []), 0);
    assert.equal(await store.appendAll(bars, barsAt(...upTo(450))), 450);
    assert.equal(await store.appendAll(bars, barsAt(...upTo(900))), 450);
    assert.deepEqual(idsOf(await store.range(bars)), upTo(900).map((ms) => `${ms}-0`));
  });

  test("appendAll() refuses ids that do not ascend before it writes any", async ({ store }) => {
    const bars = freshBars();
    await assert.rejects(async () => await store.appendAll(bars, barsAt(1, 3, 2)), RangeError);
    await assert.rejects(async () => await store.appendAll(bars, barsAt(1, 1)), RangeError);
    assert.equal(await store.length(bars), 0);
  });

  test("appendToEach() appends one entry to each stream, skips what is there already, and counts", async ({ store }) => {
    const streams = upTo(1_100).map(() => freshBars());
    const entries = (ms: number) =>
      streams.map((stream, index) => [stream, `${ms}-0`, barAt(index + 1)] as const);
    assert.equal(await store.appendToEach([]), 0);
    await store.append(streams[1], "5-0", barAt(5));
    assert.equal(await store.appendToEach(entries(5)), streams.length - 1);
    assert.equal(await store.appendToEach(entries(5)), 0);
    assert.equal(await store.appendToEach(entries(6)), streams.length);
    const [first, second] = await store.range(streams[1_099]);
    assert.deepEqual([first.id, second.id, second.value.bar.openTimeMs], ["5-0", "6-0", 1_100]);
  });

  test("appendToEach() refuses a stream that is named twice, bad ids and bad values before it writes", async ({ store }) => {
    const [a, b] = [freshBars(), freshBars()];
    await assert.rejects(
      async () => await store.appendToEach([[a, "1-0", barAt(1)], [a, "2-0", barAt(2)]]),
      RangeError,
    );
    for (const [id, bar, error] of [["x", barAt(1), RangeError], ["1-0", barAt(1, -1), TypeError]] as const) {
      await assert.rejects(async () => await store.appendToEach([[b, id, bar], [a, "1-0", barAt(1)]]), error);
    }
    assert.equal(await store.length(a), 0);
  });

  test("appendToEach() fails on a key of another type", async ({ store, setRaw }) => {
    const bars = freshBars();
    await setRaw(bars.key, "text");
    await assert.rejects(
      async () => await store.appendToEach([[bars, "1-0", barAt(1)]]),
      /WRONGTYPE|must be a stream/,
    );
  });

  test("trimBefore() drops older entries, whose ids stay refused", async ({ store }) => {
    const bars = freshBars();
    assert.equal(await store.trimBefore(bars, "5-0"), 0);
    await store.appendAll(bars, barsAt(...upTo(300)));
    assert.equal(await store.trimBefore(bars, "298-0"), 297);
    assert.deepEqual(idsOf(await store.range(bars)), ["298-0", "299-0", "300-0"]);
    assert.equal(await store.trimBefore(bars, "999-0"), 3);
    assert.equal(await store.append(bars, "300-0", barAt(300)), "duplicate");
    assert.equal(await store.append(bars, "301-0", barAt(301)), "appended");
    await assert.rejects(async () => await store.trimBefore(bars, "x"), RangeError);
  });
}

function testRanges(test: Test): void {
  test("range() reads spans with inclusive and exclusive ends", async ({ store }) => {
    const bars = freshBars();
    assert.deepEqual(await store.range(bars), []);
    await store.appendAll(bars, barsAt(...upTo(9)));
    const ids = async (span: Parameters<Store["range"]>[1]) =>
      (await store.range(bars, span)).map(({ value }) => value.bar.openTimeMs);
    assert.deepEqual(await ids({ from: "3-0", to: "5-0" }), [3, 4, 5]);
    assert.deepEqual(await ids({ after: "3-0", to: "5-0" }), [4, 5]);
    assert.deepEqual(await ids({ after: "0-0", count: 2 }), [1, 2]);
    assert.deepEqual(await ids({ after: "8-0", count: 5 }), [9]);
    assert.deepEqual(await ids({ after: "9-0" }), []);
    assert.deepEqual(await ids({ from: "6-0", to: "5-0" }), []);
    await assert.rejects(async () => await store.range(bars, { from: "1-0", after: "1-0" }), RangeError);
    await assert.rejects(async () => await store.range(bars, { from: "-" }), RangeError);
    await assert.rejects(async () => await store.range(bars, { count: 0 }), RangeError);
  });

  test("range() without a count reads beyond one page", async ({ store }) => {
    const bars = freshBars();
    await store.appendAll(bars, barsAt(...upTo(2500)));
    assert.deepEqual(idsOf(await store.range(bars)), upTo(2500).map((ms) => `${ms}-0`));
    assert.deepEqual(idsOf(await store.newest(bars, 2200)), upTo(2200).map((ms) => `${ms + 300}-0`));
  });

  test("newest() reads the last entries, oldest first", async ({ store }) => {
    const bars = freshBars();
    assert.deepEqual(await store.newest(bars, 3), []);
    await store.appendAll(bars, barsAt(...upTo(9)));
    assert.deepEqual(idsOf(await store.newest(bars, 3)), ["7-0", "8-0", "9-0"]);
    assert.deepEqual(idsOf(await store.newest(bars, 99)).length, 9);
  });

  test(
    "range() and newest() report bad entries and read on behind them",
    async ({ store, appendRaw }, bad) => {
      const bars = freshBars();
      await store.append(bars, "1-0", barAt(1));
      await appendRaw(bars.key, "2-0", { json: '{"phase":"live"}' });
      await appendRaw(bars.key, "3-0", { other: "x" });
      await appendRaw(bars.key, "4-0", { json: "x".repeat(5000) });
      await store.append(bars, "5-0", barAt(5));
      await store.append(bars, "6-0", barAt(6));
      assert.deepEqual(idsOf(await store.range(bars, { after: "1-0", count: 1 })), ["5-0"]);
      assert.deepEqual(bad.map(({ key, id }) => [key, id]), [[bars.key, "2-0"], [bars.key, "3-0"], [
        bars.key,
        "4-0",
      ]]);
      assert.match(bad[0]!.reason, /2-0 as field bar/);
      assert.equal(bad[0]!.content, 'json={"phase":"live"}');
      assert.equal(bad[2]!.content.length, 2000);
      assert.deepEqual(idsOf(await store.newest(bars, 3)), ["1-0", "5-0", "6-0"]);
      assert.equal(bad.length, 6);
    },
  );

  test("keeps vectors bit by bit", async ({ store }) => {
    const requests = requestStream(freshName());
    const state = new Float32Array([0, -0, 1 / 3, NaN, Infinity, -Infinity, 1e-45]);
    const value = { ...REQUEST, state };
    const padded = new Float32Array([9, ...state, 9]).subarray(1, -1);
    await store.append(requests, "7-0", { ...value, state: padded });
    const [entry] = await store.range(requests);
    assert.deepEqual(new Uint8Array(entry!.value.state.buffer), new Uint8Array(state.buffer));
    assert.equal(entry!.value.symbol, "SPX");
  });
}

function testReaders(test: Test): void {
  const wait = { count: 100, blockMs: LONG_MS };

  test("reader.read() reads several streams from their positions", async ({ store }) => {
    const bars = freshBars();
    const requests = requestStream(freshName());
    await store.appendAll(bars, barsAt(1, 2, 3, 4));
    await store.append(requests, "7-0", REQUEST);
    await using reader = store.openReader();
    const page = await reader.read(
      new Map<Stream<unknown>, string>([[bars, "1-0"], [requests, "0-0"]]),
      {
        ...wait,
        count: 2,
      },
    );
    const read = page.entries.filter((entry) => isEntryOf(entry, bars));
    assert.deepEqual(idsOf(read), ["2-0", "3-0"]);
    assert.equal(page.entries.length, 3);
    assert.equal(page.entries.find((entry) => isEntryOf(entry, requests))?.stream, requests);
    assert.deepEqual([...page.positions], [[bars, "3-0"], [requests, "7-0"]]);
    const next = await reader.read(page.positions, wait);
    assert.deepEqual(idsOf(next.entries), ["4-0"]);
  });

  test("reader.read() waits for an append", async ({ store }) => {
    const bars = freshBars();
    await using reader = store.openReader();
    for (const ms of upTo(20)) {
      const reading = reader.read(new Map([[bars, `${ms - 1}-0`]]), wait);
      await store.append(bars, `${ms}-0`, barAt(ms));
      assert.deepEqual(idsOf((await reading).entries), [`${ms}-0`]);
    }
  });

  test("reader.read() returns an empty page after blockMs", async ({ store }) => {
    const bars = freshBars();
    await using reader = store.openReader();
    for (const blockMs of [0, 1]) {
      const page = await reader.read(new Map([[bars, "3-0"]]), { count: 1, blockMs });
      assert.deepEqual(page, { entries: [], positions: new Map([[bars, "3-0"]]) });
    }
  });

  test("reader.read() moves past a page of nothing but bad entries", async ({ store, appendRaw }, bad) => {
    const bars = freshBars();
    await appendRaw(bars.key, "1-0", { json: "{" });
    await appendRaw(bars.key, "2-0", { json: "{" });
    await store.append(bars, "3-0", barAt(3));
    await using reader = store.openReader();
    const first = await reader.read(new Map([[bars, "0-0"]]), { ...wait, count: 2 });
    assert.deepEqual(first, { entries: [], positions: new Map([[bars, "2-0"]]) });
    assert.deepEqual(idsOf(bad), ["1-0", "2-0"]);
    const second = await reader.read(first.positions, wait);
    assert.deepEqual(idsOf(second.entries), ["3-0"]);
  });

  test("reader.read() ends when it is aborted, and the reader reads on", async ({ store }) => {
    const bars = freshBars();
    await using reader = store.openReader();
    const positions = new Map([[bars, "0-0"]]);
    const stop = new AbortController();
    const reading = reader.read(positions, { ...wait, signal: stop.signal });
    stop.abort();
    assert.deepEqual((await reading).entries, []);
    assert.deepEqual((await reader.read(positions, { ...wait, signal: stop.signal })).entries, []);
    await store.append(bars, "1-0", barAt(1));
    assert.deepEqual(idsOf((await reader.read(positions, wait)).entries), ["1-0"]);
  });

  test("reader.read() refuses what makes no sense", async ({ store }) => {
    const bars = freshBars();
    await using reader = store.openReader();
    const same = barStream(bars.key.split(":")[2]!, "1d");
    const refused: [Map<typeof bars, string>, Partial<typeof wait>][] = [
      [new Map(), {}],
      [new Map([[bars, "$"]]), {}],
      [new Map([[bars, "0-0"], [same, "0-0"]]), {}],
      [new Map([[bars, "0-0"]]), { count: 0 }],
      [new Map([[bars, "0-0"]]), { blockMs: -1 }],
      [new Map([[bars, "0-0"]]), { blockMs: 30_001 }],
    ];
    for (const [positions, options] of refused) {
      await assert.rejects(async () => await reader.read(positions, { ...wait, ...options }), RangeError);
    }
    const reading = reader.read(new Map([[bars, "0-0"]]), wait);
    await assert.rejects(
      async () => await reader.read(new Map([[bars, "0-0"]]), wait),
      /reads once at a time/,
    );
    await store.append(bars, "1-0", barAt(1));
    await reading;
  });

  test("reader.read() fails when the reader is closed", async ({ store }) => {
    const bars = freshBars();
    const reader = store.openReader();
    const reading: Promise<Page<PublishedBar>> = reader.read(new Map([[bars, "0-0"]]), wait);
    const failed = assert.rejects(reading, { name: "RedisClosedError" });
    await reader[Symbol.asyncDispose]();
    await failed;
    await assert.rejects(async () => await reader.read(new Map([[bars, "0-0"]]), wait), TypeError);
  });
}

function testValues(test: Test): void {
  const heartbeat = (id: string): Heartbeat => ({
    process: "core",
    id,
    pid: 1,
    startedMs: 0,
    atMs: 5,
    activity: "tests",
    memoryMb: 1.5,
    figures: { lag: 0 },
  });

  test("get() and set() keep a document", async ({ store, setRaw }) => {
    const { contract } = feedStatus();
    const document = { key: `market:feed:${freshName()}`, contract };
    assert.equal(await store.get(document), null);
    const status = {
      runId: "00000000-0000-4000-8000-000000000001",
      feed: "replay – ünïcode",
      note: "",
      state: "live",
      symbols: ["SPX"],
      timeframe: "1d",
      bootstrapBars: 1,
      liveBars: 2,
      plannedLiveBars: null,
      firstLiveMs: null,
      speed: "max",
      lockstep: true,
    } as const;
    const value = { ...status, symbols: [...status.symbols] };
    await store.set(document, value);
    assert.deepEqual(await store.get(document), value);
    await setRaw(document.key, '{"feed": 3}');
    await assert.rejects(async () => await store.get(document), ContractError);
    assert.equal(await store.delete(document.key, document.key + "x"), 1);
    assert.equal(await store.get(document), null);
  });

  test("keeps the fields of a map, and reports the bad ones", async ({ store, setRawField }, bad) => {
    const map = { key: `system:heartbeats:${freshName()}`, contract: heartbeats().contract };
    assert.deepEqual(await store.entries(map), new Map());
    await store.setField(map, "core", heartbeat("core"));
    await store.setField(map, "inference-1", heartbeat("inference-1"));
    await setRawField(map.key, "odd", "{}");
    assert.deepEqual(await store.getField(map, "core"), heartbeat("core"));
    assert.equal(await store.getField(map, "none"), null);
    await assert.rejects(async () => await store.getField(map, "odd"), ContractError);
    const entries = await store.entries(map);
    assert.deepEqual([...entries.keys()].sort(), ["core", "inference-1"]);
    assert.deepEqual(bad.map(({ key, id, content }) => [key, id, content]), [[map.key, "odd", "{}"]]);
    assert.equal(await store.deleteField(map, "core"), true);
    assert.equal(await store.deleteField(map, "core"), false);
  });

  test("getBytes() and setBytes() keep bytes, aligned and of their own", async ({ store }) => {
    const key = modelBlobKey(freshName());
    assert.equal(await store.getBytes(key), null);
    const bytes = crypto.getRandomValues(new Uint8Array(50_003)).subarray(3);
    await store.setBytes(key, bytes);
    const read = await store.getBytes(key);
    assert.deepEqual(read, new Uint8Array(bytes));
    assert.equal(read!.byteOffset, 0);
    assert.equal(new Float32Array(read!.buffer).length, 12_500);
  });
}
