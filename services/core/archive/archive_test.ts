import assert from "node:assert/strict";
import { openArchived } from "./archive_testing.ts";

Deno.test("FolderArchive.append() refuses entries that do not follow the last one", async () => {
  await using opened = await openArchived();
  const entry = (id: string) => ({ id, fields: new Map() });
  await opened.archive.append("k", [entry("5-0"), entry("6-0")]);
  await assert.rejects(
    opened.archive.append("k", [entry("6-0")]),
    /must follow 6-0, the last one: 6-0 does not/,
  );
});
