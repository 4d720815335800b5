/** What the trainer learns from: core pairs consecutive bars (and, for live bars, a lane's consecutive decisions). */
import { z } from "zod";
import { Bar, BarPhase } from "./bar.ts";
import { defineStream, float32 } from "./define.ts";
import { Decimal, LaneAccount, type LastBar, PendingOrder, WeighedOption } from "./lane.ts";
import { SymbolName } from "./symbol.ts";

/** The step t → t+1. Decision t fills at the open of t+1 and earns until the open of t+2. */
export const Experience = z.strictObject({
  symbol: SymbolName,
  /** Open time of bar t. */
  barMs: z.int().nonnegative(),
  phase: BarPhase,
  /** Close of bar t, the last price that the decision saw. */
  close: z.number().positive(),
  /** Volume of bar t. */
  volume: z.number().nonnegative().default(0),
  /** Bar t+1: decision t fills at its open, and stops act inside it. */
  next: Bar,
  /** Open of bar t+2, where this decision's reward ends. */
  exitOpen: z.number().positive(),
  /** When that is; null in a record from before it was kept. */
  exitMs: z.int().nonnegative().nullable().default(null),
  /** What was decided at t and what it led to; null for bootstrap history, where nobody decided. */
  decision: z.strictObject({
    /** `<account>:<symbol>:<barMs>`. */
    id: z.string(),
    action: z.string().nullable(),
    /** As in the decision. */
    size: z.number().nullable(),
    stop: z.number().nullable(),
    take: z.number().nullable(),
    isKeep: z.boolean(),
    chosen: WeighedOption.nullable(),
    targetBefore: z.number(),
    target: z.number(),
    modelVersion: z.string().nullable(),
    order: PendingOrder.nullable(),
    /** After bar t, and after bar t+1. */
    laneAccount: LaneAccount,
    nextLaneAccount: LaneAccount,
    /** Fees paid on bar t+1: by the fill of this decision, and by an exit after it. */
    fee: Decimal,
  }).nullable(),
  /** Average true range at the closes of t and t+1, in price units; null where no stop or take is configured. */
  atr: z.number().positive().nullable(),
  nextAtr: z.number().positive().nullable(),
  features: float32(),
  nextFeatures: float32(),
});
export type Experience = z.infer<typeof Experience>;

/** Experience of one lane; the entry id is `<barMs>-0`, so a step can be paired only once. */
export const experienceStream = defineStream(
  "experience",
  { write: ["core"], read: ["core", "trainer", "ui", "dev"] },
  (account: string, symbol: string) => `experience:${account}:${symbol}`,
  Experience,
);

/** What bar t has told, for the money of bar t+1. */
export function lastBarOf(
  { barMs, close, volume, atr }: Pick<Experience, "barMs" | "close" | "volume" | "atr">,
): LastBar {
  return { openTimeMs: barMs, close, volume, atr };
}
