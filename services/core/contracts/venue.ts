/** What passes between a live lane and its venue: orders that were committed, and everything that became of them. A live account is
 * moved by these events alone, never by the next bar. Money and quantities are decimal strings, as in a lane. */
import { z } from "zod";
import { defineDocument, defineStream } from "./define.ts";
import { Decimal } from "./lane.ts";
import { SymbolName } from "./symbol.ts";

const ofInference = { write: ["inference"], read: ["core", "inference", "ui", "dev"] } as const;

/** The oldest entries above it are dropped: a lane orders nothing while one of its orders is open, so they were settled long ago. */
export const VENUE_LENGTH = 10_000;

/** What an order is for. `stop` and `take` rest at the venue; `reconcile` brings the venue to what the ledger says. */
export const Leg = z.enum(["entry", "add", "reduce", "exit", "stop", "take", "reconcile"]);
export type Leg = z.infer<typeof Leg>;

/** Follows from (account, symbol, bar, leg), and fits every venue's rules. */
export const ClientOrderId = z.string().regex(/^[a-z][a-z0-9]{7,31}$/, {
  error: "must be 8 to 32 small letters or digits and start with a letter",
});
export type ClientOrderId = z.infer<typeof ClientOrderId>;

/** An order that a bar has led to; the entry id is `<barMs>-0`, as that of its decision. */
export const OrderIntent = z.strictObject({
  account: z.string(),
  symbol: SymbolName,
  /** The bar that was decided on. */
  barMs: z.int().nonnegative(),
  leg: z.enum(["entry", "add", "reduce", "exit"]),
  clientOrderId: ClientOrderId,
  side: z.enum(["buy", "sell"]),
  /** A whole number of the venue's lots. */
  quantity: Decimal,
  /** From the price of the fill to where exits shall rest, in price units; null for none. */
  stopDistance: z.number().positive().nullable(),
  takeDistance: z.number().positive().nullable(),
});
export type OrderIntent = z.infer<typeof OrderIntent>;
/** Orders of one live lane, written by the commit of their bar. */
export const outboxStream = defineStream(
  "outbox",
  ofInference,
  (account: string, symbol: string) => `{${account}}:outbox:${symbol}`,
  OrderIntent,
);

/** One execution as the venue tells it. */
export const VenueFill = z.strictObject({
  /** The venue's; one that was seen before is refused. */
  tradeId: z.string().min(1).max(64),
  price: Decimal,
  quantity: Decimal,
  fee: Decimal,
  feeCurrency: z.string().max(20),
});
export type VenueFill = z.infer<typeof VenueFill>;

/** What became of an order. `sending` is written, and on disk, before the order leaves; `unknown` = no answer came; `absent` = the
 * venue never got it, so it may be sent again; `reconciled` = a position that is taken over from the venue. */
export const VenueEventKind = z.enum([
  "sending",
  "unknown",
  "absent",
  "accepted",
  "partially filled",
  "filled",
  "rejected",
  "cancelled",
  "reconciled",
]);
export type VenueEventKind = z.infer<typeof VenueEventKind>;

export const VenueEvent = z.strictObject({
  kind: VenueEventKind,
  /** The bar whose decision it goes back to. */
  barMs: z.int().nonnegative(),
  leg: Leg,
  clientOrderId: ClientOrderId,
  side: z.enum(["buy", "sell"]),
  /** Of the whole order. */
  quantity: Decimal,
  /** Price at which a resting order becomes a market order; null for an order at the market. */
  trigger: Decimal.nullable(),
  venueOrderId: z.string().max(64).nullable(),
  /** Those that are new with this event. */
  fills: z.array(VenueFill).max(1_000),
  /** In words, where something went wrong. */
  reason: z.string().max(500).nullable(),
  replica: z.string(),
  /** When it was learned, by the clock. */
  atMs: z.int().nonnegative(),
});
export type VenueEvent = z.infer<typeof VenueEvent>;
/** Events of one live lane, counted: the entry id is `<n>-0` from 1 on, so of two writers of one number the second is refused. */
export const venueStream = defineStream(
  "venue events",
  ofInference,
  (account: string, symbol: string) => `{${account}}:venue:${symbol}`,
  VenueEvent,
);

/** How the ledger and the venue compare, and which of them a person has said is right. */
export const Reconciliation = z.strictObject({
  state: z.enum(["agrees", "differs"]),
  /** Held by the ledger and at the venue, in the base currency. */
  ledger: Decimal,
  venue: Decimal,
  /** Open orders at the venue that are none of the lane's, by their ids. */
  strangers: z.array(z.string().max(64)).max(100),
  /** Null as long as nobody has said. */
  accept: z.enum(["venue", "ledger"]).nullable(),
  atMs: z.int().nonnegative(),
});
export type Reconciliation = z.infer<typeof Reconciliation>;
/** A hash: symbol → its last comparison. */
export const reconciliations = defineDocument(
  "reconciliation",
  { write: ["inference", "dev"], read: ["core", "inference", "ui", "dev"] },
  (account: string) => `{${account}}:reconciliation`,
  Reconciliation,
);
