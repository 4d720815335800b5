/** A person's word on which version serves: one that is held, until candidates may take over again. The trainer, which owns the
 * pointer, obeys it and says so. */
import { z } from "zod";
import { defineDocument } from "./define.ts";
import { ModelVersion } from "./model.ts";

export const ModelHold = z.strictObject({
  /** Counts the changes. */
  revision: z.int().positive(),
  /** Serves, and no candidate takes over; null to let them again. */
  version: ModelVersion.nullable(),
  reason: z.string().min(1).max(500),
  atMs: z.int().nonnegative(),
});
export type ModelHold = z.infer<typeof ModelHold>;
export const modelHold = defineDocument(
  "model hold",
  { write: ["dev"], read: ["trainer", "ui", "dev"] },
  () => "control:models",
  ModelHold,
);

/** What became of it. */
export const ModelHoldAnswer = z.strictObject({
  revision: z.int().positive(),
  version: ModelVersion.nullable(),
  /** Null where it is obeyed. */
  refused: z.string().nullable(),
});
export type ModelHoldAnswer = z.infer<typeof ModelHoldAnswer>;
export const modelHoldAnswer = defineDocument(
  "model hold answer",
  { write: ["trainer"], read: ["trainer", "ui", "dev"] },
  () => "model:hold",
  ModelHoldAnswer,
);
