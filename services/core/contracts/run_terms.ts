/** What a run was begun with that must stay while it goes on: else its second half would not be what its first half was, and a
 * backtest of it would differ. */
import { z } from "zod";
import { defineDocument } from "./define.ts";

export const RunTerms = z.strictObject({
  /** The text of the network's schema, as a model carries it: JSON. */
  schema: z.string(),
  /** What of the market and of misc.yaml money and bars depend on: JSON. */
  rules: z.string(),
});
export type RunTerms = z.infer<typeof RunTerms>;

export const runTerms = defineDocument(
  "run terms",
  { write: ["core"], read: ["core", "dev"] },
  () => "market:terms",
  RunTerms,
);
