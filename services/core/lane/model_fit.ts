/** Whether a stored model can decide what a run asks for, told from its bytes without the engine. Pure. */
import type { ModelMetadata, ModelPassport } from "../contracts/model.ts";
import { UTC_DAYS } from "../market/session_days.ts";
import { modelFileMetadata } from "../model/model_file.ts";
import { ModelStoreError, type StoredModel } from "../model/model_store.ts";
import { schemaMismatch } from "../model/schema_mismatch.ts";
import { abridged, dateOf } from "../runtime/texts.ts";
import { readPassport } from "./loaded_model.ts";
import { checkDays } from "./net_opener.ts";

/** What a model must be of, to decide every bar. */
export interface RunNeeds {
  /** The text of the network's schema. */
  readonly schema: string;
  readonly symbols: readonly string[];
  /** Days that features are made on, of each symbol whose days are not those of UTC. */
  readonly days: Readonly<Record<string, string>>;
}

const NAMED = 5;

/** What a model's bytes say beside its weights. @throws {ModelStoreError} If they hold no valid passport. */
export function passportOf({ metadata: { version }, blob }: StoredModel): ModelPassport {
  try {
    return readPassport({ metadata: JSON.stringify(modelFileMetadata(blob)) });
  } catch (cause) {
    throw new ModelStoreError(
      `Cannot use ${version} as its bytes must say what it has learned on: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/** @throws {ModelStoreError} If it is of another network, or has not learned a symbol. @throws {RangeError} If it has learned on
 * other days. */
export function checkFits(model: StoredModel, { schema, symbols, days }: RunNeeds): void {
  const { version } = model.metadata;
  const mismatch = schemaMismatch(model.blob, schema);
  if (mismatch !== null) throw new ModelStoreError(mismatch.replace("this model", version));
  const passport = passportOf(model);
  const { rewardSigma } = passport;
  const unknown = symbols.filter((symbol) => rewardSigma[symbol] === undefined);
  if (unknown.length > 0) {
    throw new ModelStoreError(
      `Cannot decide with ${version} as it must have learned on ${
        abridged(unknown, NAMED)
      }: it has learned on ${abridged(Object.keys(rewardSigma), NAMED)}`,
    );
  }
  const traded = Object.entries(rewardSigma).filter(([symbol]) => symbols.includes(symbol));
  checkDays(
    { ...passport, rewardSigma: Object.fromEntries(traded) },
    (symbol) => days[symbol] ?? UTC_DAYS.name,
  );
}

/** What is to be said of a model that has learned from bars that a run decides, or null.
 * @param fromMs Open time of the first bar that it would decide. @param there What begins or stands there, for people. */
export function leakNote(
  { version, learnedThroughMs }: Pick<ModelMetadata, "version" | "learnedThroughMs">,
  fromMs: number,
  there: string,
): string | null {
  if (learnedThroughMs < fromMs) return null;
  return `${version} knows bars up to ${dateOf(learnedThroughMs)}, and ${there} ${
    dateOf(fromMs)
  }: what it earns on those is no test of it`;
}
