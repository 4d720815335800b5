/** The model store that processes share. */
import {
  type CurrentModel,
  currentModel,
  modelBlobKey,
  modelMetadata,
  type ModelVersion,
} from "../contracts/model.ts";
import type { Store } from "../redis/store.ts";
import { missingModel, type ModelStore, type StoredModel, verifyModel } from "./model_store.ts";

export class RedisModelStore implements ModelStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The metadata are written last: a model is stored when they are there. */
  async put({ metadata, blob }: StoredModel): Promise<void> {
    if (await this.has(metadata.version)) return;
    await this.#store.setBytes(modelBlobKey(metadata.version), blob);
    await this.#store.set(modelMetadata(metadata.version), metadata);
  }

  async get(version: ModelVersion): Promise<StoredModel> {
    const metadata = await this.#store.get(modelMetadata(version));
    const blob = metadata === null ? null : await this.#store.getBytes(modelBlobKey(version));
    if (metadata === null || blob === null) throw missingModel(version, "Redis");
    return await verifyModel(version, { metadata, blob });
  }

  async has(version: ModelVersion): Promise<boolean> {
    return await this.#store.get(modelMetadata(version)) !== null;
  }

  current(): Promise<CurrentModel | null> {
    return this.#store.get(currentModel());
  }

  async setCurrent(current: CurrentModel): Promise<void> {
    if (!(await this.has(current.version))) throw missingModel(current.version, "Redis");
    await this.#store.set(currentModel(), current);
  }
}
