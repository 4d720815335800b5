/** One order as far as it is known, from the events about it. Pure. */
import { parseMoney } from "../account/money.ts";
import type { OrderIntent, VenueEvent, VenueFill } from "../contracts/venue.ts";

/** `unanswered`: it may be at the venue or not. `absent`: it is not, and may be sent again. */
export type OrderState = "unsent" | "unanswered" | "absent" | "open" | "filled" | "rejected" | "cancelled";

/** What an order is, apart from what became of it. */
export interface OrderSpec
  extends Pick<VenueEvent, "barMs" | "leg" | "clientOrderId" | "side" | "quantity" | "trigger"> {
  readonly exits: Pick<OrderIntent, "stopDistance" | "takeDistance"> | null;
}

export class TrackedOrder {
  readonly #tradeIds = new Set<string>();
  #state: OrderState = "unsent";
  #filled = 0n;
  #reason: string | null = null;

  constructor(readonly spec: OrderSpec) {}

  get state(): OrderState {
    return this.#state;
  }

  /** Nothing more will happen to it. */
  get isOver(): boolean {
    return this.#state === "filled" || this.#state === "rejected" || this.#state === "cancelled";
  }

  /** In units of 1e-8, before fees. */
  get filled(): bigint {
    return this.#filled;
  }

  /** Why it was refused, or why it is not known. */
  get reason(): string | null {
    return this.#reason;
  }

  get isResting(): boolean {
    return this.spec.trigger !== null;
  }

  /** Those that were not seen before. */
  newFills<T extends Pick<VenueFill, "tradeId">>(fills: readonly T[]): T[] {
    return fills.filter(({ tradeId }, index) =>
      !this.#tradeIds.has(tradeId) && fills.findIndex((other) => other.tradeId === tradeId) === index
    );
  }

  /** @returns The fills that are new. */
  record({ kind, fills, reason }: Pick<VenueEvent, "kind" | "fills" | "reason">): VenueFill[] {
    const fresh = this.newFills(fills);
    for (const { tradeId, quantity } of fresh) {
      this.#tradeIds.add(tradeId);
      this.#filled += parseMoney(quantity);
    }
    if (!this.isOver) this.#state = STATES[kind];
    this.#reason = reason;
    return fresh;
  }
}

const STATES: Record<VenueEvent["kind"], OrderState> = {
  "sending": "unanswered",
  "unknown": "unanswered",
  "absent": "absent",
  "accepted": "open",
  "partially filled": "open",
  "filled": "filled",
  "rejected": "rejected",
  "cancelled": "cancelled",
  "reconciled": "filled",
};
