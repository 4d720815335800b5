import assert from "node:assert/strict";
import { join } from "node:path";
import { finishFolder } from "./finished_folder.ts";
import { locateLibTorch, viewKey } from "./libtorch.ts";
import { obtainLibTorch } from "./libtorch_step.ts";
import { SetupError } from "./setup_error.ts";
import { LIBTORCH_FOLDER, testContext, writeFiles } from "./setup_testing.ts";
import { libtorchPinFor } from "./wheel_pins.ts";

const silent = { update: () => {} };

Deno.test("locateLibTorch() takes the folder that LIBTORCH names, of an archive or of a PyTorch package", async () => {
  await using context = await testContext();
  const { "build-version": _, ...package_ } = LIBTORCH_FOLDER;
  await writeFiles(join(context.root, "archive"), LIBTORCH_FOLDER);
  await writeFiles(join(context.root, "torch"), {
    ...package_,
    "version.py": "__version__ = '2.13.0+cu130'\n",
  });
  for (const name of ["archive", "torch"]) {
    const LIBTORCH = join(context.root, name);
    const found = await locateLibTorch({ LIBTORCH }, context.cache, context.build);
    assert.equal(found?.route, "LIBTORCH");
    assert.equal(found?.dir, LIBTORCH);
  }
});

Deno.test("locateLibTorch() refuses a LIBTORCH of another version, and one that lacks a library", async () => {
  await using context = await testContext();
  const LIBTORCH = join(context.root, "lt");
  const locate = () => locateLibTorch({ LIBTORCH }, context.cache, context.build);
  await assert.rejects(locate(), SetupError);
  await writeFiles(LIBTORCH, { ...LIBTORCH_FOLDER, "build-version": "2.5.1+cpu" });
  await assert.rejects(locate(), /its version is 2\.5\.1\+cpu/);
  await writeFiles(LIBTORCH, LIBTORCH_FOLDER);
  await Deno.remove(join(LIBTORCH, "lib/libc10.so"));
  await assert.rejects(locate(), /it lacks lib\/libc10\.so/);
});

Deno.test("locateLibTorch() finds the finished view in the cache, and nothing in an empty one", async () => {
  await using context = await testContext();
  assert.equal(await locateLibTorch({}, context.cache, context.build), undefined);
  const dir = context.cache.libtorch(viewKey(libtorchPinFor(context.build)!));
  await finishFolder(dir, ["build-version"], (aside) => writeFiles(aside, LIBTORCH_FOLDER));
  assert.equal((await locateLibTorch({}, context.cache, context.build))?.dir, dir);
});

Deno.test("obtainLibTorch() takes a PyTorch that Python can import, and locateLibTorch() remembers it while it is unchanged", async () => {
  let dir = "";
  await using context = await testContext({ python3: () => ({ stdout: `a warning\n${dir}\n` }) });
  dir = join(context.root, "site-packages", "torch");
  await writeFiles(dir, LIBTORCH_FOLDER);
  const obtained = await obtainLibTorch(context, silent);
  assert.deepEqual([obtained.route, obtained.dir], ["python", dir]);
  assert.deepEqual(await locateLibTorch({}, context.cache, context.build), obtained);
  await writeFiles(dir, { "lib/libtorch_cpu.so": "another build" });
  assert.equal(await locateLibTorch({}, context.cache, context.build), undefined);
});

Deno.test("obtainLibTorch() says what to do on a platform without a pinned wheel", async () => {
  await using context = await testContext({ python3: () => ({ code: 3 }) }, { arch: "riscv64" });
  await assert.rejects(obtainLibTorch(context, silent), /none is for riscv64 linux[\s\S]*LIBTORCH=/);
});
