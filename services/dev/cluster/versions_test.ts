import assert from "node:assert/strict";
import { join } from "node:path";
import { DENO_VERSION } from "../setup/diagnosis.ts";
import { LIBTORCH_VERSION, serverPinFor } from "../setup/wheel_pins.ts";
import { allSteps, parseDockerfile } from "./manifests/dockerfile.ts";
import { parseManifests, workloadsOf } from "./manifests/manifest.ts";
import { ROOT } from "./rendered_testing.ts";

const read = (path: string) => Deno.readTextFile(join(ROOT, path));

Deno.test("images are made of the versions that the project is built and tested with", async () => {
  const rust = /^rust-version = "([^"]+)"/m.exec(await read("native/Cargo.toml"))![1]!;
  for (const file of ["Dockerfile.trainer", "Dockerfile.inference"]) {
    const stages = parseDockerfile(await read(file));
    const bases = stages.map(({ from }) => from);
    assert.ok(bases.includes(`denoland/deno:bin-${DENO_VERSION}`), file);
    assert.ok(
      bases.some((base) => base.startsWith(`rust:${rust}.`) || base.startsWith(`rust:${rust}-`)),
      file,
    );
    for (const base of bases.filter((name) => name.includes(":"))) {
      assert.match(base, /:.*\d+\.\d+|:.*\d{8}/, `${base} must be of one version`);
    }
  }
  const steps = allSteps(parseDockerfile(await read("Dockerfile.trainer")), "cuda-cuda");
  assert.ok(
    steps.some(([instruction, rest]) =>
      instruction === "ARG" && rest === `TORCH_VERSION=${LIBTORCH_VERSION}`
    ),
  );
});

Deno.test("the cluster's server is of the version that the tests run on", async () => {
  const tested = serverPinFor({ arch: "x86_64", os: "linux" })!.wheel.version.split(".").slice(0, 3).join(
    ".",
  );
  for (const file of ["k3s/base/redis.yaml", "k3s/base/backup.yaml", "k3s/restore/job.yaml"]) {
    for (const { pod } of workloadsOf(parseManifests(await read(file)))) {
      assert.equal(pod.containers[0]!.image, `valkey/valkey:${tested}`, file);
    }
  }
});
