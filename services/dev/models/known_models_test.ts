import assert from "node:assert/strict";
import { join } from "node:path";
import { modelHold, modelHoldAnswer } from "../../core/contracts/model_hold.ts";
import { describeModel, describeModels } from "./describe_models.ts";
import { checkVersion, eventsOf, knownModels, placeOf } from "./known_models.ts";
import { runWithModels } from "./models_testing.ts";

Deno.test("knownModels() joins what Redis and the folder hold, the newest first", async () => {
  await using run = await runWithModels();
  const { models, faults } = await knownModels(run);
  assert.deepEqual(faults, []);
  assert.deepEqual(models.map(({ metadata, ...rest }) => [metadata.version, rest]), [
    [run.foreign.metadata.version, { inRedis: false, inFolder: true, isCurrent: false, isHeld: false }],
    [run.second.metadata.version, { inRedis: true, inFolder: true, isCurrent: true, isHeld: false }],
    [run.first.metadata.version, { inRedis: true, inFolder: true, isCurrent: false, isHeld: false }],
  ]);
  const without = await knownModels({ ...run, store: null });
  assert.deepEqual(without.models.map(({ inRedis, isCurrent }) => inRedis || isCurrent), [
    false,
    false,
    false,
  ]);
});

Deno.test("knownModels() shows a version as held once the trainer has obeyed", async () => {
  await using run = await runWithModels();
  const { version } = run.second.metadata;
  const held = async () => (await knownModels(run)).models.some(({ isHeld }) => isHeld);
  await run.store.set(modelHold(), { revision: 2, version, reason: "by hand", atMs: 1 });
  assert.equal(await held(), false);
  await run.store.set(modelHoldAnswer(), { revision: 2, version, refused: "no" });
  assert.equal(await held(), false);
  await run.store.set(modelHoldAnswer(), { revision: 2, version, refused: null });
  assert.equal(await held(), true);
  await run.store.set(modelHold(), { revision: 3, version: null, reason: "by hand", atMs: 1 });
  assert.equal(await held(), false);
});

Deno.test("knownModels() tells which files of the folder are broken, and lists the others", async () => {
  await using run = await runWithModels();
  const { version } = run.foreign.metadata;
  await Deno.writeTextFile(join(run.path, version, "model.safetensors"), "spoilt");
  const { models, faults } = await knownModels(run);
  assert.equal(models.length, 2);
  assert.match(faults.join(), new RegExp(`^Cannot load model ${version} as its bytes must have SHA-256`));
});

Deno.test("placeOf() finds a version in Redis or in the folder, and names both in vain", async () => {
  await using run = await runWithModels();
  for (const { metadata: { version } } of [run.first, run.foreign]) {
    assert.equal((await (await placeOf(version, run)).get(version)).metadata.version, version);
  }
  await assert.rejects(placeOf("m-0000000000000000", run), {
    name: "ModelStoreError",
    message: "Cannot find model m-0000000000000000 as it must be in the places: it is not",
  });
  assert.throws(() => checkVersion("latest"), /must be m- and 16 hex digits: it is latest/);
  assert.throws(() => checkVersion(undefined), /it is missing/);
});

Deno.test("describeModels() and describeModel() say what is known, for people", async () => {
  await using run = await runWithModels();
  const { models } = await knownModels(run);
  const [header, foreign, second, rest] = describeModels(models, 2).split("\n");
  assert.match(header, /version +parent +updates +learned through +gate +in$/);
  assert.match(foreign, / +m-\w+ +- +2 +1970-01-06 +passed +folder$/);
  assert.match(second, /^serves +m-\w+ +m-\w+ +20 +1970-01-06 +passed +Redis, folder$/);
  assert.equal(rest, "and 1 older (--last)");
  assert.equal(describeModels([], 5), "There is no model yet.");
  const events = (await eventsOf(run.store)).filter(({ version }) => version === run.second.metadata.version);
  const text = describeModel(models[1], events);
  assert.match(text, /^serves +yes$/m);
  assert.match(text, /^gate: integrity +passed, fine$/m);
  assert.match(text, /taken up, after bar 1970-01-01$/m);
});
