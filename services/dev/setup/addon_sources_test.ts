import assert from "node:assert/strict";
import { join } from "node:path";
import { crateFoldersOf, hashAddonSources } from "./addon_sources.ts";
import { SMALL_WORKSPACE, testContext, writeFiles } from "./setup_testing.ts";

async function hashes(nativeDir: string): Promise<{ inference: string; trainer: string }> {
  const inference = await hashAddonSources(nativeDir, "inference", ["rustc 1"]);
  const trainer = await hashAddonSources(nativeDir, "trainer", ["rustc 1", "libtorch 1"]);
  assert.ok(inference && trainer);
  return { inference, trainer };
}

Deno.test("crateFoldersOf() follows path dependencies, own and inherited", async () => {
  await using context = await testContext();
  await writeFiles(context.nativeDir, SMALL_WORKSPACE);
  assert.deepEqual(await crateFoldersOf(context.nativeDir, "addon-inference"), ["addon-inference", "qnet"]);
  assert.deepEqual(await crateFoldersOf(context.nativeDir, "addon-trainer"), [
    "addon-trainer",
    "learner",
    "qnet",
  ]);
});

Deno.test("hashAddonSources() changes only for the addons that reach the changed crate", async () => {
  await using context = await testContext();
  await writeFiles(context.nativeDir, SMALL_WORKSPACE);
  const before = await hashes(context.nativeDir);

  await Deno.writeTextFile(join(context.nativeDir, "learner/src/lib.rs"), "pub fn learn() { changed(); }\n");
  const learnerChanged = await hashes(context.nativeDir);
  assert.equal(learnerChanged.inference, before.inference);
  assert.notEqual(learnerChanged.trainer, before.trainer);

  await Deno.writeTextFile(join(context.nativeDir, "qnet/src/lib.rs"), "pub fn forward() { changed(); }\n");
  const qnetChanged = await hashes(context.nativeDir);
  assert.notEqual(qnetChanged.inference, before.inference);
  assert.notEqual(qnetChanged.trainer, learnerChanged.trainer);
});

Deno.test("hashAddonSources() changes with the lock file and with each identity", async () => {
  await using context = await testContext();
  await writeFiles(context.nativeDir, SMALL_WORKSPACE);
  const before = await hashes(context.nativeDir);
  assert.notEqual(await hashAddonSources(context.nativeDir, "inference", ["rustc 2"]), before.inference);
  await Deno.writeTextFile(join(context.nativeDir, "Cargo.lock"), "version = 4\n# changed\n");
  assert.notEqual((await hashes(context.nativeDir)).inference, before.inference);
});

Deno.test("hashAddonSources() passes over tests, build output and prose", async () => {
  await using context = await testContext();
  await writeFiles(context.nativeDir, SMALL_WORKSPACE);
  const before = await hashes(context.nativeDir);
  await writeFiles(context.nativeDir, {
    "qnet/tests/a.rs": "x",
    "qnet/target/a": "x",
    "qnet/README.md": "x",
  });
  assert.deepEqual(await hashes(context.nativeDir), before);
});

Deno.test("hashAddonSources() is undefined without the workspace or the crate", async () => {
  await using context = await testContext();
  assert.equal(await hashAddonSources(context.nativeDir, "trainer", []), undefined);
  await writeFiles(context.nativeDir, { "Cargo.toml": "[workspace]\n" });
  assert.equal(await hashAddonSources(context.nativeDir, "trainer", []), undefined);
});
