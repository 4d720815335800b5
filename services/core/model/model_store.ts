/** Where models live: content-addressed versions and one pointer to the current one. Two stores: Redis and a folder. */
import { CurrentModel, ModelMetadata, ModelVersion } from "../contracts/model.ts";

/** A stored model: its bytes and what is known of it. */
export interface StoredModel {
  readonly metadata: ModelMetadata;
  readonly blob: Uint8Array;
}

export interface ModelStore {
  /** Stores a model; storing the same bytes again changes nothing. Whole or not at all. */
  put(model: StoredModel): Promise<void>;
  /** @throws {ModelStoreError} If it is not there, or its bytes do not match their hash. */
  get(version: ModelVersion): Promise<StoredModel>;
  has(version: ModelVersion): Promise<boolean>;
  current(): Promise<CurrentModel | null>;
  /** Moves the pointer in one step. The version must be stored. */
  setCurrent(current: CurrentModel): Promise<void>;
}

/** Raised for a model that is missing or not what its name says. */
export class ModelStoreError extends Error {
  override name = "ModelStoreError";
}

export interface ContentAddress {
  readonly version: ModelVersion;
  readonly sha256: string;
}

/** The name that a model's bytes give it. */
export async function contentAddress(blob: Uint8Array): Promise<ContentAddress> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(blob)));
  const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return { version: `m-${sha256.slice(0, 16)}`, sha256 };
}

/** Refuses bytes that are not those that the version and its metadata name. @throws {ModelStoreError} */
export async function verifyModel(version: ModelVersion, model: StoredModel): Promise<StoredModel> {
  const found = await contentAddress(model.blob);
  if (found.version !== version || found.sha256 !== model.metadata.sha256) {
    throw new ModelStoreError(
      `Cannot load model ${version} as its bytes must have SHA-256 ${model.metadata.sha256}: they have ${found.sha256}`,
    );
  }
  if (model.metadata.version !== version) {
    throw new ModelStoreError(
      `Cannot load model ${version} as its metadata must name it: they name ${model.metadata.version}`,
    );
  }
  return model;
}

/** The error of a version that is not stored. */
export function missingModel(version: ModelVersion, where: string): ModelStoreError {
  return new ModelStoreError(`Cannot load model ${version} as it must be in ${where}: it is not there`);
}
