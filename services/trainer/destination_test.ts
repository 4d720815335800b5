import assert from "node:assert/strict";
import { join } from "node:path";
import { checkFile, checkFolder, faultsOf } from "./destination.ts";

Deno.test("checkFile() leaves files as they are, and refuses what cannot be one", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const [fresh, old] = [join(folder, "fresh"), join(folder, "old")];
    await Deno.writeTextFile(old, "kept");
    await checkFile("report", fresh);
    await checkFile("report", old);
    await checkFile("report", "/dev/null");
    assert.deepEqual(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["old"]);
    assert.equal(await Deno.readTextFile(old), "kept");
    const refusal = (path: string) => assert.rejects(checkFile("report", path), RangeError).then(() => path);
    await assert.rejects(checkFile("report", folder), {
      name: "RangeError",
      message: `Cannot write --report as it must be a file that can be written, ${folder}: it is a folder`,
    });
    await assert.rejects(checkFile("entries", join(folder, "no/file")), /: its folder is not there$/);
    await refusal(join(old, "file"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("checkFolder() makes what is not there, and refuses what cannot be a folder", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await checkFolder("trials", join(folder, "a/b"));
    assert.deepEqual(Array.from(Deno.readDirSync(join(folder, "a/b"))), []);
    const file = join(folder, "file");
    await Deno.writeTextFile(file, "");
    await assert.rejects(checkFolder("trials", file), {
      name: "RangeError",
      message: `Cannot write --trials as it must be a folder that can be written, ${file}: it is a file`,
    });
    await assert.rejects(checkFolder("trials", join(file, "deeper")), /must be a folder that can be written/);
    await assert.rejects(checkFolder("trials", "/proc/nothing"), /: it cannot be made$/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("faultsOf() writes what can be written, and tells what could not", async () => {
  const written: string[] = [];
  const faults = await faultsOf([
    ["write --report", () => Promise.reject(new Error("the disk is full"))],
    ["write --entries", () => Promise.resolve(void written.push("entries"))],
  ]);
  assert.deepEqual([faults, written], [["Cannot write --report: the disk is full"], ["entries"]]);
});
