/** What a rehearsal needs of the machine, and the base images that the project names. */
import { join } from "node:path";
import { parseDockerfile } from "../cluster/manifests/dockerfile.ts";
import { parseManifests, workloadsOf } from "../cluster/manifests/manifest.ts";
import { onPath } from "../setup/redis_server.ts";
import type { Environment } from "../setup/run_command.ts";
import { SetupError } from "../setup/setup_error.ts";
import type { Bases } from "./stand_ins.ts";

/** Program → Debian's package that holds it. */
const PROGRAMS: Readonly<Record<string, string>> = {
  buildah: "buildah",
  runc: "runc",
  "docker-registry": "docker-registry",
  ip: "iproute2",
  nsenter: "util-linux",
  curl: "curl",
  kubectl: "kubernetes-client",
};

/** @throws {SetupError} If this is not Linux, the user is not root, or a program is missing; all of it in one message. */
export async function checkMachine(environment: Environment, withStandIns: boolean): Promise<void> {
  const wanted = Object.entries({ ...PROGRAMS, ...withStandIns ? { debootstrap: "debootstrap" } : {} });
  const there = await Promise.all(wanted.map(([program]) => onPath(program, environment.PATH)));
  const missing = wanted.filter((_, index) => there[index] === undefined).map(([, name]) => name);
  const faults = [
    ...Deno.build.os === "linux" ? [] : ["it must run on Linux"],
    ...Deno.uid() === 0 ? [] : ["it must run as root, to make namespaces and mounts"],
    ...missing.length === 0 ? [] : [`these must be installed: ${missing.join(" ")}`],
  ];
  if (faults.length === 0) return;
  throw new SetupError(
    `Cannot rehearse as ${faults.join("; ")}`,
    `sudo apt-get install --no-install-recommends ${missing.join(" ")}`,
  );
}

/** The bases by what they are for, as the Dockerfiles and the manifest of Redis name them. */
export async function basesOf(root: string): Promise<Bases> {
  const stages = parseDockerfile(await Deno.readTextFile(join(root, "Dockerfile.inference")));
  const from = (stage: string) => stages.find(({ name }) => name === stage)!.from;
  const redis = workloadsOf(parseManifests(await Deno.readTextFile(join(root, "k3s/base/redis.yaml"))));
  return {
    debian: from("runtime"),
    rust: from("engine"),
    deno: from("deno"),
    valkey: redis[0]!.pod.containers[0]!.image,
  };
}
