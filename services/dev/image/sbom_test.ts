import assert from "node:assert/strict";
import { bomOf, crateComponents, npmComponents } from "./sbom.ts";

Deno.test("npmComponents() tells a package with its scope, version and hash, and once where it is locked twice", () => {
  const integrity = `sha512-${new Uint8Array(64).fill(1).toBase64()}`;
  const lock = {
    npm: { "@preact/signals@2.11.4_preact@10.29.8": { integrity }, "@preact/signals@2.11.4": { integrity } },
  };
  assert.deepEqual(npmComponents(lock), [{
    type: "library",
    name: "@preact/signals",
    version: "2.11.4",
    purl: "pkg:npm/%40preact/signals@2.11.4",
    hashes: [{ alg: "SHA-512", content: "01".repeat(64) }],
  }]);
});

Deno.test("crateComponents() tells the crates that are built in, not ours, and not what is only locked", () => {
  const tree = "addon-inference v0.1.0 (/app/native/addon-inference)\nserde v1.0.228\nserde v1.0.228 (*)\n";
  const entry = (name: string, version: string) =>
    `[[package]]\nname = "${name}"\nversion = "${version}"\nsource = "registry+https://x"\nchecksum = "abc123"\n`;
  const lock = `[[package]]\nname = "addon-inference"\nversion = "0.1.0"\n\n${entry("serde", "1.0.228")}\n${
    entry("tch", "0.20.0")
  }`;
  assert.deepEqual(crateComponents(tree, lock).map(({ purl }) => purl), ["pkg:cargo/serde@1.0.228"]);
});

Deno.test("bomOf() is the same whatever the order of what it is made of", () => {
  const [a, b] = ["a", "b"].map((name) => ({
    type: "library" as const,
    name,
    version: "1",
    purl: `pkg:npm/${name}@1`,
  }));
  assert.deepEqual(bomOf("x", [a!, b!]), bomOf("x", [b!, a!]));
});
