import assert from "node:assert/strict";
import { cacheFoldersFrom } from "./cache_folders.ts";
import { SetupError } from "./setup_error.ts";

Deno.test("cacheFoldersFrom() takes RLTRADER_CACHE, then XDG_CACHE_HOME, then HOME", () => {
  const all = { RLTRADER_CACHE: "/own", XDG_CACHE_HOME: "/xdg", HOME: "/home/u" };
  assert.equal(cacheFoldersFrom(all).root, "/own");
  assert.equal(cacheFoldersFrom({ ...all, RLTRADER_CACHE: "" }).root, "/xdg/rltrader");
  assert.equal(cacheFoldersFrom({ HOME: "/home/u" }).root, "/home/u/.cache/rltrader");
});

Deno.test("cacheFoldersFrom() refuses a relative folder and an empty environment", () => {
  assert.throws(() => cacheFoldersFrom({ RLTRADER_CACHE: "cache" }), SetupError);
  assert.throws(() => cacheFoldersFrom({}), /RLTRADER_CACHE, XDG_CACHE_HOME or HOME/);
});
