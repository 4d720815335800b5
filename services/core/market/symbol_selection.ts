/** What `--symbols` means: a count (only where a market can be made to order), or a comma list of names. */

import { abridged } from "../runtime/texts.ts";

/** The most symbols that one feed makes. */
export const MAX_SYMBOLS = 500;
/** Symbols of the feed that a message tells. */
const NAMED = 20;

/** Splits a comma list; null (nothing asked for) stays null.
 * @throws {RangeError} If a name is empty or given twice. */
export function splitSymbols(selection: string | null): readonly string[] | null {
  if (selection === null) return null;
  const names = selection.split(",").map((name) => name.trim());
  if (names.includes("")) {
    throw new RangeError(
      `Cannot take --symbols as it must be names with commas between: it is "${selection}"`,
    );
  }
  const doubled = names.find((name, index) => names.indexOf(name) !== index);
  if (doubled !== undefined) {
    throw new RangeError(
      `Cannot take --symbols as each name must be given once: ${doubled} is in "${selection}" twice`,
    );
  }
  return names;
}

/** The symbols to read out of those that are there: all of them where nothing is asked for.
 * @throws {RangeError} If one is asked for that is not there; lists what is. */
export function selectPresent(
  feed: string,
  selection: string | null,
  present: readonly string[],
): readonly string[] {
  const names = splitSymbols(selection);
  if (names === null) return present;
  const missing = names.filter((name) => !present.includes(name));
  if (missing.length === 0) return names;
  const counted = names.length === 1 && /^[0-9]+$/.test(names[0]);
  const rule = counted ? "a number of symbols works only with synthetic:NAME" : "each must be in the feed";
  throw new RangeError(
    `Cannot take --symbols ${missing.join(",")} as ${rule}: ${feed} holds ${abridged(present, NAMED)}`,
  );
}
