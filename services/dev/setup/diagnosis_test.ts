import assert from "node:assert/strict";
import { diagnose } from "./diagnosis.ts";
import { RUSTC, SMALL_WORKSPACE, testContext, writeFiles } from "./setup_testing.ts";

Deno.test("diagnose() lists what is missing with the command that repairs it", async () => {
  await using context = await testContext({ rustc: RUSTC, cargo: () => ({}) });
  await writeFiles(context.nativeDir, SMALL_WORKSPACE);
  await writeFiles(context.root, {
    "deno.json": JSON.stringify({ imports: { zod: "npm:zod@4.6.7", "@a/b": "npm:@a/b@1.0.0" } }),
    "node_modules/zod/package.json": JSON.stringify({ version: "4.6.7" }),
  });
  const findings = new Map((await diagnose(context, context.root)).map((finding) => [finding.name, finding]));
  assert.equal(findings.get("Rust")?.there, true);
  assert.equal(findings.get("npm packages")?.detail, "missing: @a/b@1.0.0");
  for (const name of ["LibTorch", "Redis server", "Inference addon", "Trainer addon"]) {
    assert.equal(findings.get(name)?.there, false, name);
    assert.equal(findings.get(name)?.required, true, name);
    assert.match(findings.get(name)?.fix ?? "", /task setup$/, name);
  }
  assert.match(findings.get("C++ compiler")?.fix ?? "", /build-essential/);
  assert.equal(findings.get("CUDA driver")?.required, false);
});

Deno.test("diagnose() reports a wrong LIBTORCH instead of failing", async () => {
  await using context = await testContext({}, { environment: { LIBTORCH: "/nowhere" } });
  await writeFiles(context.root, { "deno.json": '{"imports":{}}' });
  const libtorch = (await diagnose(context, context.root)).find(({ name }) => name === "LibTorch");
  assert.match(libtorch!.detail!, /it is \/nowhere/);
  assert.match(libtorch!.fix!, /unset LIBTORCH/);
});
