/** What risk limits are measured on: of a lane in its record, of all lanes in the account's total. Written by the one commit. */
import { z } from "zod";
import { defineDocument } from "./define.ts";

/** What a lane's limits remember from bar to bar. A day is a UTC day, and a bar belongs to the day that it opens in. */
export const RiskState = z.strictObject({
  /** Start of the last bar's day. */
  dayMs: z.int().nonnegative(),
  /** At the last bar's close, in the quote currency. */
  equity: z.number(),
  /** At the last close before the day, or at the last resume in it. */
  dayStartEquity: z.number(),
  /** Highest at a close since the lane's start or the last resume. */
  peakEquity: z.number(),
  /** Notional of the fills that were ordered on the day's bars, and of the day's stops and takes. */
  traded: z.number().nonnegative(),
  /** Bars of the last orders, oldest first; as far back as a limit looks. */
  orderTimes: z.array(z.int().nonnegative()).max(1_000),
  /** The resume that losses are counted from. */
  resumes: z.int().nonnegative(),
});
export type RiskState = z.infer<typeof RiskState>;

/** What a lane adds to the account's total after a bar. */
export const LanePart = z.strictObject({
  barMs: z.int().nonnegative(),
  /** Market value of the position without its sign, at the bar's close; that of the order on the bar where it is more, as it fills next. */
  held: z.number().nonnegative(),
  risk: RiskState,
  /** Highest equity of all lanes together that this lane has seen since the last resume; null where nobody asks for it. */
  accountPeak: z.number().nullable(),
});
export type LanePart = z.infer<typeof LanePart>;

/** One lane's part of the account's total. */
export const LaneTotal = LanePart.extend({
  /** After the lane's bar before: what a lane goes by that decides the same bar. Null on the first one, and where nobody asks for it. */
  before: LanePart.nullable().default(null),
});
export type LaneTotal = z.infer<typeof LaneTotal>;

/** A hash: symbol → that lane's part; updated by each commit, and what limits of the whole account act on. */
export const accountTotal = defineDocument(
  "account total",
  { write: ["inference"], read: ["core", "inference", "trainer", "ui", "dev"] },
  (account: string) => `{${account}}:total`,
  LaneTotal,
);

/** What a limit compares with: the figures of a lane, or those of all lanes together after their bars before. */
export const RiskBook = z.strictObject({
  equity: z.number(),
  dayStartEquity: z.number(),
  peakEquity: z.number(),
  traded: z.number().nonnegative(),
  /** Within the time that the limit on orders looks back. */
  recentOrders: z.int().nonnegative(),
  /** Market value of the positions of other lanes, without signs; of what they have ordered, where that is more. */
  heldElsewhere: z.number().nonnegative(),
});
export type RiskBook = z.infer<typeof RiskBook>;
