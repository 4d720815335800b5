/** The desk on a venue over HTTP, with ccxt's own code between, that fails in every way that was thought of. */
import assert from "node:assert/strict";
import { SeededRandom } from "../../core/market/seeded_random.ts";
import { systemClock, until } from "../../core/runtime/clock.ts";
import type { Endpoint, VenueMischief } from "../../core/testing/fake_venue.ts";
import { DeskWorld, go, Mortal } from "./desk_world_testing.ts";
import { assertAgreement } from "./paper_world_testing.ts";
import { type OpenedVenue, openFakeVenue } from "./venue_testing.ts";

/** Real time: how long ccxt waits for an answer. */
const TIMEOUT_MS = 700;

async function openWorld(): Promise<DeskWorld & { opened: OpenedVenue }> {
  const opened = await openFakeVenue(TIMEOUT_MS);
  const world = Object.assign(new DeskWorld(opened.broker, opened.venue.books), { opened });
  world.setPrice("100");
  await world.start();
  await world.settle();
  return world;
}

/** Enters with a stop, then leaves, each settled. */
async function roundTrip(world: DeskWorld): Promise<void> {
  await world.bar(go(0.5, { stopDistance: 10 }));
  await world.settle();
  await world.bar(go(0));
  await world.settle();
  await world.bar();
}

const PLANS: Readonly<Record<string, readonly (readonly [Endpoint, VenueMischief])[]>> = {
  "times out after it has accepted": [["send", "time-out after"]],
  "times out before, and the order is sent once more": [["send", "time-out before"]],
  "times out after, and does not know the order for a while": [
    ["send", "time-out after"],
    ["find", "unknown order"],
    ["find", "unknown order"],
  ],
  "breaks the connection and then fails lookups": [
    ["send", "disconnect after"],
    ["find", "server error before"],
    ["find", "time-out before"],
  ],
  "asks for patience": [["send", "too many requests"], ["send", "too many requests"], [
    "trades",
    "too many requests",
  ]],
  "lists trades doubled and late": [["trades", "last trade missing"], ["trades", "doubled"]],
  "loses calls to cancel and their answers": [["cancel", "time-out before"], ["cancel", "time-out after"]],
  "does not tell balances nor orders": [["account", "server error before"], [
    "openOrders",
    "time-out before",
  ]],
};

Deno.test("VenueDesk settles each order once at a venue that", async (test) => {
  for (const [name, plan] of Object.entries(PLANS)) {
    await test.step(name, async () => {
      const world = await openWorld();
      await using opened = world.opened;
      await using _ = world;
      opened.venue.books.pieces = 3;
      for (const [endpoint, mischief] of plan) opened.venue.misbehave(endpoint, mischief);
      await roundTrip(world);
      assert.deepEqual(await world.executed(), ["entry 499.80006", "exit 499.30025"]);
      assertAgreement(world, "0.00000994");
      assert.ok(opened.venue.isGood, "all of it has happened");
      opened.venue.answerLate();
      assert.equal(opened.venue.books.orders.filter(({ executed }) => executed > 0n).length, 2);
    });
  }
});

Deno.test("VenueDesk waits out an outage of the venue, and orders nothing meanwhile", async () => {
  const world = await openWorld();
  await using opened = world.opened;
  await using _ = world;
  await world.bar(go(0.5));
  await world.settle();
  opened.venue.isOut = true;
  assert.equal(await world.bar(go(0)), "a test");
  const asked = opened.venue.asked.length;
  await until(systemClock, "it is tried", () => opened.venue.asked.length > asked, { everyMs: 1 });
  for (let bars = 0; bars < 3; bars++) {
    assert.match(
      await world.bar(go(0)),
      /^the exit of -499\.30025 is not settled at the venue yet(: the venue answers.*)?$/,
    );
  }
  assert.ok(world.account.quantity > 0n, "an outage never means position 0");
  opened.venue.behave();
  await world.settle();
  await world.bar();
  assertAgreement(world);
});

Deno.test("VenueDesk leaves a venue alone that bans it, and gives up what would be late then", async () => {
  const world = await openWorld();
  await using opened = world.opened;
  await using _ = world;
  opened.venue.misbehave("send", "banned");
  const startedMs = world.clock.nowMs();
  await world.bar(go(0.5));
  await world.settle();
  assert.ok(world.clock.nowMs() - startedMs >= 60_000, "as long as it was asked to");
  assert.deepEqual([
    opened.venue.books.orders.length,
    opened.venue.asked.filter((each) => each === "send").length,
  ], [0, 1]);
  assert.equal(await world.bar(go(0.5)), "a test", "the next bar may order again");
});

Deno.test("VenueDesk ends with the venue's position after random misbehaviour over HTTP and kills", async () => {
  const kinds: readonly (readonly [Endpoint, VenueMischief])[] = Object.values(PLANS).flat();
  for (let seed = 1; seed <= 6; seed++) {
    const random = new SeededRandom(seed);
    const pick = (count: number) => Math.floor(random.uniform() * count);
    const world = await openWorld();
    await using opened = world.opened;
    await using _ = world;
    for (let bars = 0; bars < 4; bars++) {
      for (let count = pick(4); count > 0; count--) opened.venue.misbehave(...kinds[pick(kinds.length)]);
      opened.venue.books.pieces = 1 + pick(3);
      const isHeld = (world.held ?? 0n) > 0n;
      await world.bar(isHeld ? go(0) : go(0.25, { stopDistance: 5 }));
      await world.doSome();
      world.setPrice(String(90 + pick(20)));
      if (pick(2) === 0) {
        await world.kill();
        await world.start(new Mortal(1 + pick(10)));
      }
    }
    await world.kill();
    opened.venue.behave();
    opened.venue.answerLate();
    await world.start();
    await world.settle();
    const ids = opened.venue.books.orders.filter(({ executed }) => executed > 0n).map((order) =>
      order.clientOrderId
    );
    assert.equal(new Set(ids).size, ids.length, `seed ${seed}: an order was executed twice`);
    assertAgreement(world);
  }
});
