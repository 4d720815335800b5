/** What of the account the value depends on. */
import { z } from "zod";
import { type ScalarName, SCALARS } from "../decisions/scalars.ts";

export type AccountInput = "position" | ScalarName;
const KNOWN: readonly AccountInput[] = ["position", ...SCALARS];

/** What users ask for and the value must not depend on. */
const VETOED = ["equity", "cash", "drawdown", "peak_equity", "daily_loss", "turnover", "turnover_budget"];

const AccountInput = z.string().transform((name, context): AccountInput => {
  const known = KNOWN.find((each) => each === name);
  if (known !== undefined) return known;
  const reason = VETOED.includes(name)
    ? `; ${name} has no sampler to learn from: the executor vetoes on it`
    : "";
  context.issues.push({
    code: "custom",
    message: `must be one of ${KNOWN.join(", ")}${reason}`,
    input: name,
  });
  return z.NEVER;
});

export const AccountInputs = z.array(AccountInput).min(1).max(KNOWN.length)
  .refine((names) => new Set(names).size === names.length, { error: "must not repeat a name" })
  .refine((names) => names[0] === "position", { error: "must begin with position" })
  .prefault(["position"])
  .meta({
    unit: "",
    description:
      "What the value depends on besides the market, as it is right after the decision: position, then any of the inputs " +
      "listed below.",
  });
