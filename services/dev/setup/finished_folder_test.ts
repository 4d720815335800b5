import assert from "node:assert/strict";
import { join } from "node:path";
import { finishFolder, isFinished } from "./finished_folder.ts";
import { testContext, writeFiles } from "./setup_testing.ts";

Deno.test("finishFolder() makes a folder that isFinished() accepts", async () => {
  await using context = await testContext();
  const folder = join(context.root, "things", "a");
  await finishFolder(folder, ["lib/x"], (aside) => writeFiles(aside, { "lib/x": "content" }));
  assert.equal(await isFinished(folder), true);
  assert.equal(await Deno.readTextFile(join(folder, "lib/x")), "content");
});

Deno.test("finishFolder() leaves nothing when filling fails, or a promised file is missing", async () => {
  await using context = await testContext();
  const parent = join(context.root, "things");
  const failing = finishFolder(join(parent, "a"), ["x"], () => Promise.reject(new Error("full")));
  await assert.rejects(failing, /full/);
  await assert.rejects(finishFolder(join(parent, "a"), ["x"], () => Promise.resolve()), Deno.errors.NotFound);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(parent)), []);
});

Deno.test("finishFolder() removes what a killed process left of the same folder", async () => {
  await using context = await testContext();
  const parent = join(context.root, "things");
  await writeFiles(parent, { ".partial-a-1/half": "", ".partial-b-1/half": "" });
  await finishFolder(join(parent, "a"), ["x"], (aside) => writeFiles(aside, { x: "" }));
  const names = (await Array.fromAsync(Deno.readDir(parent))).map(({ name }) => name).sort();
  assert.deepEqual(names, [".partial-b-1", "a"]);
});

Deno.test("isFinished() refuses a folder without its marker, or with a file of another length", async () => {
  await using context = await testContext();
  const folder = join(context.root, "a");
  assert.equal(await isFinished(folder), false);
  await finishFolder(folder, ["x"], (aside) => writeFiles(aside, { x: "content" }));
  await Deno.writeTextFile(join(folder, "x"), "cut");
  assert.equal(await isFinished(folder), false);
  await Deno.writeTextFile(join(folder, "complete.json"), "");
  assert.equal(await isFinished(folder), false);
});
