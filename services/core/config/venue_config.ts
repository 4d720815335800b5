/** misc.yaml `venue:` where orders go: nowhere (paper), to an exchange's test servers, or to the real one. */
import { z } from "zod";
import type { Frozen } from "./load_yaml.ts";

const ms = (least: number, most: number, fallback: number, description: string) =>
  z.int().min(least).max(most).default(fallback).meta({ unit: "ms", description });

/** Between being signed and being known: what an order's answer may take beside its window. */
const SETTLE_MARGIN_MS = 3_000;

export const VenueConfig = z.strictObject({
  broker: z.enum(["paper", "ccxt"]).default("paper").meta({
    unit: "",
    description:
      "paper: orders fill at the next open, here, at the configured costs. ccxt: orders go to `exchange`, and its executions move " +
      "the account.",
  }),
  exchange: z.string().regex(/^[a-z0-9]{2,30}$/, { error: "must be an exchange as ccxt names it" }).default(
    "binance",
  ).meta({ unit: "", description: "Where orders go, as ccxt names it." }),
  sandbox: z.boolean().default(true).meta({
    unit: "",
    description:
      "Trade play money on the exchange's test servers. False trades real money, which needs confirm_live and --live too.",
  }),
  confirm_live: z.string().max(200).default("").meta({
    unit: "",
    description:
      "Real money is traded only where this is `trade real money on EXCHANGE with account ACCOUNT`, with the names that are " +
      "configured.",
  }),
  reserve: z.number().min(0).max(0.5).default(0.005).meta({
    unit: "share of the cash",
    description: "What no order spends, as the price moves before an order at the market fills.",
  }),
  poll_ms: ms(200, 60_000, 2_000, "How often resting orders are looked at."),
  look_ms: ms(50, 10_000, 500, "How soon an order that is not over is asked for again."),
  receive_window_ms: ms(
    500,
    60_000,
    5_000,
    "How late an order may arrive at the exchange after it was signed; later ones it refuses.",
  ),
  settle_ms: ms(
    3_500,
    300_000,
    10_000,
    "An order without an answer that the exchange has not known for so long was never there, and is sent again. At least " +
      "receive_window_ms and 3,000 ms.",
  ),
  send_within_ms: ms(
    1_000,
    3_600_000,
    30_000,
    "An order that has not left so long after its bar's close is given up: the market has moved on.",
  ),
}).refine(({ settle_ms, receive_window_ms }) => settle_ms >= receive_window_ms + SETTLE_MARGIN_MS, {
  path: ["settle_ms"],
  error: `must be at least receive_window_ms and ${SETTLE_MARGIN_MS}`,
});
export type VenueConfig = Frozen<z.output<typeof VenueConfig>>;

/** For people: `paper`, `sandbox binance`, or `live binance`. */
export function venueLabel({ broker, exchange, sandbox }: VenueConfig): string {
  return broker === "paper" ? "paper" : `${sandbox ? "sandbox" : "live"} ${exchange}`;
}

/** What confirm_live has to be. */
export function liveSentence({ exchange }: VenueConfig, account: string): string {
  return `trade real money on ${exchange} with account ${account}`;
}
