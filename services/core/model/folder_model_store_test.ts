import assert from "node:assert/strict";
import { join } from "node:path";
import { modelMetadata } from "../contracts/model.ts";
import { FolderModelStore } from "./folder_model_store.ts";
import { modelOf, testModelStoreConformance } from "./model_store_conformance_testing.ts";

async function tempFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "rltrader-models-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

testModelStoreConformance("FolderModelStore", async () => {
  const folder = await tempFolder();
  const path = join(folder.path, "not/there/yet");
  return {
    models: new FolderModelStore(path),
    other: new FolderModelStore(path),
    async setRaw(version, blob, metadata) {
      const { key, contract } = modelMetadata(version);
      await Deno.mkdir(join(path, version), { recursive: true });
      await Deno.writeFile(join(path, version, "model.safetensors"), blob);
      await Deno.writeTextFile(join(path, version, "metadata.json"), contract.encode(key, metadata));
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
});

Deno.test("FolderModelStore leaves nothing but the model and the pointer", async () => {
  await using folder = await tempFolder();
  const models = new FolderModelStore(folder.path);
  const model = await modelOf("one");
  const { version } = model.metadata;
  await models.put(model);
  await models.setCurrent({ version, adoptAfterMs: 1, sequence: 1 });
  await assert.rejects(models.put(await modelOf("two", { bytes: 0 })));
  assert.deepEqual([...Deno.readDirSync(folder.path)].map(({ name }) => name).sort(), [
    "current.json",
    version,
  ]);
  assert.deepEqual([...Deno.readDirSync(join(folder.path, version))].map(({ name }) => name).sort(), [
    "metadata.json",
    "model.safetensors",
  ]);
});

Deno.test("FolderModelStore.current() names the file that is broken", async () => {
  await using folder = await tempFolder();
  await Deno.writeTextFile(join(folder.path, "current.json"), "{");
  await assert.rejects(new FolderModelStore(folder.path).current(), /current\.json .* its text must be JSON/);
});

Deno.test("FolderModelStore.versions() lists what is stored, and nothing else", async () => {
  await using folder = await tempFolder();
  const models = new FolderModelStore(join(folder.path, "deep"));
  assert.deepEqual(await models.versions(), []);
  const [one, two] = [await modelOf("one"), await modelOf("two")];
  await models.put(one);
  await models.put(two);
  await models.setCurrent({ version: one.metadata.version, adoptAfterMs: 1, sequence: 1 });
  assert.deepEqual(
    (await models.versions()).sort(),
    [one.metadata.version, two.metadata.version].sort(),
  );
});

Deno.test("FolderModelStore.resolve() finds the version that begins so", async () => {
  await using folder = await tempFolder();
  const models = new FolderModelStore(folder.path);
  const { metadata: { version } } = await modelOf("one");
  await assert.rejects(models.resolve(version.slice(0, 8)), {
    name: "ModelStoreError",
    message: `Cannot find model ${
      version.slice(0, 8)
    } as a version in ${folder.path} must begin with it: none does`,
  });
  await models.put(await modelOf("one"));
  assert.equal(await models.resolve(version.slice(0, 8)), version);
  const file = join(folder.path, version, "metadata.json");
  await assert.rejects(new FolderModelStore(file).resolve(version.slice(0, 8)), {
    name: "ModelStoreError",
    message: `Cannot read models as ${file} must be a folder: it is none`,
  });
});
