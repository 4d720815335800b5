import assert from "node:assert/strict";
import { modelFile, runWithModels } from "./models_testing.ts";
import { describePruned, pruneModels } from "./prune_models.ts";

Deno.test("pruneModels() keeps the newest, what the run knows, and what these have replaced", async () => {
  await using run = await runWithModels();
  const parent = await modelFile("parent", ["rsi"], { createdMs: 0 });
  const child = await modelFile("child", ["rsi"], { createdMs: 9, parent: parent.metadata.version });
  const old = await modelFile("old", ["rsi"], { createdMs: 0 });
  for (const model of [parent, child, old]) await run.folder.put(model);
  const pruned = await pruneModels(run, 1);
  assert.deepEqual(
    new Set(pruned.removed),
    new Set([old, run.foreign].map(({ metadata }) => metadata.version)),
  );
  assert.deepEqual(
    (await run.folder.versions()).sort(),
    [parent, child, run.first, run.second].map(({ metadata }) => metadata.version).sort(),
  );
  assert.match(describePruned(pruned), /^Removed 2, the folder holds 4: m-/);
});

Deno.test("pruneModels() of a folder without a run keeps so many of the newest, and then does nothing", async () => {
  await using run = await runWithModels();
  const alone = { ...run, store: null };
  assert.deepEqual(await pruneModels(alone, 3), { removed: [], kept: 3 });
  const pruned = await pruneModels(alone, 0);
  assert.deepEqual([pruned.kept, pruned.removed.at(-1)], [0, run.foreign.metadata.version]);
  assert.equal(describePruned(await pruneModels(alone, 0)), "Nothing to remove: the folder holds 0.");
});
