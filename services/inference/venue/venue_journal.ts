/** The outbox and the venue events of one lane in Redis: read back by whoever leads it, written by one at a time.
 * Events are counted, so of two leaders that write the same number the later one is refused, and stops. */
import {
  type OrderIntent,
  outboxStream,
  VENUE_LENGTH,
  type VenueEvent,
  venueStream,
} from "../../core/contracts/venue.ts";
import { parseEntryId } from "../../core/redis/entry_id.ts";
import type { Store } from "../../core/redis/store.ts";

/** Raised when somebody else has written an event of this number: another replica leads the lane, or has just led it. */
export class JournalTakenError extends Error {
  override readonly name = "JournalTakenError";
}

export interface VenueJournalParts {
  readonly account: string;
  readonly symbol: string;
  /** On a connection of its own: waiting for the disk holds up all else on it. */
  readonly store: Store;
  /** Resolves once everything written before is on disk. */
  readonly onDisk: () => Promise<void>;
}

export interface Journal {
  readonly intents: readonly OrderIntent[];
  readonly events: readonly (readonly [number: number, event: VenueEvent])[];
}

export class VenueJournal {
  readonly #parts: VenueJournalParts;

  constructor(parts: VenueJournalParts) {
    this.#parts = parts;
  }

  async read(): Promise<Journal> {
    const { account, symbol, store } = this.#parts;
    const intents = await store.range(outboxStream(account, symbol));
    const events = await store.range(venueStream(account, symbol));
    return {
      intents: intents.map(({ value }) => value),
      events: events.map(({ id, value }) => [parseEntryId(id).ms, value] as const),
    };
  }

  /** @throws {JournalTakenError} If another event has this number. */
  async write(number: number, event: VenueEvent): Promise<void> {
    const { account, symbol, store } = this.#parts;
    const stream = venueStream(account, symbol);
    const id = `${number}-0`;
    if (await store.append(stream, id, event, { maxLength: VENUE_LENGTH }) === "appended") return;
    const [there] = await store.range(stream, { from: id, to: id }); // sent again after a lost answer, it may be ours
    if (JSON.stringify(there?.value) === JSON.stringify(event)) return;
    throw new JournalTakenError(
      `Cannot write venue event ${number} of ${account} ${symbol} as one replica leads it: another has written it`,
    );
  }

  /** As {@link write}, and waits until it is on disk, and with it the commit before it. */
  async writeDurably(number: number, event: VenueEvent): Promise<void> {
    await this.write(number, event);
    await this.#parts.onDisk();
  }
}
