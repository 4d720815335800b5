import assert from "node:assert/strict";
import type { RawEntry } from "../redis/decode_entry.ts";
import { decodeSegment, encodeSegment, SegmentError } from "./segment.ts";

function entry(id: string, fields: Record<string, Uint8Array>): RawEntry {
  return { id, fields: new Map(Object.entries(fields)) };
}

const ENTRIES = [
  entry("1700000000000-0", {
    json: new TextEncoder().encode('{"käse":"日本"}'),
    state: Uint8Array.of(0, 255, 7),
  }),
  entry("1700000000000-1", {}),
  entry("1700000000001-0", { "größe": new Uint8Array(0) }),
];

Deno.test("encodeSegment() keeps ids, names in any script and every byte", () => {
  assert.deepEqual(decodeSegment("x", encodeSegment(ENTRIES)), ENTRIES);
  assert.deepEqual(decodeSegment("x", encodeSegment([])), []);
});

Deno.test("decodeSegment() refuses what is cut, changed or of another kind, and names the file", () => {
  const bytes = encodeSegment(ENTRIES);
  const changed = bytes.slice();
  changed[changed.length - 6] ^= 1; // within gzip's checksum
  for (const broken of [bytes.subarray(0, bytes.length - 9), changed, new TextEncoder().encode("no gzip")]) {
    assert.throws(
      () => decodeSegment("a/b.segment.gz", broken),
      (error) => error instanceof SegmentError && error.message.startsWith("Cannot read a/b.segment.gz as "),
    );
  }
});
