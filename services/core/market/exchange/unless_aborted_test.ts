import assert from "node:assert/strict";
import { unlessAborted } from "./unless_aborted.ts";

Deno.test("unlessAborted() settles like its promise", async () => {
  const { signal } = new AbortController();
  assert.equal(await unlessAborted(Promise.resolve(1), signal), 1);
  await assert.rejects(unlessAborted(Promise.reject(new Error("failed")), signal), /^Error: failed$/);
});

Deno.test("unlessAborted() rejects with the signal's reason, and lets a later failure pass", async () => {
  const stop = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  const waiting = unlessAborted(promise, stop.signal);
  stop.abort(new Error("stopped"));
  await assert.rejects(waiting, /^Error: stopped$/);
  reject(new Error("too late"));
  await assert.rejects(unlessAborted(Promise.resolve(1), stop.signal), /^Error: stopped$/);
});
