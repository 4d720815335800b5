/** The market that `core.ts` measures on: what both of its processes must know of it. */
import type { Bar } from "../services/core/contracts/bar.ts";

const STEP_MS = 60_000;

export const BENCH = {
  symbols: Array.from({ length: 1_000 }, (_, index) => `S-${index + 1}`),
  timeframe: "1m",
  stepMs: STEP_MS,
  firstMs: Date.UTC(2024, 0, 1),
  historyBars: 60,
  /** Seconds before it is measured. */
  warmUpRounds: 5,
  /** Seconds that are measured. */
  rounds: 20,
} as const;

/** The bar of a symbol at an index: any valid one does. */
export function randomBar(symbol: number, index: number): Bar {
  const open = 100 + (symbol * 7 + index * 13) % 50 / 10;
  const close = 100 + (symbol * 7 + (index + 1) * 13) % 50 / 10;
  return {
    openTimeMs: BENCH.firstMs + index * STEP_MS,
    open,
    high: Math.max(open, close) + 0.5,
    low: Math.min(open, close) - 0.5,
    close,
    volume: 1_000 + (symbol + index) % 100,
  };
}
