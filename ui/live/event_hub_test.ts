import { deepEqual, equal, ok } from "node:assert/strict";
import {
  EventReader,
  feedOf,
  HandClock,
  HeardPage,
  pointAt,
  stateOf,
  tradeAt,
} from "../testing/page_state.ts";
import type { PageNeeds } from "./dashboard_state.ts";
import { EventHub } from "./event_hub.ts";
import { BEAT_MS, LIMITS } from "./messages.ts";

const NEEDS: PageNeeds = { parts: ["settings", "feed", "strategy", "redis"], followsLane: true };

Deno.test("EventHub sends a snapshot, then just what changed", async () => {
  const clock = new HandClock();
  const state = stateOf(["A-1"], clock);
  state.lane("A-1").addPoints([pointAt(0), pointAt(1)]);
  using hub = new EventHub(state, clock);
  await using events = new EventReader(hub.subscribe(NEEDS, null));
  const snapshot = await events.next();
  ok(snapshot?.kind === "snapshot");
  equal(snapshot.series.count, 2);
  equal(snapshot.lane.symbol, "A-1");

  hub.tick(); // nothing changed: nothing is sent
  state.lane("A-1").addPoints([pointAt(2)]);
  state.lane("A-1").addTrades([tradeAt(2)]);
  state.set("strategy", "another");
  hub.tick();
  const delta = await events.next();
  ok(delta?.kind === "delta");
  deepEqual(delta.points, [pointAt(2)]);
  deepEqual(delta.trades, [tradeAt(2)]);
  deepEqual(delta.shared, { strategy: "another" });
  equal(delta.lane?.bars, 3);

  clock.ms += BEAT_MS;
  hub.tick();
  const beat = await events.next();
  deepEqual(beat, { kind: "delta", serverMs: clock.ms, from: 3, points: [], trades: [] });
});

Deno.test("EventHub gives pages that join at any time the same series, without gap or double", async () => {
  const clock = new HandClock();
  const state = stateOf(["A-1"], clock);
  const lane = state.lane("A-1");
  using hub = new EventHub(state, clock);
  await using first = new EventReader(hub.subscribe(NEEDS, "A-1"));
  lane.addPoints([pointAt(0)]);
  // A page joins while the first has not been told of the point.
  await using second = new EventReader(hub.subscribe(NEEDS, "A-1"));
  lane.addPoints([pointAt(1)]);
  hub.tick();
  for (const reader of [first, second]) {
    const page = new HeardPage();
    while (page.series.count < 2) page.hear((await reader.next())!);
    deepEqual(page.series, lane.series);
  }
});

Deno.test("EventHub keeps symbols apart, and shows the first one for a symbol that the feed does not have", async () => {
  const clock = new HandClock();
  const state = stateOf(["A-1", "B-1"], clock);
  using hub = new EventHub(state, clock);
  await using unknown = new EventReader(hub.subscribe(NEEDS, "nobody"));
  await using other = new EventReader(hub.subscribe(NEEDS, "B-1"));
  state.lane("B-1").addPoints([pointAt(0)]);
  hub.tick();
  const page = new HeardPage();
  page.hear((await unknown.next())!);
  equal(page.symbol, "A-1");
  const otherPage = new HeardPage();
  otherPage.hear((await other.next())!);
  otherPage.hear((await other.next())!);
  equal(otherPage.symbol, "B-1");
  equal(otherPage.series.count, 1);
});

Deno.test("EventHub sends a snapshot when the feed comes, and when a lane starts anew", async () => {
  const clock = new HandClock();
  const state = stateOf([], clock);
  using hub = new EventHub(state, clock);
  await using events = new EventReader(hub.subscribe(NEEDS, null));
  const page = new HeardPage();
  page.hear((await events.next())!);
  equal(page.symbol, "");
  state.set("feed", feedOf(["A-1"]));
  hub.tick();
  page.hear((await events.next())!);
  equal(page.symbol, "A-1");
  state.lane("A-1").addPoints([pointAt(0)]);
  hub.tick();
  page.hear((await events.next())!);
  state.lane("A-1").clear();
  state.lane("A-1").addPoints([pointAt(7)]);
  hub.tick();
  page.hear((await events.next())!);
  deepEqual(page.kinds, ["snapshot", "snapshot", "delta", "snapshot"]);
  deepEqual(page.series.barMs, [pointAt(7).barMs]);
});

Deno.test("EventHub skips a page that does not keep up, and gives it a snapshot when it has", async () => {
  const clock = new HandClock();
  const state = stateOf(["A-1"], clock);
  const lane = state.lane("A-1");
  using hub = new EventHub(state, clock);
  await using events = new EventReader(hub.subscribe(NEEDS, null));
  for (let index = 0; index < 100; index++) {
    lane.addPoints([pointAt(index)]);
    hub.tick();
  }
  const page = new HeardPage();
  for (let queued = 0; queued < 15; queued++) page.hear((await events.next())!);
  ok(page.series.count < 100, "the queue is bounded");
  hub.tick();
  page.hear((await events.next())!);
  equal(page.kinds.at(-1), "snapshot");
  deepEqual(page.series, lane.series);
});

Deno.test("EventHub drops a page that stays behind, and ends every stream when it is disposed", async () => {
  const clock = new HandClock();
  const state = stateOf(["A-1"], clock);
  const hub = new EventHub(state, clock);
  await using stuck = new EventReader(hub.subscribe(NEEDS, null));
  for (let index = 0; index < 30; index++) {
    state.lane("A-1").addPoints([pointAt(index)]);
    hub.tick();
  }
  equal(hub.pageCount, 1);
  clock.ms += 31_000;
  hub.tick();
  equal(hub.pageCount, 0);
  while (await stuck.next() !== null);
  await using other = new EventReader(hub.subscribe(NEEDS, null));
  hub[Symbol.dispose]();
  while (await other.next() !== null);
  equal(hub.hasRoom(), false);
});

Deno.test("EventHub sends a snapshot instead of a delta that is larger", async () => {
  const clock = new HandClock();
  const state = stateOf(["A-1"], clock);
  using hub = new EventHub(state, clock);
  await using events = new EventReader(hub.subscribe(NEEDS, null));
  await events.next();
  state.lane("A-1").addPoints(Array.from({ length: 3 * LIMITS.points }, (_, index) => pointAt(index)));
  hub.tick();
  const message = await events.next();
  ok(message?.kind === "snapshot");
  equal(message.series.count, 3 * LIMITS.points);
  ok(message.series.barMs.length <= LIMITS.points + 1);
});

Deno.test("EventHub tells a page just the parts that it asked for", async () => {
  const clock = new HandClock();
  const state = stateOf(["A-1"], clock);
  state.lane("A-1").addPoints([pointAt(0)]);
  using hub = new EventHub(state, clock);
  const needs: PageNeeds = { parts: ["strategy"], followsLane: false };
  await using events = new EventReader(hub.subscribe(needs, "A-1"));
  const snapshot = await events.next();
  ok(snapshot?.kind === "snapshot");
  deepEqual(Object.keys(snapshot.shared), ["strategy"]);
  equal(snapshot.series.count, 0);

  state.set("quarantine", { count: 1, last: [] });
  state.lane("A-1").addPoints([pointAt(1)]);
  state.set("strategy", "another");
  hub.tick();
  const delta = await events.next();
  ok(delta?.kind === "delta");
  deepEqual(delta.shared, { strategy: "another" });
  deepEqual([delta.from, delta.points, delta.trades], [0, [], []]);
});
