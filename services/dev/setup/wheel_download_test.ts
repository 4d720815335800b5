import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { CommandRequest } from "./run_command.ts";
import { testContext, writeFiles } from "./setup_testing.ts";
import { downloadWheel, pipDownloadArguments } from "./wheel_download.ts";

const CONTENT = "the wheel";
const WHEEL = {
  project: "thing",
  version: "1.2.3",
  file: "thing-1.2.3-py3-none-any.whl",
  platform: "manylinux_2_28_x86_64",
  sha256: createHash("sha256").update(CONTENT).digest("hex"),
  bytes: CONTENT.length,
};

/** A pip that writes this file into the folder it is told. */
const pipWriting = (file: string, content: string) => ({
  python3: async ({ args }: CommandRequest) => {
    await writeFiles(args[args.indexOf("--dest") + 1]!, { [file]: content });
    return {};
  },
});

const ignore = () => {};

Deno.test("downloadWheel() keeps a proven wheel and does not ask pip again", async () => {
  await using context = await testContext(pipWriting(WHEEL.file, CONTENT));
  const seen: number[] = [];
  const path = await downloadWheel(context, WHEEL, (bytes) => seen.push(bytes));
  assert.equal(await Deno.readTextFile(path), CONTENT);
  assert.equal(await downloadWheel(context, WHEEL, ignore), path);
  assert.equal(context.commands.length, 1);
  assert.equal(seen.at(-1), WHEEL.bytes);
  const left = (await Array.fromAsync(Deno.readDir(context.cache.downloads()))).map(({ name }) => name);
  assert.deepEqual(left, [WHEEL.file]);
});

Deno.test("downloadWheel() refuses a file with another hash and keeps nothing of it", async () => {
  await using context = await testContext(pipWriting(WHEEL.file, "tampered!"));
  await assert.rejects(
    downloadWheel(context, WHEEL, ignore),
    /SHA-256 must be [0-9a-f]{64}: it is [0-9a-f]{64}/,
  );
  assert.deepEqual(await Array.fromAsync(Deno.readDir(context.cache.downloads())), []);
});

Deno.test("downloadWheel() replaces a kept file that is cut or changed", async () => {
  await using context = await testContext(pipWriting(WHEEL.file, CONTENT));
  await writeFiles(context.cache.downloads(), { [WHEEL.file]: "tampered!" });
  assert.equal(await Deno.readTextFile(await downloadWheel(context, WHEEL, ignore)), CONTENT);
});

Deno.test("downloadWheel() refuses another file than the pinned one", async () => {
  await using context = await testContext(pipWriting("thing-1.2.3-py3-none-other.whl", CONTENT));
  await assert.rejects(
    downloadWheel(context, WHEEL, ignore),
    /must be the file thing-1\.2\.3-py3-none-any\.whl/,
  );
});

Deno.test("downloadWheel() tells what pip said when it fails", async () => {
  await using context = await testContext({
    python3: () => ({ code: 1, stderr: "ERROR: no matching distribution" }),
  });
  await assert.rejects(downloadWheel(context, WHEEL, ignore), /status 1 and said\s+ERROR: no matching/);
});

Deno.test("pipDownloadArguments() pins version, interpreter and platform, so that every host gets the same file", () => {
  const args = pipDownloadArguments(WHEEL, join("/cache", "x"));
  for (const needed of ["--only-binary=:all:", "--python-version=3.11", "--platform=manylinux_2_28_x86_64"]) {
    assert.ok(args.includes(needed), needed);
  }
  assert.equal(args.at(-1), "thing==1.2.3");
});
