/** Random numbers that belong to a step: the same whenever and however often it is learned from. Pure. */
import type { Experience } from "../core/contracts/experience.ts";
import { SeededRandom } from "../core/market/seeded_random.ts";

/** @param purpose Names what they are drawn for, so that purposes do not share numbers. */
export function stepRandom(
  purpose: number,
  seed: number,
  { symbol, barMs }: Pick<Experience, "symbol" | "barMs">,
): SeededRandom {
  return new SeededRandom(purpose, seed, barMs, ...Array.from(symbol, (letter) => letter.codePointAt(0)!));
}
