/** That image, manifest and process agree: environment, permissions, users, writable folders and the time to stop. Pure. */
import { readEnvironment, VARIABLES } from "../../../core/config/environment.ts";
import { ConfigError } from "../../../core/config/load_yaml.ts";
import { allSteps, entrypointOf, permission, type Stage } from "./dockerfile.ts";
import {
  type Container,
  isService,
  type Manifest,
  type PodSpec,
  volumeOf,
  type Workload,
  workloadsOf,
} from "./manifest.ts";

export interface ProcessContext {
  /** Image name without registry and tag → the stages of its Dockerfile. Images of others are not in it. */
  readonly images: ReadonlyMap<string, readonly Stage[]>;
  /** Name of a secret → its keys and what they hold. */
  readonly secrets: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** How long a process may take to stop. */
  readonly stopSeconds: number;
}

/** Set for what runs around the process: not ours to read. */
const FOREIGN_VARIABLES = /^(?:NVIDIA_|OTEL_|POD_NAME$)/;

export function processFaults(manifests: readonly Manifest[], context: ProcessContext): string[] {
  return workloadsOf(manifests).flatMap((workload) =>
    workload.pod.containers.flatMap((container) => {
      const image = /([^/]+):[^:/]+$/.exec(container.image)?.[1] ?? "";
      const stages = context.images.get(image);
      const target = image.replace("rltrader-", "");
      const faults = stopFaults(workload, container, context);
      if (stages !== undefined) {
        const program = container.command ?? entrypointOf(stages, target);
        faults.push(
          ...environmentFaults(container, context),
          ...permissionFaults(workload.pod, container, program, context),
          ...userFaults(workload.pod, allSteps(stages, target)),
        );
      }
      return faults.map((fault) => `${workload.name} ${fault}`);
    })
  );
}

/** The container's environment, with what secrets hold. */
export function environmentOf(container: Container, secrets: ProcessContext["secrets"]): Map<string, string> {
  return new Map((container.env ?? []).map(({ name, value, valueFrom }) => {
    const key = valueFrom?.secretKeyRef;
    return [
      name,
      value ?? (key === undefined ? valueFrom?.fieldRef?.fieldPath : secrets.get(key.name)?.[key.key]) ?? "",
    ];
  }));
}

function environmentFaults(container: Container, { secrets }: ProcessContext): string[] {
  const environment = environmentOf(container, secrets);
  const known = new Set<string>(VARIABLES.map(({ name }) => name));
  const unknown = [...environment.keys()].filter((name) => !known.has(name) && !FOREIGN_VARIABLES.test(name));
  const faults = unknown.map((name) => `must set variables that its process reads: ${name} is none`);
  try {
    readEnvironment((name) => environment.get(name));
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    faults.push(cause.message);
  }
  return faults;
}

/** What Deno lets the process do must be just what the pod gives it. */
function permissionFaults(
  pod: PodSpec,
  container: Container,
  program: readonly string[],
  { secrets }: ProcessContext,
): string[] {
  const faults: string[] = [];
  const must = (holds: boolean, rule: string) => holds || faults.push(`must ${rule}`);
  for (const denied of ["run", "import", "hrtime", "all"]) {
    must(permission(program, denied) === null, `not have --allow-${denied}`);
  }
  must(!program.includes("-A"), "not have all permissions");
  for (const flag of ["--no-prompt", "--cached-only", "--frozen"]) {
    must(program.includes(flag), `be started with ${flag}`);
  }
  for (const kind of ["read", "write", "ffi", "sys"]) {
    must(permission(program, kind) !== "anything", `name what --allow-${kind} opens`);
  }
  const net = permission(program, "net");
  const environment = environmentOf(container, secrets);
  if (net !== "anything") {
    const { hostname, port } = new URL(environment.get("REDIS_URL") || "redis://unset:0");
    must(net?.includes(`${hostname}:${port}`) ?? false, `be allowed to reach Redis at ${hostname}:${port}`);
    const served = (container.ports ?? []).map(({ containerPort }) => `0.0.0.0:${containerPort}`);
    for (const address of served) must(net?.includes(address) ?? false, `be allowed to listen on ${address}`);
    must(
      (net ?? []).length === served.length + 1,
      `reach nothing but Redis and its own ports: it may ${net}`,
    );
  }
  const writable = (container.volumeMounts ?? []).filter((mount) => {
    const volume = volumeOf(pod, mount);
    return mount.readOnly !== true && (volume?.emptyDir ?? volume?.persistentVolumeClaim) !== undefined;
  }).map(({ mountPath }) => mountPath);
  must(
    writable.some((path) => isUnder("/tmp/deno", path)),
    "have a writable /tmp, where Deno keeps what it compiles",
  );
  for (const path of toList(permission(program, "write"))) {
    must(
      writable.some((folder) => isUnder(path, folder)),
      `write where a volume is: ${path} is on the read-only root`,
    );
  }
  const readable = toList(permission(program, "read"));
  for (const { mountPath, readOnly } of container.volumeMounts ?? []) {
    if (mountPath === "/tmp") continue;
    must(
      readable.some((path) => isUnder(mountPath, path)),
      `be allowed to read what is mounted at ${mountPath}`,
    );
    must(
      readOnly === true || toList(permission(program, "write")).includes(mountPath),
      `mount ${mountPath} read-only`,
    );
  }
  return faults;
}

function userFaults({ securityContext }: PodSpec, steps: Stage["steps"]): string[] {
  const user = steps.findLast(([instruction]) => instruction === "USER")?.[1];
  const asked = `${securityContext?.runAsUser}:${securityContext?.runAsGroup}`;
  return user === asked ? [] : [`must run as its image's user ${user}: it runs as ${asked}`];
}

function stopFaults(workload: Workload, { lifecycle }: Container, { stopSeconds }: ProcessContext): string[] {
  if (!isService(workload)) return [];
  const needed = (lifecycle?.preStop?.sleep?.seconds ?? 0) + stopSeconds;
  const given = workload.pod.terminationGracePeriodSeconds ?? 30;
  return given > needed ? [] : [`must be given more than ${needed} s to stop: it is given ${given}`];
}

function toList(named: readonly string[] | "anything" | null): readonly string[] {
  return named === null || named === "anything" ? [] : named;
}

function isUnder(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
