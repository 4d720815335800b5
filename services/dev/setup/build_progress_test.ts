import assert from "node:assert/strict";
import { BuildProgress } from "./build_progress.ts";

const NAMES = new Map([["id:qnet", "qnet"], ["id:addon", "addon-trainer"], ["id:tch", "tch"]]);

const artifact = (package_id: string, kind: string, filenames: string[] = []) =>
  JSON.stringify({ reason: "compiler-artifact", package_id, target: { kind: [kind] }, filenames });

Deno.test("BuildProgress counts finished crates and names those in work", () => {
  const progress = new BuildProgress(NAMES, "addon-trainer");
  assert.equal(progress.takeStatus("   Compiling tch v0.26.0"), true);
  assert.equal(progress.takeStatus("   Compiling qnet v0.1.0 (/native/qnet)"), true);
  progress.takeMessage(artifact("id:tch", "custom-build"));
  progress.takeMessage(artifact("id:qnet", "lib"));
  assert.equal(progress.text(), "1 of 3 crates, now tch");
});

Deno.test("BuildProgress finds the library of the wanted crate", () => {
  const progress = new BuildProgress(NAMES, "addon-trainer");
  progress.takeMessage(artifact("id:addon", "cdylib", ["/t/release/libtrainer.so"]));
  assert.equal(progress.library, "/t/release/libtrainer.so");
});

Deno.test("BuildProgress tells diagnostics from progress, and shows that cargo waits", () => {
  const progress = new BuildProgress(new Map(), "addon-trainer");
  assert.equal(progress.takeStatus("error[E0583]: file not found for module `step`"), false);
  progress.takeStatus("    Blocking waiting for file lock on build directory");
  assert.equal(progress.text(), "blocking waiting for file lock on build directory");
  progress.takeStatus("   Compiling tch v0.26.0");
  assert.equal(progress.text(), "0 crates, now tch");
});
