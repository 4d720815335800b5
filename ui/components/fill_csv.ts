/** A fill as a line of CSV: money as it is booked, to the last digit. Pure. */
import type { Fill } from "../../services/core/contracts/lane.ts";
import type { Entry } from "../../services/core/redis/store.ts";
import type { CsvColumns } from "./csv.ts";

export const FILL_CSV: CsvColumns<Entry<Fill>> = {
  id: ({ id }) => id,
  bar_utc: ({ value }) => new Date(value.barMs).toISOString(),
  bar_ms: ({ value }) => value.barMs,
  symbol: ({ value }) => value.symbol,
  decided_at_ms: ({ value }) => value.decidedAtMs,
  side: ({ value }) => value.side,
  quantity: ({ value }) => value.quantity,
  price: ({ value }) => value.price,
  fee: ({ value }) => value.fee,
  reason: ({ value }) => value.reason,
  liquidity: ({ value }) => value.liquidity,
};
