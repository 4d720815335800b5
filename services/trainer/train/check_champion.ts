/** Whether a model can be judged against a champion: both must decide every bar of the evidence, and know none of it. Pure. */
import type { ModelMetadata } from "../../core/contracts/model.ts";
import { dateOf } from "../../core/runtime/texts.ts";
import type { SplitHistory } from "./batch_training.ts";

export interface ChampionFacts extends Pick<ModelMetadata, "version" | "learnedThroughMs"> {
  /** Symbols that it can decide. */
  readonly learned: readonly string[];
}

/** @throws {RangeError} If it knows bars that it would be judged by, or would be beaten for deciding nothing. */
export function checkChampion(
  { version, learned, learnedThroughMs }: ChampionFacts,
  symbols: readonly string[],
  { evidence }: Pick<SplitHistory, "evidence">,
): void {
  const refuse = (rule: string, value: string) => {
    throw new RangeError(`Cannot judge against ${version} as it must ${rule}: it has learned ${value}`);
  };
  const unknown = symbols.filter((symbol) => !learned.includes(symbol));
  if (unknown.length > 0) refuse(`have learned ${unknown.join(", ")}`, learned.join(", "));
  const [first] = evidence;
  if (first === undefined || learnedThroughMs < first.barMs) return;
  refuse(
    `not know the evidence, which begins on ${dateOf(first.barMs)}`,
    `through ${dateOf(learnedThroughMs)}`,
  );
}
