/** Replicas that die between any two steps, and a venue that misbehaves: what is executed, is executed once, and the ledger holds
 * what the venue holds. */
import assert from "node:assert/strict";
import { systemClock, until } from "../../core/runtime/clock.ts";
import { type DeskWorld, go, Mortal } from "./desk_world_testing.ts";
import { assertAgreement, assertOnce, openPaperWorld } from "./paper_world_testing.ts";

/** A position with a stop, then another size, then the way out. */
const ORDERS = [go(0.5, { stopDistance: 10 }), go(0.8, { isResize: true }), go(0)];

/** Trades {@link ORDERS}; a replica that dies is followed by another. @returns Its steps. */
async function tradeAll(world: DeskWorld): Promise<number> {
  const revive = async () => {
    await world.settleOrDie();
    if (!world.mortal.isDead) return;
    await world.kill();
    await world.start();
    await world.settle();
  };
  for (const order of ORDERS) {
    await revive();
    await world.bar(order);
  }
  await revive();
  await world.bar();
  return world.mortal.steps;
}

Deno.test("VenueDesk that is killed at any step, before or after it is done, leaves what an uninterrupted one leaves", async () => {
  await using whole = await openPaperWorld();
  const steps = await tradeAll(whole);
  const [executed, fills] = [await whole.executed(), await whole.fills()];
  assert.deepEqual(executed.map((text) => text.split(" ")[0]), ["entry", "add", "exit"]);
  assert.ok(steps > 25, `${steps} steps`);
  for (const isDone of [false, true]) {
    for (let last = 1; last <= steps; last++) {
      await using world = await openPaperWorld({ mortal: new Mortal(last, isDone) });
      await tradeAll(world);
      assert.deepEqual(await world.executed(), executed, `killed at step ${last}, done: ${isDone}`);
      assert.deepEqual(await world.fills(), fills);
      assert.deepEqual(world.books.open("BTCUSDT"), []);
      assertAgreement(world);
      await assertOnce(world);
    }
  }
});

Deno.test("VenueDesk of two replicas that both believe to lead sends an order once, and both go on", async () => {
  for (const orders of [[go(0.5)], [go(0.5, { stopDistance: 10 }), go(0)]]) {
    await using world = await openPaperWorld();
    for (const order of orders.slice(0, -1)) {
      await world.bar(order);
      await world.settle();
    }
    world.leads = false;
    await world.bar(orders.at(-1)!);
    const first = world.desk;
    await world.start();
    world.leads = true;
    await world.settle();
    await world.bar();
    await assertOnce(world);
    assertAgreement(world);
    assert.equal(world.books.orders.filter(({ executed }) => executed > 0n).length, orders.length);
    await until(systemClock, "both know the same", () => first.book.number === world.desk.book.number);
  }
});
