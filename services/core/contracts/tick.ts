/** Ticks: trades as an external process puts them in. Core reads them and makes bars of them (`--feed ticks:redis`). */
import { z } from "zod";
import { Price } from "./bar.ts";
import { defineStream } from "./define.ts";

/** One trade. On the wire: `XADD market:ticks:BTC/USDT * json '{"timeMs":…,"price":…,"size":…,"tradeId":"…"}'`. */
export const Tick = z.strictObject({
  /** When it was traded, in UTC milliseconds. */
  timeMs: z.int().nonnegative(),
  price: Price,
  size: z.number().nonnegative(),
  /** The venue's id of the trade: one that was seen already is dropped. Without it, a doubled tick counts twice. */
  tradeId: z.string().min(1).max(64).optional(),
});
export type Tick = z.infer<typeof Tick>;

/** The ticks of one symbol. Ids are the server's: when a tick arrived. Core drops what its published bars were made of. */
export const tickStream = defineStream(
  "ticks",
  { write: ["feed", "core"], read: ["core"] },
  (symbol: string) => `market:ticks:${symbol}`,
  Tick,
);
