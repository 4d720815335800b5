import assert from "node:assert/strict";
import { EntryWriter } from "./entry_writer.ts";

Deno.test("EntryWriter goes on where the disk is full, and tells it", () => {
  using entries = new EntryWriter("/dev/full");
  const decision = { symbol: "X", barMs: 1, state: [1] };
  const bar = { decision, fills: [], equity: {} } as unknown as Parameters<EntryWriter["write"]>[0];
  for (let index = 0; index < 600; index++) entries.write(bar);
  entries.flush();
  assert.match(entries.fault!, /No space left/);
});
