/** The model store on disk: `<version>/model.safetensors` and `<version>/metadata.json`, made by one rename. */
import { join } from "node:path";
import { type CurrentModel, currentModel, modelMetadata, ModelVersion } from "../contracts/model.ts";
import {
  missingModel,
  type ModelStore,
  ModelStoreError,
  type StoredModel,
  verifyModel,
} from "./model_store.ts";
import { resolveVersion } from "./resolve_version.ts";

export class FolderModelStore implements ModelStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async put({ metadata, blob }: StoredModel): Promise<void> {
    if (await this.has(metadata.version)) return;
    const contract = modelMetadata(metadata.version);
    await Deno.mkdir(this.#folder, { recursive: true });
    const draft = await Deno.makeTempDir({ dir: this.#folder, prefix: ".draft-" });
    try {
      await Deno.writeFile(join(draft, "model.safetensors"), blob);
      await Deno.writeTextFile(
        join(draft, "metadata.json"),
        contract.contract.encode(contract.key, metadata),
      );
      await Deno.rename(draft, join(this.#folder, metadata.version));
    } catch (cause) {
      await Deno.remove(draft, { recursive: true }).catch(() => {});
      if (!(await this.has(metadata.version))) throw cause; // another process stored the same bytes meanwhile
    }
  }

  async get(version: ModelVersion): Promise<StoredModel> {
    const path = join(this.#folder, version, "metadata.json");
    const text = await readOrNull(path, Deno.readTextFile);
    const blob = await readOrNull(join(this.#folder, version, "model.safetensors"), Deno.readFile);
    if (text === null || blob === null) throw missingModel(version, this.#folder);
    return await verifyModel(version, { metadata: modelMetadata(version).contract.decode(path, text), blob });
  }

  async has(version: ModelVersion): Promise<boolean> {
    return await readOrNull(join(this.#folder, version, "metadata.json"), Deno.stat) !== null;
  }

  /** Every version that is stored, in no order. */
  async versions(): Promise<ModelVersion[]> {
    const names = await Array.fromAsync(Deno.readDir(this.#folder), ({ name }) => name)
      .catch((cause) => {
        if (cause instanceof Deno.errors.NotFound) return [];
        if (cause instanceof Deno.errors.NotADirectory) {
          throw new ModelStoreError(`Cannot read models as ${this.#folder} must be a folder: it is none`, {
            cause,
          });
        }
        throw cause;
      });
    return names.filter((name) => ModelVersion.safeParse(name).success);
  }

  /** The version that a person means. @param text Whole, or its beginning.
   * @throws {RangeError} If it is no version. @throws {ModelStoreError} If it begins none that is stored, or several. */
  async resolve(text: string): Promise<ModelVersion> {
    return resolveVersion(text, await this.versions(), this.#folder);
  }

  /** Nothing happens where it is not there. */
  async remove(version: ModelVersion): Promise<void> {
    await readOrNull(join(this.#folder, version), (path) => Deno.remove(path, { recursive: true }));
  }

  async current(): Promise<CurrentModel | null> {
    const path = join(this.#folder, "current.json");
    const text = await readOrNull(path, Deno.readTextFile);
    return text === null ? null : currentModel().contract.decode(path, text);
  }

  async setCurrent(current: CurrentModel): Promise<void> {
    if (!(await this.has(current.version))) throw missingModel(current.version, this.#folder);
    const draft = await Deno.makeTempFile({ dir: this.#folder, prefix: ".draft-" });
    await Deno.writeTextFile(draft, currentModel().contract.encode("current.json", current));
    await Deno.rename(draft, join(this.#folder, "current.json"));
  }
}

async function readOrNull<T>(path: string, read: (path: string) => Promise<T>): Promise<T | null> {
  try {
    return await read(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return null;
    throw cause;
  }
}
