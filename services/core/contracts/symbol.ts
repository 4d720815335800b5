/** Names that become part of a Redis key: what they may hold, so that none can forge another's key. */
import { z } from "zod";

/** A traded symbol, e.g. `SPX`, `BTC/USDT`, `A-1`. */
export const SymbolName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,31}$/, {
  error: "must be 1 to 32 letters, digits, or . _ / - and start with a letter or digit",
});
/** A bar's length, e.g. `1m`, `1h`, `1d`. */
export const Timeframe = z.string().regex(/^[1-9][0-9]{0,2}[mhdw]$/, {
  error: "must be like 1m, 4h, 1d or 1w",
});
export type Timeframe = z.infer<typeof Timeframe>;

const UNIT_MS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** The length of a timeframe in milliseconds. @throws {RangeError} If it is not a timeframe. */
export function timeframeMs(timeframe: Timeframe): number {
  const unit = UNIT_MS[timeframe.slice(-1)];
  const count = Number(timeframe.slice(0, -1));
  if (unit === undefined || !Number.isInteger(count) || count < 1) {
    throw new RangeError(
      `Cannot measure a timeframe as it must be like 1m, 4h, 1d or 1w: it is ${timeframe}`,
    );
  }
  return count * unit;
}
