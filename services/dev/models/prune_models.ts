/** Removes old versions from the folder of models, which otherwise keeps every one that ever passed the gate. */
import { type KnownModel, knownModels, type ModelPlaces } from "./known_models.ts";

export interface Pruned {
  /** The oldest first. */
  readonly removed: readonly string[];
  /** Versions that the folder still holds. */
  readonly kept: number;
}

/** Keeps the newest of the folder; what the run knows, what serves, and what these have replaced stays as well.
 * @param newest How many, 0 or more. */
export async function pruneModels(places: ModelPlaces, newest: number): Promise<Pruned> {
  const { models } = await knownModels(places);
  const inFolder = models.filter((model) => model.inFolder);
  const stays = new Set(inFolder.filter((model, index) => index < newest || isNeeded(model)));
  const parents = new Set([...stays].map(({ metadata }) => metadata.parent));
  const old = inFolder.filter((model) => !stays.has(model) && !parents.has(model.metadata.version)).reverse();
  for (const { metadata } of old) await places.folder.remove(metadata.version);
  return { removed: old.map(({ metadata }) => metadata.version), kept: inFolder.length - old.length };
}

export function describePruned({ removed, kept }: Pruned): string {
  if (removed.length === 0) return `Nothing to remove: the folder holds ${kept}.`;
  return `Removed ${removed.length}, the folder holds ${kept}: ${removed.join(", ")}`;
}

function isNeeded({ inRedis, isCurrent, isHeld }: KnownModel): boolean {
  return inRedis || isCurrent || isHeld;
}
