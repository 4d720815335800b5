/** What core asks of the trainer, and what the trainer says of its learning. */
import { z } from "zod";
import { defineDocument, defineStream } from "./define.ts";
import { SymbolName } from "./symbol.ts";

/** `bootstrap`: history is complete, make the first model. `barrier`: core waits for the gate's next verdict before the next bar.
 * `shadow`: the candidate has decided its bars without orders; core waits for what follows. */
export const Ticket = z.strictObject({
  kind: z.enum(["bootstrap", "barrier", "shadow"]),
  /** The last bar that was decided; the version is adopted for decisions after it. */
  barMs: z.int().nonnegative(),
  /** The last step of each symbol's experience that was there: exactly so much is learned, also by a trainer that starts
   * again later, when there is more. A symbol without any is absent. */
  steps: z.record(SymbolName, z.int().nonnegative()),
});
export type Ticket = z.infer<typeof Ticket>;
/** The entry id is `<barMs>-0`, and `<barMs>-1` for a shadow's, which may end on a barrier's bar. */
export const ticketStream = defineStream(
  "learning tickets",
  { write: ["core"], read: ["core", "trainer", "ui", "dev"] },
  () => "learning:tickets",
  Ticket,
);

export const LearningMetrics = z.strictObject({
  updates: z.int().nonnegative(),
  skipped: z.int().nonnegative(),
  experiences: z.int().nonnegative(),
  liveExperiences: z.int().nonnegative(),
  /** Mean squared TD error, in squared reward units. */
  loss: z.number(),
  meanAbsTd: z.number(),
  meanValue: z.number(),
  gradNorm: z.number(),
  updatesPerSecond: z.number().nonnegative(),
  /** Share of the live decisions that are drawn at random, to explore. */
  epsilon: z.number().min(0).max(1),
  /** Steps that the replay holds, and how many it may hold. */
  replayed: z.int().nonnegative(),
  replayCapacity: z.int().nonnegative(),
});
export type LearningMetrics = z.infer<typeof LearningMetrics>;
/** Ids are the server's: a trainer that starts again counts its updates anew. */
export const learningStream = defineStream(
  "learning metrics",
  { write: ["trainer"], read: ["trainer", "ui", "dev"] },
  () => "learning:metrics",
  LearningMetrics,
);

/** The reward that a live decision earned, net of its costs. */
export const RewardRecord = z.strictObject({
  decisionId: z.string(),
  /** Log return of the lane's equity from just before its fill to the next fill, net of cost. */
  logReturn: z.number(),
  /** Cost of the decision as a fraction of equity. */
  cost: z.number().nonnegative(),
  /** logReturn over the symbol's constant sigma. */
  reward: z.number(),
});
export type RewardRecord = z.infer<typeof RewardRecord>;
/** The entry id is `<barMs>-0`. */
export const rewardStream = defineStream(
  "rewards",
  { write: ["trainer"], read: ["core", "trainer", "ui", "dev"], trim: ["core"] },
  (account: string, symbol: string) => `learning:rewards:${account}:${symbol}`,
  RewardRecord,
);

/** The last experience of each symbol that the trainer needs no more: it is learned and in a checkpoint. */
export const learnedThrough = defineDocument(
  "learned experience",
  { write: ["trainer"], read: ["core", "trainer", "dev"] },
  (account: string) => `learning:through:${account}`,
  z.record(SymbolName, z.string().regex(/^[0-9]+-[0-9]+$/, { error: "must be a stream id" })),
);
