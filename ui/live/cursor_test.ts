import { deepEqual, equal } from "node:assert/strict";
import { type Cursor, formatCursor, parseCursor } from "./cursor.ts";

const CURSOR: Cursor = {
  runId: "768f8f01-f3e0-43db-811e-4070fec22f57",
  symbol: "BTC/USDT",
  ids: {
    bars: "1-0",
    points: "2-0",
    trades: "3-1",
    decisions: "4-0",
    reasons: "5-0",
    holes: "0-0",
  },
};

Deno.test("parseCursor() reads what formatCursor() writes", () => {
  deepEqual(parseCursor(formatCursor(CURSOR)), CURSOR);
});

Deno.test("parseCursor() takes nothing else", () => {
  const text = formatCursor(CURSOR);
  for (
    const bad of [
      null,
      "",
      "17",
      `${text}~0-0`,
      text.replace("3-1", "3"),
      text.replace("BTC", "\n"),
      "~".repeat(9e6),
    ]
  ) {
    equal(parseCursor(bad), null);
  }
  equal(parseCursor(text.replace("BTC%2FUSDT", "%E0%A4%A"))?.symbol, "");
});
