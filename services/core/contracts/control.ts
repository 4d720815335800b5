/** The kill switch of an account: whether it may trade, who says so and why. A commit names the control that it was decided
 * under, and the ledger refuses it under another one: what lies in Redis before a commit is in force with it. */
import { z } from "zod";
import { defineDocument } from "./define.ts";

export const Control = z.strictObject({
  /** Counts the changes. */
  revision: z.int().positive(),
  /** While halted nothing is ordered but, with `flatten`, the way out of what is held. */
  state: z.enum(["trading", "halted"]),
  flatten: z.boolean(),
  /** In words, with figures. */
  reason: z.string().min(1).max(500),
  by: z.enum(["command line", "risk limit", "venue"]),
  /** When it was changed, by the clock. */
  atMs: z.int().nonnegative(),
  /** The bar whose close broke a limit; null for a change by hand. */
  barMs: z.int().nonnegative().nullable(),
  /** Counts how often trading was resumed: losses from before the last time no longer count. */
  resumes: z.int().nonnegative(),
});
export type Control = z.infer<typeof Control>;

/** Where there is none yet, the account trades. */
export const controlDocument = defineDocument(
  "control",
  { write: ["dev", "inference"], read: ["core", "inference", "trainer", "ui", "dev"] },
  (account: string) => `control:{${account}}`,
  Control,
);
