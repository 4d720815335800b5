/** A {@link DeskWorld} on a venue without HTTP. */
import assert from "node:assert/strict";
import { formatMoney, parseMoney } from "../../core/account/money.ts";
import { FakeMatching } from "../../core/testing/fake_matching.ts";
import { DeskWorld, type Mortal } from "./desk_world_testing.ts";
import { PaperBroker } from "./paper_broker_testing.ts";

export interface PaperWorldOptions {
  readonly mortal?: Mortal;
  /** Whether venue and ledger have been compared; true by default. */
  readonly isCompared?: boolean;
  /** BTC that the account has from before. */
  readonly held?: string;
}

/** An account with 100,000 USDT at a price of 100, and one replica. */
export async function openPaperWorld(
  { mortal, isCompared = true, held = "0" }: PaperWorldOptions = {},
): Promise<DeskWorld & { broker: PaperBroker }> {
  const books = new FakeMatching(() => 0);
  books.balances.set("USDT", parseMoney("100000"));
  books.balances.set("BTC", parseMoney(held));
  const world = new DeskWorld(new PaperBroker(books), books) as DeskWorld & { broker: PaperBroker };
  world.setPrice("100");
  await world.start(mortal);
  if (isCompared) await world.settleOrDie();
  return world;
}

/** Every order that was asked for was executed at most once, and by no more than it asked for. */
export async function assertOnce(world: DeskWorld): Promise<void> {
  const asked = new Map(
    (await world.events()).map(({ clientOrderId, quantity }) => [clientOrderId, quantity]),
  );
  const names = new Set<string>();
  for (const { clientOrderId, executed } of world.books.orders) {
    if (executed === 0n) continue;
    assert.ok(!names.has(clientOrderId), `${clientOrderId} was executed twice`);
    names.add(clientOrderId);
    assert.ok(asked.has(clientOrderId), `${clientOrderId} was executed and not written down before`);
    assert.ok(
      Number(formatMoney(executed)) <= Number(asked.get(clientOrderId)),
      "more than was written down",
    );
  }
}

/** The venue and the ledger hold the same. @param held And it is this. */
export function assertAgreement(world: DeskWorld, held?: string): void {
  const { ledger, venue } = world.holdings();
  assert.equal(ledger, venue);
  if (held !== undefined) assert.equal(venue, held);
}
