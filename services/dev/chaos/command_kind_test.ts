import assert from "node:assert/strict";
import { commandKind, committedSymbol, isGreeting, isWrite } from "./command_kind.ts";

Deno.test("commandKind() names a command by its key's contract, and a function by its own name", () => {
  const kinds = {
    "XADD market:bars:SPX:1d 5-0 json {}": "XADD market:bars:*:*",
    "XADD {paper}:attribution:SPX 5-0 json {}": "XADD {*}:attribution:*",
    "xread COUNT 64 BLOCK 250 STREAMS market:bars:A:1d market:bars:B:1d 1-0 1-0": "XREAD market:bars:*:*",
    "GET {paper}:lane:SPX": "GET {*}:lane:*",
    "SET learning:through:paper {}": "SET learning:through:*",
    "FCALL rltrader_0123456789ab_commit 7 {paper}:lane:SPX": "FCALL commit",
    "MULTI": "MULTI",
    "GET nobody:knows": "GET ?",
  };
  for (const [command, kind] of Object.entries(kinds)) {
    assert.equal(commandKind(command.split(" ")), kind);
  }
});

Deno.test("committedSymbol() follows the keys, however many there are", () => {
  for (const keys of [["lane"], ["lane", "decisions", "fills"]]) {
    assert.equal(committedSymbol(["FCALL", "x_commit", String(keys.length), ...keys, "A-1", "5"]), "A-1");
  }
});

Deno.test("isGreeting() and isWrite() tell a connection's first commands, and what changes Redis", () => {
  const kinds = ["AUTH", "FUNCTION", "FCALL commit", "SET a", "XTRIM a", "EXEC", "MULTI", "GET a", "XREAD a"];
  assert.deepEqual(kinds.filter(isGreeting), ["AUTH", "FUNCTION"]);
  assert.deepEqual(kinds.filter(isWrite), ["FCALL commit", "SET a", "XTRIM a", "EXEC"]);
});
