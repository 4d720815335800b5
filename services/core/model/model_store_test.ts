import assert from "node:assert/strict";
import { contentAddress } from "./model_store.ts";

Deno.test("contentAddress() names bytes by their SHA-256", async () => {
  assert.deepEqual(await contentAddress(new TextEncoder().encode("abc")), {
    version: "m-ba7816bf8f01cfea",
    sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", // FIPS 180-2, appendix B.1
  });
});

Deno.test("contentAddress() takes the part of a buffer that it is given", async () => {
  const bytes = new TextEncoder().encode("xabcx").subarray(1, 4);
  assert.equal((await contentAddress(bytes)).version, "m-ba7816bf8f01cfea");
});
