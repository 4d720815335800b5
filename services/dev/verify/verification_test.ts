import assert from "node:assert/strict";
import { countCargoTests, countDenoTests, verify } from "./verification.ts";

Deno.test("countDenoTests() reads the last line of deno test, with steps and colour", () => {
  assert.deepEqual(countDenoTests("ok | 104 passed (3 steps) | 0 failed (12s)\n"), {
    passed: 104,
    failed: 0,
  });
  assert.deepEqual(countDenoTests("\x1b[31mFAILED\x1b[0m | 3 passed | 2 failed (1s)\n"), {
    passed: 3,
    failed: 2,
  });
  assert.equal(countDenoTests("error: Module not found\n"), null);
});

Deno.test("countCargoTests() adds up the crates", () => {
  const output =
    "test result: ok. 12 passed; 0 failed; 0 ignored\n…\ntest result: FAILED. 3 passed; 1 failed; 0 ignored\n";
  assert.deepEqual(countCargoTests(output), { passed: 15, failed: 1 });
  assert.equal(countCargoTests("error: could not compile"), null);
});

Deno.test("verify() goes on after a failed step and counts at least one failure for it", async () => {
  const step = (name: string, code: string) => ({
    name,
    program: Deno.execPath(),
    args: ["eval", code],
    environment: Deno.env.toObject(),
    workingDir: ".",
  });
  const results = await verify([step("bad", "Deno.exit(3)"), step("good", "0")], () => {});
  assert.deepEqual(results.map(({ name, ok, passed, failed }) => ({ name, ok, passed, failed })), [
    { name: "bad", ok: false, passed: 0, failed: 1 },
    { name: "good", ok: true, passed: 1, failed: 0 },
  ]);
});
