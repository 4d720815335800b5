import { deepEqual, equal, ok } from "node:assert/strict";
import { FolderArchive } from "../../services/core/archive/archive.ts";
import { ArchivedStore } from "../../services/core/archive/archived_store.ts";
import type { Stream } from "../../services/core/contracts/define.ts";
import { MemoryKeyspace } from "../../services/core/redis/memory_keyspace.ts";
import { MemoryStore } from "../../services/core/redis/memory_store.ts";
import type { Store } from "../../services/core/redis/store.ts";
import { laneStreams } from "../live/lane_streams.ts";
import type { WrittenBar } from "../testing/fixture_lane.ts";
import { FixtureRun } from "../testing/fixture_run.ts";
import { LaneArchive } from "./lane_archive.ts";

const LANE = { account: "paper", symbol: "SPX", timeframe: "1d" };
const onBadEntry = () => {};

async function written(bars = 60) {
  const store = new MemoryStore({ keyspace: new MemoryKeyspace(), onBadEntry });
  const run = new FixtureRun(store);
  const found: WrittenBar[] = [];
  for (let bar = 0; bar < bars; bar++) {
    if (bar === 30) await run.hole("SPX", 40);
    found.push((await run.bar()).get("SPX")!);
  }
  return { store, run, found, lane: new LaneArchive(store, LANE) };
}

/** Moves the entries before a bar into files. */
async function archiveBefore(store: Store, barMs: number): Promise<ArchivedStore> {
  const archive = new FolderArchive(await Deno.makeTempDir({ prefix: "ui-archive-" }));
  for (const stream of Object.values(laneStreams("paper", "SPX", "1d")) as Stream<unknown>[]) {
    const old = await store.range(stream, { to: `${barMs - 1}-9` });
    await archive.append(
      stream.key,
      old.map(({ id, value }) => ({
        id,
        fields: new Map(
          Object.entries(stream.contract.encode(stream.key, value)).map((
            [name, field],
          ) => [name, typeof field === "string" ? new TextEncoder().encode(field) : new Uint8Array(field)]),
        ),
      })),
    );
    await store.trimBefore(stream, `${barMs}-0`);
  }
  return new ArchivedStore({ store, archive, onBadEntry, isDurable: false });
}

Deno.test("LaneArchive.through() gives the bars up to one and nothing later, across gaps too", async () => {
  const { lane, found } = await written();
  for (let index = 0; index < found.length; index++) {
    const throughMs = found[index]!.bar.openTimeMs;
    for (const count of [1, 7, 500]) {
      const { bars, marks, trades, holes } = await lane.through(throughMs, count);
      const expected = found.slice(Math.max(0, index + 1 - count), index + 1);
      deepEqual(bars, expected.map(({ bar }) => bar));
      deepEqual(marks.map(({ barMs }) => barMs), expected.map(({ bar }) => bar.openTimeMs));
      equal(trades.length, expected.filter(({ fill }) => fill !== null).length);
      ok(holes.every(({ fromMs }) => fromMs <= throughMs));
    }
  }
  deepEqual((await lane.through(found[0]!.bar.openTimeMs - 1, 10)).bars, []);
});

Deno.test("LaneArchive.frames() gives each step with what was known at its close", async () => {
  const { lane, found, run } = await written();
  const times = found.map(({ bar }) => bar.openTimeMs);
  for (const barMs of times.slice(0, 20)) await run.reward("SPX", barMs, barMs / 1e12);
  const frames = await lane.frames(times[10]!, 5);
  deepEqual(frames.map(({ bar }) => bar), found.slice(10, 15).map(({ bar }) => bar));
  frames.forEach((frame, index) => {
    const { decision, attribution } = found[10 + index]!;
    deepEqual(frame.state, [...decision.state]);
    deepEqual(frame.decision.heads, decision.heads);
    deepEqual(frame.reasons?.weights, attribution === null ? undefined : [...attribution.weights]);
    deepEqual(frame.settled?.barMs, times[8 + index]);
    equal(frame.outcome?.reward, times[10 + index]! / 1e12);
  });
  equal((await lane.frames(times[0]!, 2))[1]!.settled, null);
  deepEqual(await lane.frames(times.at(-1)! + 1, 5), []);
});

Deno.test("LaneArchive.place() finds the step at or before a time", async () => {
  const { lane, found } = await written();
  const times = found.map(({ bar }) => bar.openTimeMs);
  deepEqual(await lane.place(times[29]! + 86_400_000 * 3), {
    barMs: times[29],
    previousMs: times[28],
    nextMs: times[30],
  });
  deepEqual(await lane.place(times[0]!), { barMs: times[0], previousMs: null, nextMs: times[1] });
  deepEqual(await lane.place(Number.MAX_SAFE_INTEGER), {
    barMs: times.at(-1),
    previousMs: times.at(-2),
    nextMs: null,
  });
  equal(await lane.place(times[0]! - 1), null);
  deepEqual(await lane.extent(), { firstMs: times[0], lastMs: times.at(-1) });
});

Deno.test("LaneArchive reads what Redis no longer holds", async () => {
  const { store, found } = await written();
  const times = found.map(({ bar }) => bar.openTimeMs);
  const lane = new LaneArchive(await archiveBefore(store, times[40]!), LANE);
  const { bars } = await lane.through(times[45]!, 20);
  deepEqual(bars, found.slice(26, 46).map(({ bar }) => bar));
  const [frame] = await lane.frames(times[12]!, 1);
  deepEqual(frame?.state, [...found[12]!.decision.state]);
  const rows = [];
  for await (const chunk of lane.decisions(0, times.at(-1)!)) rows.push(...chunk);
  deepEqual(rows.map(({ barMs }) => barMs), times);
  const older = await lane.decisionsBefore(times[20]!, 5);
  deepEqual(older.map(({ barMs }) => barMs), times.slice(15, 20).reverse());
});
