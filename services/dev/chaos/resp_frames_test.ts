import assert from "node:assert/strict";
import { argumentsOf, isPush, RespFrames } from "./resp_frames.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (frame: Uint8Array) => new TextDecoder().decode(frame);

/** Of both protocols, with what a parser may stumble over: CR LF inside texts, nulls, nesting, attributes. */
const FRAMES = [
  "+OK\r\n",
  "-ERR no\r\n",
  ":12\r\n",
  "$-1\r\n",
  "*-1\r\n",
  "_\r\n",
  "#t\r\n",
  ",1.5\r\n",
  "(123456789012345678901\r\n",
  "$4\r\na\r\nb\r\n",
  "$0\r\n\r\n",
  "=5\r\ntxt:a\r\n",
  "*0\r\n",
  "*2\r\n*2\r\n$1\r\na\r\n:1\r\n$3\r\n$9\r\r\n",
  "%2\r\n+a\r\n*1\r\n:1\r\n+b\r\n_\r\n",
  "~1\r\n+a\r\n",
  "|1\r\n+ttl\r\n:3\r\n*1\r\n+a\r\n",
  ">2\r\n+invalidate\r\n*1\r\n$1\r\nk\r\n",
];

Deno.test("RespFrames gives every frame whole, wherever the bytes are cut", () => {
  const all = bytes(FRAMES.join(""));
  for (let size = 1; size <= all.length; size++) {
    const frames = new RespFrames();
    const found: string[] = [];
    for (let at = 0; at < all.length; at += size) {
      found.push(...frames.push(all.subarray(at, at + size)).map(text));
    }
    assert.deepEqual(found, FRAMES, `chunks of ${size} bytes`);
  }
});

Deno.test("RespFrames refuses what is no RESP", () => {
  assert.throws(() => new RespFrames().push(bytes("GET a\r\n")), {
    message: "Cannot read RESP as a frame must begin with its kind: it begins with 71",
  });
});

Deno.test("argumentsOf() reads the first arguments of a command, whatever bytes follow", () => {
  const command = "*4\r\n$4\r\nXADD\r\n$3\r\na:b\r\n$2\r\n\r\n\r\n$1\r\nc\r\n";
  assert.deepEqual(argumentsOf(bytes(command), 2), ["XADD", "a:b"]);
  assert.deepEqual(argumentsOf(bytes(command), 9), ["XADD", "a:b", "\r\n", "c"]);
  assert.throws(() => argumentsOf(bytes("+OK\r\n"), 1), { message: /must be a list/ });
});

Deno.test("isPush() tells what answers no command", () => {
  assert.deepEqual([">1\r\n+a\r\n", "*1\r\n+a\r\n"].map((frame) => isPush(bytes(frame))), [true, false]);
});
