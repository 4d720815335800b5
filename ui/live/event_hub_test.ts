import { deepEqual, equal, ok } from "node:assert/strict";
import {
  EventReader,
  feedOf,
  fillAt,
  HandClock,
  HeardPage,
  pointAt,
  stateOf,
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
  state.lane("A-1").addFills([fillAt(2)]);
  state.set("strategy", "another");
  hub.tick();
  const delta = await events.next();
  ok(delta?.kind === "delta");
  deepEqual(delta.points, [pointAt(2)]);
  deepEqual(delta.trades, [fillAt(2).trade]);
  deepEqual(delta.shared, { strategy: "another" });
  equal(delta.lane?.bars, 3);

  const heard = events.lastId;
  clock.ms += BEAT_MS;
  hub.tick();
  const beat = await events.next();
  ok(beat?.kind === "delta");
  deepEqual([beat.after, beat.points, beat.trades], [heard, [], []]);
  equal(events.lastId, heard, "nothing new was heard");
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
    while (page.series.count < 2) page.hear((await reader.next())!, reader.lastId);
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
  page.hear((await unknown.next())!, unknown.lastId);
  equal(page.symbol, "A-1");
  const otherPage = new HeardPage();
  otherPage.hear((await other.next())!, other.lastId);
  otherPage.hear((await other.next())!, other.lastId);
  equal(otherPage.symbol, "B-1");
  equal(otherPage.series.count, 1);
});

Deno.test("EventHub sends a snapshot when the feed comes, and when a lane starts anew", async () => {
  const clock = new HandClock();
  const state = stateOf([], clock);
  using hub = new EventHub(state, clock);
  await using events = new EventReader(hub.subscribe(NEEDS, null));
  const page = new HeardPage();
  page.hear((await events.next())!, events.lastId);
  equal(page.symbol, "");
  state.set("feed", feedOf(["A-1"]));
  hub.tick();
  page.hear((await events.next())!, events.lastId);
  equal(page.symbol, "A-1");
  state.lane("A-1").addPoints([pointAt(0)]);
  hub.tick();
  page.hear((await events.next())!, events.lastId);
  state.lane("A-1").clear();
  state.lane("A-1").addPoints([pointAt(7)]);
  hub.tick();
  page.hear((await events.next())!, events.lastId);
  deepEqual(page.kinds, ["snapshot", "snapshot", "delta", "snapshot"]);
  deepEqual(page.series.barMs, [pointAt(7).barMs]);
});

Deno.test("EventHub skips a page that does not keep up, and gives it a snapshot when it has", async () => {
  const clock = new HandClock();
  const state = stateOf(["A-1"], clock);
  const lane = state.lane("A-1");
  using hub = new EventHub(state, clock);
  await using events = new EventReader(hub.subscribe(NEEDS, null));
  for (let index = 0; index < 200; index++) {
    lane.addPoints([pointAt(index)]);
    hub.tick();
  }
  const page = new HeardPage();
  for (let queued = 0; queued < 63; queued++) page.hear((await events.next())!, events.lastId);
  ok(page.series.count < 200, "the queue is bounded");
  hub.tick();
  page.hear((await events.next())!, events.lastId);
  equal(page.kinds.at(-1), "snapshot");
  deepEqual(page.series, lane.series);
});

Deno.test("EventHub drops a page that stays behind, and ends every stream when it is disposed", async () => {
  const clock = new HandClock();
  const state = stateOf(["A-1"], clock);
  const hub = new EventHub(state, clock);
  await using stuck = new EventReader(hub.subscribe(NEEDS, null));
  for (let index = 0; index < 80; index++) {
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
  equal(delta.points, undefined);
});

/** A page that has heard up to its second bar, and the state that went on by so many. */
async function heardTwo(missed: number) {
  const clock = new HandClock();
  const state = stateOf(["A-1"], clock);
  state.isCaughtUp = true;
  state.lane("A-1").addPoints([pointAt(0), pointAt(1)]);
  using hub = new EventHub(state, clock);
  await using events = new EventReader(hub.subscribe(NEEDS, "A-1"));
  const page = new HeardPage();
  page.hear((await events.next())!, events.lastId);
  state.lane("A-1").addPoints(Array.from({ length: missed }, (_, index) => pointAt(2 + index)));
  return { page, state, clock };
}

Deno.test("EventHub tells a page that comes back what it missed, and nothing else", async () => {
  const { page, state, clock } = await heardTwo(3);
  using hub = new EventHub(state, clock);
  await using events = new EventReader(hub.subscribe(NEEDS, "A-1", page.heardId));
  const message = (await events.next())!;
  ok(message.kind === "delta");
  deepEqual(message.points, [pointAt(2), pointAt(3), pointAt(4)]);
  equal(message.build, state.build);
  page.hear(message, events.lastId);
  deepEqual(page.series, state.lane("A-1").series);
  state.lane("A-1").addPoints([pointAt(5)]);
  hub.tick();
  page.hear((await events.next())!, events.lastId);
  deepEqual(page.series, state.lane("A-1").series);
});

Deno.test("EventHub sends a snapshot to a page that comes back too late, from another run, or with what is no cursor", async () => {
  const late = await heardTwo(3 * LIMITS.points);
  const other = await heardTwo(3);
  const bad = await heardTwo(3);
  other.state.set("feed", { ...feedOf(["A-1"]), runId: "00000000-0000-4000-8000-000000000002" });
  bad.page.heardId = "1700000000000-0";
  for (const { page, state, clock } of [late, other, bad]) {
    using hub = new EventHub(state, clock);
    await using events = new EventReader(hub.subscribe(NEEDS, "A-1", page.heardId));
    page.hear((await events.next())!, events.lastId);
    equal(page.kinds.at(-1), "snapshot");
    deepEqual(page.series, state.lane("A-1").series);
  }
});

Deno.test("EventHub lets a page that comes back wait until a new server has read what there is", async () => {
  const { page, state, clock } = await heardTwo(3);
  state.isCaughtUp = false;
  using hub = new EventHub(state, clock);
  await using events = new EventReader(hub.subscribe(NEEDS, "A-1", page.heardId));
  hub.tick();
  state.lane("A-1").addPoints([pointAt(5)]);
  state.isCaughtUp = true;
  hub.tick();
  page.hear((await events.next())!, events.lastId);
  deepEqual(page.kinds, ["snapshot", "delta"]);
  deepEqual(page.series, state.lane("A-1").series);
});
