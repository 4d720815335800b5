import assert from "node:assert/strict";
import { join } from "node:path";
import { checkDestination } from "./destination.ts";
import { EntryWriter } from "./entry_writer.ts";

Deno.test("checkDestination() leaves files as they are, and refuses what cannot be one", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const [fresh, old] = [join(folder, "fresh"), join(folder, "old")];
    await Deno.writeTextFile(old, "kept");
    await checkDestination("report", fresh);
    await checkDestination("report", old);
    await checkDestination("report", "/dev/null");
    assert.deepEqual(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["old"]);
    assert.equal(await Deno.readTextFile(old), "kept");
    const refusal = (path: string) =>
      assert.rejects(checkDestination("report", path), RangeError).then(() => path);
    await assert.rejects(checkDestination("report", folder), {
      name: "RangeError",
      message: `Cannot write --report as it must be a file that can be written, ${folder}: it is a folder`,
    });
    await assert.rejects(checkDestination("entries", join(folder, "no/file")), /: its folder is not there$/);
    await refusal(join(old, "file"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("EntryWriter goes on where the disk is full, and tells it", () => {
  using entries = new EntryWriter("/dev/full");
  const decision = { symbol: "X", barMs: 1, state: [1] };
  const bar = { decision, fills: [], equity: {} } as unknown as Parameters<EntryWriter["write"]>[0];
  for (let index = 0; index < 600; index++) entries.write(bar);
  entries.flush();
  assert.match(entries.fault!, /No space left/);
});
