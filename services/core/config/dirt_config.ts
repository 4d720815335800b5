/** misc.yaml `dirt:` what is done with each kind of dirty input, in a file and live alike. */
import { z } from "zod";

export const DirtAction = z.enum(["repair", "quarantine", "halt"]);
export type DirtAction = z.output<typeof DirtAction>;

const action = (fallback: DirtAction, description: string) =>
  DirtAction.default(fallback).meta({ unit: "", description });

/** The rules by name; each is also the name under which its cases are counted and quarantined. */
const RULES = {
  unreadable: action(
    "quarantine",
    "A row with too few or too many columns, a time that is none, a value that is empty, no number, or a price below 1e-8 or above 9e7. " +
      "Repair: an open becomes the last close, a high or low the outermost of the other prices, a volume 0; a bar " +
      "without a time or a close is quarantined all the same.",
  ),
  not_positive: action(
    "quarantine",
    "A price of 0 or below, or a negative volume. Repair: as if it were not there, see unreadable.",
  ),
  high_below_low: action(
    "repair",
    "A high that is not the highest price of its bar, or a low that is not the lowest. Repair: they become the " +
      "highest and the lowest of the four prices.",
  ),
  doubled: action(
    "repair",
    "A second bar of one time. Repair: an exact copy is passed over; of two that differ, nobody can tell which is " +
      "right, so the first stands and the other is quarantined.",
  ),
  unordered: action(
    "repair",
    "Rows of a file that are not in order of time. Repair: the file is sorted before anything else reads it. " +
      "Quarantine: each row that goes back in time.",
  ),
  late: z.enum(["quarantine", "halt"]).default("quarantine").meta({
    unit: "",
    description:
      "A live bar that comes after a later one. It cannot be repaired: what was decided since did not " +
      "see it.",
  }),
  missing: action(
    "quarantine",
    "Bars that the instrument's calendar expects, and that are not there. Repair: up to missing_fill_bars of them " +
      "become flat bars at the last close without volume, which look as if one could have traded. Quarantine: the " +
      "gap is recorded, and the next bar follows the last one.",
  ),
  zero_volume: action(
    "repair",
    "A bar without volume of a symbol that has had some. Repair: it stays, its prices are believed, its volume " +
      "counts as unknown.",
  ),
  jump: action(
    "quarantine",
    "A price that is further from the last close than jump_sigmas and jump_least. Repair: a high or low that alone " +
      "is too far becomes the outermost of open and close; an open or close is quarantined all the same. The third " +
      "bar in a row at such a new level is believed.",
  ),
};

export const DirtConfig = z.strictObject({
  ...RULES,
  missing_fill_bars: z.int().min(1).max(1_000).default(3).meta({
    unit: "bars",
    description: "The longest gap that missing: repair fills; a longer one is recorded.",
  }),
  jump_sigmas: z.number().min(5).max(1_000).default(50).meta({
    unit: "robust standard deviations",
    description:
      "How far a price may move in a bar: so many times 1.48 median absolute moves of the last 64 bars " +
      "that moved, times the root of the bars that passed.",
  }),
  jump_least: z.number().min(0.001).max(5).default(0.1).meta({
    unit: "log return",
    description: "A smaller move is never a jump, however quiet the market was.",
  }),
  most_quarantined: z.int().min(0).max(9_000).default(5_000).meta({
    unit: "rows",
    description:
      "A feed with more is refused, as its columns or rules cannot be right. system:quarantine keeps " +
      "10000 entries, so all of them can be found there.",
  }),
});
export type DirtConfig = z.output<typeof DirtConfig>;

export type DirtRule = keyof typeof RULES;
export const DIRT_RULES = Object.keys(RULES) as readonly DirtRule[];
