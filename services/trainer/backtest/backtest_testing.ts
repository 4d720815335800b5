/** Small feeds whose every price is given. */
import { fromNumber } from "../../core/account/money.ts";
import type { Bar } from "../../core/contracts/bar.ts";
import type { Fill } from "../../core/contracts/lane.ts";
import { BarSeriesBuilder } from "../../core/market/bar_series.ts";
import { type Feed, feedOf } from "../../core/market/feed.ts";
import { LaneBook } from "./lane_book.ts";

export const DAY_MS = 86_400_000;

/** One bar a day from day 1 on: open and close are the price of the day. */
export function barsOf(prices: readonly number[], firstDay = 1): Bar[] {
  return prices.map((price, index) => ({
    openTimeMs: (firstDay + index) * DAY_MS,
    open: price,
    high: price,
    low: price,
    close: price,
    volume: 1,
  }));
}

/** @param prices By symbol. */
export function feedFrom(prices: Readonly<Record<string, readonly number[]>>): Feed {
  const series = Object.entries(prices).map(([symbol, each]) => {
    const builder = new BarSeriesBuilder();
    for (const bar of barsOf(each)) builder.append(bar);
    return [symbol, builder] as const;
  });
  return feedOf({ name: "test", note: "made by hand", timeframe: "1d" }, new Map(series));
}

/** A lane's curve from its equity, day by day. */
export function bookOf(
  equity: readonly number[],
  parts: {
    symbol?: string;
    firstDay?: number;
    position?: readonly number[];
    fills?: readonly Fill[];
    borrowPaid?: number;
  } = {},
): LaneBook {
  const { symbol = "X", firstDay = 1, position = [], fills = [], borrowPaid = 0 } = parts;
  const book = new LaneBook(symbol);
  equity.forEach((value, day) => {
    const barMs = (firstDay + day) * DAY_MS;
    const mark = { equity: value, position: position[day] ?? 0, close: 1 };
    book.add({
      barMs,
      equity: mark,
      fills: fills.filter((fill) => fill.barMs === barMs),
      lane: { account: { borrowPaid: fromNumber(borrowPaid) } },
    });
  });
  return book;
}

/** A fill on a day; a sale has a negative quantity. */
export function fillOf(day: number, quantity: number, price: number, fee = 0): Fill {
  return {
    account: "paper",
    symbol: "X",
    barMs: day * DAY_MS,
    decidedAtMs: (day - 1) * DAY_MS,
    side: quantity > 0 ? "buy" : "sell",
    quantity: String(quantity),
    price: String(price),
    fee: String(fee),
    reason: "order",
    liquidity: "taker",
  };
}
