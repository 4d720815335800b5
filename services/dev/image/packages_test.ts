import assert from "node:assert/strict";
import { checkSubset, packagesImported, packagesResolved, trimManifest } from "./packages.ts";

Deno.test("packagesImported() names the packages of code imports, once each, with and without a scope", () => {
  const graph = {
    modules: [{
      specifier: "file:///app/main.ts",
      dependencies: [
        { code: { specifier: "npm:zod@4.6.7" } },
        { code: { specifier: "npm:/preact@10.29.8/hooks" } },
        { code: { specifier: "npm:/preact@10.29.8/jsx-runtime" } },
        { code: { specifier: "npm:@preact/signals@2.11.4" } },
        { code: { specifier: "node:path" } },
        { code: {} },
        {},
      ],
    }, { specifier: "npm:/zod@4.6.7" }],
  };
  assert.deepEqual(packagesImported(graph), ["zod", "preact", "@preact/signals"]);
});

Deno.test("packagesResolved() finds packages whose files are looked up, not files of ours", () => {
  const source =
    'import.meta.resolve("vega-datasets"); import.meta.resolve("@a/b/c"); import.meta.resolve("./x.ts")';
  assert.deepEqual(packagesResolved(source), ["vega-datasets", "@a/b"]);
});

Deno.test("trimManifest() keeps only the named packages, and all that is no import", () => {
  const manifest = {
    imports: {
      zod: "npm:zod@4.6.7",
      vite: "npm:vite@8.3.8",
      "@preact/signals": "npm:@preact/signals@2.11.4",
    },
    nodeModulesDir: "auto",
  };
  assert.deepEqual(trimManifest(manifest, new Set(["zod", "@preact/signals"])), {
    imports: { zod: "npm:zod@4.6.7", "@preact/signals": "npm:@preact/signals@2.11.4" },
    nodeModulesDir: "auto",
  });
});

Deno.test("checkSubset() refuses a package of another hash, and one that is not locked", () => {
  const whole = { npm: { "zod@4.6.7": { integrity: "sha512-a" } } };
  checkSubset(whole, whole);
  checkSubset(whole, {});
  assert.throws(
    () => checkSubset(whole, { npm: { "zod@4.6.7": { integrity: "sha512-b" } } }),
    /hash sha512-b: it holds sha512-a/,
  );
  assert.throws(
    () => checkSubset(whole, { npm: { "yaml@2.9.1": { integrity: "sha512-c" } } }),
    /Cannot lay yaml@2\.9\.1 .* it holds nothing/,
  );
});
