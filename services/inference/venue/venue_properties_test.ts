/** Any mix of a misbehaving venue, moving prices, dying replicas and stale leaders: no order is executed twice, and once all is
 * settled the ledger holds what the venue holds. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Endpoint } from "../../core/testing/fake_venue.ts";
import { type DeskWorld, go, Mortal } from "./desk_world_testing.ts";
import { assertAgreement, assertOnce, openPaperWorld } from "./paper_world_testing.ts";
import type { PaperMischief } from "./paper_broker_testing.ts";

/** What a bar decides, and what happens after it. */
interface Act {
  readonly target: number;
  readonly isResize: boolean;
  readonly stop: number | null;
  readonly price: number;
  readonly pieces: number;
  readonly heldBack: number;
  readonly fate: "lives" | "is killed" | "goes on beside another";
  /** Steps that the replica which follows lives for. */
  readonly life: number;
}

const act: fc.Arbitrary<Act> = fc.record({
  target: fc.constantFrom(0, 0.25, 0.5, 1),
  isResize: fc.boolean(),
  stop: fc.constantFrom(null, 3, 10),
  price: fc.integer({ min: 80, max: 120 }),
  pieces: fc.integer({ min: 1, max: 4 }),
  heldBack: fc.integer({ min: 0, max: 2 }),
  fate: fc.constantFrom("lives" as const, "is killed" as const, "goes on beside another" as const),
  life: fc.integer({ min: 1, max: 12 }),
});
/** What goes wrong with the questions, in their order. */
const mischief: fc.Arbitrary<PaperMischief | null> = fc.constantFrom<PaperMischief | null>(
  null,
  null,
  "lost",
  "answer lost",
  "put off",
  "not known yet",
  "trade missing",
);

/** A venue that lags for longer than settle_ms cannot be told from one that never got the order. */
const LONGEST_LAG_MS = 9_000;

function misbehave(
  world: Awaited<ReturnType<typeof openPaperWorld>>,
  plan: readonly (PaperMischief | null)[],
): void {
  let [asked, sentMs] = [0, -Infinity];
  world.broker.mischief = (endpoint: Endpoint) => {
    if (endpoint === "send") sentMs = world.clock.monotonicMs();
    const planned = plan[asked++] ?? null;
    return planned === "not known yet" && world.clock.monotonicMs() - sentMs > LONGEST_LAG_MS
      ? null
      : planned;
  };
}

async function decide(world: DeskWorld, { target, isResize, stop }: Act): Promise<void> {
  const isHeld = (world.held ?? 0n) > 0n;
  const order = isHeld && target !== 0
    ? go(target, { isResize: true })
    : target === 0 && !isHeld
    ? null
    : go(target, { stopDistance: target === 0 ? null : stop });
  await world.bar(isHeld && target !== 0 && !isResize ? null : order);
}

async function assertSound(world: DeskWorld): Promise<void> {
  await assertOnce(world);
  assertAgreement(world);
  const trades = (await world.events()).flatMap(({ fills }) => fills.map(({ tradeId }) => tradeId));
  assert.equal(trades.length, new Set(trades).size, "no execution is told twice");
  assert.equal(trades.length, world.books.trades.length, "and none is left out");
}

Deno.test("VenueDesk never doubles an order and ends with the venue's position, whatever goes wrong in between", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(act, { minLength: 1, maxLength: 6 }),
      fc.array(mischief, { maxLength: 60 }),
      async (acts, plan) => {
        await using world = await openPaperWorld();
        misbehave(world, plan);
        for (const each of acts) {
          [world.books.pieces, world.books.heldBack] = [each.pieces, each.heldBack];
          await decide(world, each);
          await world.doSome();
          world.setPrice(String(each.price));
          if (each.fate !== "lives" || world.mortal.isDead) {
            if (each.fate !== "goes on beside another" || world.mortal.isDead) await world.kill();
            await world.start(new Mortal(each.life, each.life % 2 === 0));
          }
          await world.doSome();
          world.books.fillRest();
        }
        world.broker.mischief = () => null;
        world.books.heldBack = 0;
        world.books.fillRest();
        await world.kill();
        await world.start();
        await world.settle();
        await assertSound(world);
      },
    ),
    { numRuns: 60, endOnFailure: true },
  );
});
