import assert from "node:assert/strict";
import { join } from "node:path";
import { modelEventStream } from "../../core/contracts/model.ts";
import { modelHold, modelHoldAnswer } from "../../core/contracts/model_hold.ts";
import { describeCandidate, describeModel, describeModels, describeRefused } from "./describe_models.ts";
import {
  eventsOf,
  knownModels,
  learnedOn,
  meantVersion,
  placeOf,
  refusedCandidates,
} from "./known_models.ts";
import { modelFile, runWithModels } from "./models_testing.ts";

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
  const { version } = run.foreign.metadata;
  assert.equal(await meantVersion(version.slice(2, 9), run), version);
  await assert.rejects(meantVersion("latest", run), /must be m- and 16 hex digits, or .*: it is latest/);
});

Deno.test("refusedCandidates() are those that nobody stored, with the gate's last word on each", async () => {
  await using run = await runWithModels();
  const candidate = "m-00000000000000aa";
  const step = { step: "evidence" as const, passed: false, reason: "it loses", figures: {} };
  const refused = { outcome: "refused" as const, adoptAfterMs: 10, atMs: 7, updates: 30, gate: [step] };
  for (const [index, version] of [candidate, run.second.metadata.version].entries()) {
    await run.store.append(modelEventStream(), `${10 + index}-0`, { ...refused, version });
  }
  const events = await refusedCandidates(run);
  assert.deepEqual(events.map(({ version }) => version), [candidate]);
  assert.match(
    describeRefused(events, 2),
    /^m-00000000000000aa +30 +1970-01-01 +it loses\nand 2 older \(--last\)$/m,
  );
  assert.equal(describeRefused([], 0), "The gate has refused no candidate.");
  assert.equal(await meantVersion("00000000000000a", run), candidate);
  const text = describeCandidate(candidate, events);
  assert.match(text, /^in +nowhere: what the gate refuses is not stored$/m);
  assert.match(text, /^gate: evidence +refused, it loses$/m);
});

Deno.test("learnedOn() names a model's symbols, and its feed where that is known", async () => {
  await using run = await runWithModels();
  const many = await modelFile("many", ["rsi"], { feed: "synthetic:A" }, ["A-1", "A-2", "A-3", "A-4", "A-5"]);
  await run.folder.put(many);
  const { models } = await knownModels(run);
  const of = (version: string) =>
    learnedOn(models.find(({ metadata }) => metadata.version === version)!, run);
  assert.equal(await of(run.first.metadata.version), "A-1, A-2");
  assert.equal(await of(many.metadata.version), "A-1, A-2, A-3 and 2 more of synthetic:A");
});

Deno.test("describeModels() and describeModel() say what is known, for people", async () => {
  await using run = await runWithModels();
  const { models } = await knownModels(run);
  const listed = models.map((model) => ({ ...model, learnedOn: "A-1" }));
  const [header, foreign, second, rest] = describeModels(listed.slice(0, 2), 1).split("\n");
  assert.match(header, /version +parent +updates +learned on +through +gate +in$/);
  assert.match(foreign, / +m-\w+ +- +2 +A-1 +1970-01-06 +passed +folder$/);
  assert.match(second, /^serves +m-\w+ +m-\w+ +20 +A-1 +1970-01-06 +passed +Redis, folder$/);
  assert.equal(rest, "and 1 older (--last)");
  assert.equal(describeModels([], 0), "There is no model yet.");
  const events = (await eventsOf(run.store)).filter(({ version }) => version === run.second.metadata.version);
  const text = describeModel(listed[1]!, events);
  assert.match(text, /^serves +yes$/m);
  assert.match(text, /^gate: integrity +passed, fine$/m);
  assert.match(text, /taken up, after bar 1970-01-01$/m);
});
