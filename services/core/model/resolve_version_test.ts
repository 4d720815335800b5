import assert from "node:assert/strict";
import { resolveVersion, versionFault } from "./resolve_version.ts";

const KNOWN = ["m-4214171200000000", "m-4214179900000000", "m-51e5aa0000000000"];
const resolve = (text: string) => resolveVersion(text, KNOWN, "the folder");

Deno.test("resolveVersion() takes a version as it is printed anywhere: whole, or six digits of it and more", () => {
  for (const text of ["m-51e5aa0000000000", "51e5aa0000000000", "m-51e5aa", "51e5aa", "m-51e5aa00"]) {
    assert.equal(resolve(text), "m-51e5aa0000000000", text);
  }
  assert.equal(resolve("m-42141712"), "m-4214171200000000");
  assert.equal(
    resolveVersion("m-42141799", [...KNOWN, ...KNOWN], "x"),
    "m-4214179900000000",
    "in two places",
  );
  assert.equal(resolve("m-0000000000000001"), "m-0000000000000001", "a whole one need not be known");
});

Deno.test("resolveVersion() lists what an ambiguous beginning may mean, and says where it has looked in vain", () => {
  assert.throws(() => resolve("m-421417"), {
    name: "ModelStoreError",
    message: "Cannot tell which model m-421417 is as one version alone in the folder must begin with it: " +
      "m-4214171200000000, m-4214179900000000 do",
  });
  assert.throws(() => resolve("abcdef"), {
    name: "ModelStoreError",
    message: "Cannot find model abcdef as a version in the folder must begin with it: none does",
  });
});

Deno.test("resolveVersion() and versionFault() refuse what is no version", () => {
  for (const text of ["m-51e5a", "latest", "m-51e5aa00000000000", "m-51E5AA", ""]) {
    assert.match(
      versionFault(text)!,
      /^must be m- and 16 hex digits, or the first 6 or more of them$/,
    );
    assert.throws(() => resolve(text), {
      name: "RangeError",
      message: /^Cannot use a version as it must be/,
    });
  }
  assert.equal(versionFault("m-51e5aa"), null);
});
