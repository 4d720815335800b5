/** A market to try orders in: lots of 0.00001 BTC, ticks of 0.01 USDT, 5 USDT at least. */
import type { VenueMarket } from "./venue_market.ts";

export const MARKET: VenueMarket = {
  base: "BTC",
  quote: "USDT",
  lot: 1_000n,
  tick: 1_000_000n,
  leastQuantity: 1_000n,
  leastNotional: 500_000_000n,
  restsStops: true,
  restsTakes: true,
  restsBoth: false,
};
