import assert from "node:assert/strict";
import { writeText } from "./write_text.ts";

Deno.test("writeText() writes all of a text, also where the stream takes some bytes at a time, in the middle of a letter", () => {
  const taken: number[] = [];
  const sink = {
    writeSync(bytes: Uint8Array): number {
      const some = bytes.subarray(0, 3);
      taken.push(...some);
      return some.length;
    },
  };
  writeText(sink, "größer als ein Stück €\n");
  assert.equal(new TextDecoder().decode(Uint8Array.from(taken)), "größer als ein Stück €\n");
});
