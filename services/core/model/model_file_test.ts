import assert from "node:assert/strict";
import { modelFileMetadata } from "./model_file.ts";

/** The bytes of a file with this header and some data. */
function fileOf(header: string, length = header.length): Uint8Array {
  const bytes = new Uint8Array(8 + header.length + 16);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  new TextEncoder().encodeInto(header, bytes.subarray(8));
  return bytes;
}

Deno.test("modelFileMetadata() reads what the exporter wrote beside the tensors", () => {
  const header = '{"__metadata__":{"schema":"{}","passport":"x"},"w":{"dtype":"F32"}}';
  assert.deepEqual(modelFileMetadata(fileOf(header)), { schema: "{}", passport: "x" });
  const at = new Uint8Array(100);
  at.set(fileOf(header).subarray(0, 97), 3);
  assert.deepEqual(modelFileMetadata(at.subarray(3)), { schema: "{}", passport: "x" });
  assert.deepEqual(modelFileMetadata(fileOf("{}")), {});
});

Deno.test("modelFileMetadata() refuses what is no model file, saying why", () => {
  assert.throws(() => modelFileMetadata(new Uint8Array(7)), /the length of its header: it has 7 bytes/);
  assert.throws(() => modelFileMetadata(fileOf("{}", 90)), /hold its whole header: that is 90 bytes of 26/);
  assert.throws(() => modelFileMetadata(fileOf("{{")), /its header must be JSON/);
  const huge = fileOf("{}");
  huge.fill(255, 0, 8);
  assert.throws(() => modelFileMetadata(huge), RangeError);
});
