import assert from "node:assert/strict";
import { dependencyNames, parseManifest } from "./cargo_manifest.ts";

Deno.test("dependencyNames() finds every way to name a dependency, with its line", () => {
  const manifest = [
    "[package]",
    'name = "a"',
    "[dependencies]",
    "qnet.workspace = true",
    'tch = "0.26"',
    "# napi = 3",
    "[dev-dependencies.rand]",
    'version = "1"',
    "[target.'cfg(unix)'.build-dependencies]",
    'cc = { version = "1" }',
  ].join("\n");
  assert.deepEqual(dependencyNames(manifest), [
    { name: "qnet", line: 4 },
    { name: "tch", line: 5 },
    { name: "rand", line: 8 },
    { name: "cc", line: 10 },
  ]);
});

Deno.test("dependencyNames() passes over what a workspace only offers", () => {
  assert.deepEqual(dependencyNames('[workspace.dependencies]\ntch = "0.26"'), []);
});

Deno.test("parseManifest() keeps section, key and raw value", () => {
  assert.deepEqual(parseManifest('[workspace.package]\nrust-version = "1.95"'), [
    { section: "workspace.package", key: "rust-version", value: '"1.95"', line: 2 },
  ]);
});
