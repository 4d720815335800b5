/** What every model store does, run against each of them. */
import assert from "node:assert/strict";
import type { ModelMetadata } from "../contracts/model.ts";
import { storedModel } from "../testing/stored_model.ts";
import { type ModelStore, ModelStoreError, type StoredModel } from "./model_store.ts";

/** A store and a way to put into it what it would never write itself. */
export interface StoreUnderTest extends AsyncDisposable {
  readonly models: ModelStore;
  /** A second store on the same data: another process. */
  readonly other: ModelStore;
  /** Stores bytes and metadata under a version, unchecked. */
  setRaw(version: string, blob: Uint8Array, metadata: ModelMetadata): Promise<void>;
}

/** A model of some bytes, as the publisher describes it. */
export function modelOf(text: string, changes: Partial<ModelMetadata> = {}): Promise<StoredModel> {
  return storedModel(new TextEncoder().encode(text), {
    createdMs: 1,
    updates: 2,
    experiences: 3,
    liveExperiences: 4,
    learnedThroughMs: 5,
    metrics: { loss: 0.5 },
    gate: [{ step: "integrity", passed: true, reason: "fine", figures: {} }],
    ...changes,
  });
}

export function testModelStoreConformance(name: string, open: () => Promise<StoreUnderTest>): void {
  const test = (behaviour: string, body: (store: StoreUnderTest) => Promise<void>) =>
    Deno.test(`${name} ${behaviour}`, async () => {
      await using store = await open();
      await body(store);
    });

  test("gives back what was put, to every process", async ({ models, other }) => {
    const model = await modelOf("one");
    assert.equal(await models.has(model.metadata.version), false);
    await models.put(model);
    assert.equal(await other.has(model.metadata.version), true);
    const read = await other.get(model.metadata.version);
    assert.deepEqual(new Uint8Array(read.blob), model.blob);
    assert.deepEqual(read.metadata, model.metadata);
  });

  test("keeps versions apart", async ({ models }) => {
    const [one, two] = [await modelOf("one"), await modelOf("two")];
    await models.put(one);
    await models.put(two);
    assert.notEqual(one.metadata.version, two.metadata.version);
    assert.deepEqual(new Uint8Array((await models.get(one.metadata.version)).blob), one.blob);
    assert.deepEqual(new Uint8Array((await models.get(two.metadata.version)).blob), two.blob);
  });

  test("changes nothing when the same bytes are put again", async ({ models, other }) => {
    const model = await modelOf("one");
    await models.put(model);
    await other.put({ ...model, metadata: { ...model.metadata, createdMs: 999 } });
    assert.equal((await models.get(model.metadata.version)).metadata.createdMs, 1);
  });

  test("takes the same bytes from two processes at once", async ({ models, other }) => {
    const model = await modelOf("one");
    await Promise.all([models.put(model), other.put(model), models.put(model)]);
    assert.deepEqual(
      await models.get(model.metadata.version).then(({ metadata }) => metadata),
      model.metadata,
    );
  });

  test("names a version that is not there", async ({ models }) => {
    await assert.rejects(models.get("m-0000000000000000"), (error) => {
      assert.ok(error instanceof ModelStoreError);
      assert.match(
        error.message,
        /^Cannot load model m-0000000000000000 as it must be in .+: it is not there$/,
      );
      return true;
    });
  });

  test("refuses bytes that are not those of their version", async ({ models, setRaw }) => {
    const model = await modelOf("one");
    const { version } = model.metadata;
    await setRaw(version, new TextEncoder().encode("changed"), model.metadata);
    await assert.rejects(models.get(version), (error) => {
      assert.ok(error instanceof ModelStoreError);
      assert.match(error.message, new RegExp(`^Cannot load model ${version} as its bytes must have SHA-256`));
      return true;
    });
  });

  test("refuses metadata of another version, or with another hash", async ({ models, setRaw }) => {
    const [one, two] = [await modelOf("one"), await modelOf("two")];
    const { version } = one.metadata;
    await setRaw(version, one.blob, { ...one.metadata, version: two.metadata.version });
    await assert.rejects(models.get(version), /as its metadata must name it/);
    const { version: other } = two.metadata;
    await setRaw(other, two.blob, { ...two.metadata, sha256: "0".repeat(64) });
    await assert.rejects(models.get(other), /as its bytes must have SHA-256 0000/);
  });

  test("has no current version at first, and moves the pointer for every process", async ({ models, other }) => {
    assert.equal(await models.current(), null);
    const [one, two] = [await modelOf("one"), await modelOf("two")];
    await models.put(one);
    await models.put(two);
    const first = { version: one.metadata.version, adoptAfterMs: 10, sequence: 1 };
    await models.setCurrent(first);
    assert.deepEqual(await other.current(), first);
    const second = { version: two.metadata.version, adoptAfterMs: 20, sequence: 2 };
    await other.setCurrent(second);
    assert.deepEqual(await models.current(), second);
  });

  test("refuses to point at a version that is not there, and leaves the pointer", async ({ models }) => {
    const model = await modelOf("one");
    await models.put(model);
    const current = { version: model.metadata.version, adoptAfterMs: 10, sequence: 1 };
    await models.setCurrent(current);
    await assert.rejects(
      models.setCurrent({ version: "m-0000000000000000", adoptAfterMs: 20, sequence: 2 }),
      ModelStoreError,
    );
    assert.deepEqual(await models.current(), current);
  });

  test("stores nothing of a model whose metadata break their contract", async ({ models }) => {
    const model = await modelOf("one", { bytes: 0 });
    await assert.rejects(models.put(model), /field bytes/);
    assert.equal(await models.has(model.metadata.version), false);
    await models.put(await modelOf("one"));
    assert.equal((await models.get(model.metadata.version)).metadata.bytes, 3);
  });
}
