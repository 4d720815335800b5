/** The versions that a run's Redis and the folder of models hold, with what is known of each. */
import { ContractError } from "../../core/contracts/define.ts";
import {
  currentModel,
  type ModelEvent,
  modelEventStream,
  type ModelMetadata,
  modelMetadata,
  type ModelVersion,
} from "../../core/contracts/model.ts";
import { type ModelHold, modelHold, modelHoldAnswer } from "../../core/contracts/model_hold.ts";
import { passportOf } from "../../core/lane/model_fit.ts";
import type { FolderModelStore } from "../../core/model/folder_model_store.ts";
import { type ModelStore, ModelStoreError } from "../../core/model/model_store.ts";
import { RedisModelStore } from "../../core/model/redis_model_store.ts";
import { resolveVersion } from "../../core/model/resolve_version.ts";
import type { Store } from "../../core/redis/store.ts";
import { abridged } from "../../core/runtime/texts.ts";

const NAMED_SYMBOLS = 3;

/** Where versions are looked for. */
export interface ModelPlaces {
  /** Null where there is no run. */
  readonly store: Store | null;
  readonly folder: FolderModelStore;
  /** Names them in messages. */
  readonly name: string;
}

export interface KnownModel {
  readonly metadata: ModelMetadata;
  readonly inRedis: boolean;
  readonly inFolder: boolean;
  readonly isCurrent: boolean;
  /** Serves by a person's word, until it is released. */
  readonly isHeld: boolean;
}

export interface KnownModels {
  /** The newest first. */
  readonly models: readonly KnownModel[];
  /** Versions of the folder that cannot be read, and why. */
  readonly faults: readonly string[];
}

/** Every version that is stored. @throws {ContractError} If what Redis holds breaks its contract. */
export async function knownModels({ store, folder }: ModelPlaces): Promise<KnownModels> {
  const current = await store?.get(currentModel()) ?? null;
  const hold = store === null ? null : await heldNow(store);
  const inFolder = new Set(await folder.versions());
  const announced = store === null ? [] : (await eventsOf(store)).map(({ version }) => version);
  const models: KnownModel[] = [];
  const faults: string[] = [];
  for (const version of new Set([...announced, ...inFolder, ...current === null ? [] : [current.version]])) {
    const own = await store?.get(modelMetadata(version)) ?? null;
    const metadata = own ?? (inFolder.has(version) ? await inFolderOr(folder, version, faults) : null);
    if (metadata === null) continue; // e.g. refused by the gate: it was announced, and not stored
    models.push({
      metadata,
      inRedis: own !== null,
      inFolder: inFolder.has(version),
      isCurrent: version === current?.version,
      isHeld: version === hold?.version,
    });
  }
  models.sort((a, b) =>
    b.metadata.createdMs - a.metadata.createdMs || (a.metadata.version < b.metadata.version ? -1 : 1)
  );
  return { models, faults };
}

async function inFolderOr(
  folder: FolderModelStore,
  version: string,
  faults: string[],
): Promise<ModelMetadata | null> {
  try {
    return (await folder.get(version)).metadata;
  } catch (cause) {
    if (!(cause instanceof ModelStoreError || cause instanceof ContractError)) throw cause;
    faults.push(cause.message);
    return null;
  }
}

/** The hold that the trainer has obeyed last; null where it holds nothing. */
export async function heldNow(store: Store): Promise<ModelHold | null> {
  const hold = await store.get(modelHold());
  const answer = await store.get(modelHoldAnswer());
  if (hold === null || hold.version === null) return null;
  return answer?.revision === hold.revision && answer.refused === null ? hold : null;
}

/** Every verdict of the gate and every change of what serves, oldest first. */
export async function eventsOf(store: Store): Promise<ModelEvent[]> {
  return (await store.range(modelEventStream())).map(({ value }) => value);
}

/** The store that holds a version: Redis before the folder.
 * @throws {ModelStoreError} If none does. */
export async function placeOf(version: string, { store, folder, name }: ModelPlaces): Promise<ModelStore> {
  const redis = store === null ? null : new RedisModelStore(store);
  for (const models of redis === null ? [folder] : [redis, folder]) {
    if (await models.has(version)) return models;
  }
  throw new ModelStoreError(`Cannot find model ${version} as it must be in ${name}: it is not`);
}

/** The version that a person means: of those that are stored, or that a run has told of.
 * @throws {RangeError} If it is none. @throws {ModelStoreError} If it begins none of them, or several. */
export async function meantVersion(
  text: string,
  { store, folder, name }: ModelPlaces,
): Promise<ModelVersion> {
  const told = store === null ? [] : (await eventsOf(store)).map(({ version }) => version);
  const place = store === null ? name : `${name}, or told by that run (--run names another),`;
  return resolveVersion(text, [...told, ...await folder.versions()], place);
}

/** What a stored model has learned on: its symbols, and the feed if it says so.
 * @throws {ModelStoreError} If its bytes are not what they should be. */
export async function learnedOn(
  { metadata: { version, feed } }: KnownModel,
  places: ModelPlaces,
): Promise<string> {
  const passport = passportOf(await (await placeOf(version, places)).get(version));
  const named = abridged(Object.keys(passport.rewardSigma), NAMED_SYMBOLS);
  return feed === undefined ? named : `${named} of ${feed}`;
}

/** The gate's last word on each candidate that it has refused and nobody stored, the newest first. */
export async function refusedCandidates({ store, folder }: ModelPlaces): Promise<ModelEvent[]> {
  if (store === null) return [];
  const last = new Map((await eventsOf(store)).map((event) => [event.version, event]));
  const refused: ModelEvent[] = [];
  for (const event of last.values()) {
    const isStored = await folder.has(event.version) ||
      await store.get(modelMetadata(event.version)) !== null;
    if (event.outcome === "refused" && !isStored) refused.push(event);
  }
  return refused.reverse();
}
