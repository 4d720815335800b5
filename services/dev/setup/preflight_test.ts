import assert from "node:assert/strict";
import { checkCppCompiler, checkPip, checkRoom, checkRust, preflight } from "./preflight.ts";
import { SetupError } from "./setup_error.ts";
import { RUSTC, SMALL_WORKSPACE, testContext, writeFiles } from "./setup_testing.ts";

const ALL = { download: true, libtorch: true, addons: true, cppCompiler: true };
const TOOLS = { python3: () => ({}), cargo: () => ({}), rustc: RUSTC, cc: () => ({}), "c++": () => ({}) };

Deno.test("preflight() accepts a machine with every tool and room", async () => {
  await using context = await testContext(TOOLS);
  await writeFiles(context.nativeDir, SMALL_WORKSPACE);
  await preflight(context, { ...ALL, libtorch: false, cppCompiler: false });
});

Deno.test("preflight() names every obstacle in one error", async () => {
  await using context = await testContext();
  await assert.rejects(preflight(context, ALL), (error) => {
    assert.ok(error instanceof SetupError);
    for (const word of ["4 things", "python3", "cargo", "cc is not", "c\\+\\+ is not"]) {
      assert.match(error.message, new RegExp(word));
    }
    return true;
  });
});

Deno.test("preflight() asks for no tool that the work does not need", async () => {
  await using context = await testContext();
  await preflight(context, { download: false, libtorch: false, addons: false, cppCompiler: false });
  assert.deepEqual(context.commands, []);
});

Deno.test("checkPip() tells a missing pip from a missing Python", async () => {
  await using without = await testContext();
  assert.match((await checkPip(without))!.what, /python3 is not on PATH/);
  const python3 = ({ args }: { args: readonly string[] }) =>
    args[0] === "--version" ? { stdout: "Python 3.13.1" } : { code: 1 };
  await using withoutPip = await testContext({ python3 });
  assert.match((await checkPip(withoutPip))!.what, /Python 3\.13\.1 has no pip/);
});

Deno.test("checkRust() refuses a compiler that is older than the workspace says", async () => {
  await using context = await testContext({
    cargo: () => ({}),
    rustc: () => ({ stdout: "rustc 1.80.1 (aaaa 2024)" }),
  });
  await writeFiles(context.nativeDir, SMALL_WORKSPACE);
  const obstacle = await checkRust(context);
  assert.match(obstacle!.what, /Rust 1\.95 or later.*rustc is 1\.80\.1/);
  assert.equal(obstacle!.fix, "rustup update stable");
});

Deno.test("checkCppCompiler() tries the compiler that CXX names, and tells what it says", async () => {
  const clang = () => ({ code: 1, stderr: "fatal error: 'vector' file not found\n1 error" });
  await using context = await testContext({ "clang++-19": clang }, { environment: { CXX: "clang++-19" } });
  assert.match((await checkCppCompiler(context))!.what, /CXX is clang\+\+-19.*'vector' file not found/);
});

Deno.test("checkRoom() compares what is free with what is needed", async () => {
  await using context = await testContext();
  assert.equal(await checkRoom(context, 1), undefined);
  assert.match(
    (await checkRoom(context, 2 ** 60))!.what,
    /MiB must be free for the cache in .*: \d+ MiB are/,
  );
});

Deno.test("checkRoom() refuses a cache folder that cannot be made", async () => {
  await using context = await testContext();
  await writeFiles(context.root, { cache: "a file in the way" });
  assert.match((await checkRoom(context, 1))!.what, /must be writable/);
});
