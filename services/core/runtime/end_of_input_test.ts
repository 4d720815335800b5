import assert from "node:assert/strict";
import { endOfInput } from "./end_of_input.ts";

Deno.test("endOfInput() passes over what comes in, and resolves at the end", async () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  let hasEnded = false;
  const ended = endOfInput({ stdin: { readable } as typeof Deno.stdin }).then(() => hasEnded = true);
  const writer = writable.getWriter();
  await writer.write(Uint8Array.of(1));
  assert.equal(hasEnded, false);
  await writer.close();
  await ended;
});
