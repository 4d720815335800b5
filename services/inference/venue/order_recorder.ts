/** Keeps a lane's book and its journal in line: whatever is learned of an order is written down first, then counts. */
import type { OrderIntent, VenueEvent } from "../../core/contracts/venue.ts";
import type { Clock } from "../../core/runtime/clock.ts";
import type { Log } from "../../core/runtime/log.ts";
import type { OrderSpec } from "../../core/venue/tracked_order.ts";
import type { VenueBook } from "../../core/venue/venue_book.ts";
import type { OrderAnswer } from "./broker.ts";
import type { VenueJournal } from "./venue_journal.ts";

export interface OrderRecorderParts {
  readonly symbol: string;
  readonly replica: string;
  readonly journal: VenueJournal;
  readonly clock: Clock;
  readonly log: Log;
}

/** What is written of an order, beside what it is. */
export interface OrderNews extends Partial<Pick<VenueEvent, "fills" | "venueOrderId" | "reason">> {
  readonly kind: VenueEvent["kind"];
  /** Waits until it is on disk, and with it the commit before it. */
  readonly isDurable?: boolean;
}

const LONGEST_REASON = 500;

export class OrderRecorder {
  readonly #parts: OrderRecorderParts;
  /** Since when the venue has not known an order that may be there, by the monotonic clock. */
  readonly #missingSinceMs = new Map<string, number>();
  #book: VenueBook;
  /** Writing and reading back follow one another. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(book: VenueBook, parts: OrderRecorderParts) {
    this.#book = book;
    this.#parts = parts;
  }

  get book(): VenueBook {
    return this.#book;
  }

  /** Reads back what was committed and what became of it. @param book An empty one. */
  async open(book: VenueBook): Promise<void> {
    await this.#inTurn(async () => {
      const { intents, events } = await this.#parts.journal.read();
      for (const intent of intents) book.intend(intent);
      for (const [number, event] of events) book.record(number, event);
      this.#book = book;
    });
  }

  /** A bar was committed, with an order or without. */
  committed(applied: number, intent: OrderIntent | null): void {
    this.#book.commit(applied);
    if (intent !== null) this.#book.intend(intent);
  }

  /** The venue says that it does not know an order. @returns For how long it has been saying so, by what this process saw. */
  missingForMs({ clientOrderId }: Pick<OrderSpec, "clientOrderId">): number {
    const nowMs = this.#parts.clock.monotonicMs();
    const sinceMs = this.#missingSinceMs.get(clientOrderId) ?? nowMs;
    this.#missingSinceMs.set(clientOrderId, sinceMs);
    return nowMs - sinceMs;
  }

  /** Writes down what is new in an answer. @returns Whether anything was. @throws {JournalTakenError} */
  async learn(order: OrderSpec, answer: OrderAnswer): Promise<boolean> {
    const tracked = this.#book.order(order.clientOrderId);
    const fills = tracked?.newFills(answer.fills) ?? answer.fills;
    const kind = kindOf(answer);
    const isOver = kind !== "accepted";
    if (fills.length === 0 && (isOver ? tracked?.isOver === true : tracked?.state === "open")) return false;
    await this.write(order, {
      kind: fills.length > 0 && !isOver ? "partially filled" : kind,
      fills: [...fills],
      venueOrderId: answer.venueOrderId,
      reason: answer.reason,
    });
    return true;
  }

  /** @throws {JournalTakenError} If another replica writes this lane's events. */
  async write(order: OrderSpec, { isDurable = false, ...news }: OrderNews): Promise<void> {
    const { replica, clock } = this.#parts;
    const { exits: _exits, ...spec } = order;
    const event: VenueEvent = {
      ...spec,
      ...{ venueOrderId: null, fills: [], replica, atMs: clock.nowMs() },
      ...news,
      reason: news.reason?.slice(0, LONGEST_REASON) ?? null,
    };
    await this.record(event, isDurable);
  }

  /** @throws {JournalTakenError} As {@link write} does. */
  async record(event: VenueEvent, isDurable = false): Promise<void> {
    const { symbol, journal, log } = this.#parts;
    await this.#inTurn(async () => {
      const number = this.#book.number + 1;
      await (isDurable ? journal.writeDurably(number, event) : journal.write(number, event));
      this.#book.record(number, event);
    });
    const { clientOrderId: id, kind, leg, side, quantity, reason, fills } = event;
    this.#missingSinceMs.delete(id);
    log.info({ symbol, id, kind, leg, side, quantity, fills: fills.length, reason }, "venue");
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    await turn;
  }
}

/** An order that is over is so once all its executions are known. */
function kindOf({ status, isComplete }: OrderAnswer): VenueEvent["kind"] {
  if (status === "rejected") return "rejected";
  return status === "open" || !isComplete ? "accepted" : status;
}
