/** From a container of a manifest and its image to what an OCI runtime is told. Pure. */
import type { Container, PodSpec, VolumeMount } from "../cluster/manifests/manifest.ts";
import { volumeOf } from "../cluster/manifests/manifest.ts";

/** What of an image's configuration counts. */
export interface ImageConfig {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly User?: string;
  readonly WorkingDir?: string;
  /** `["CMD", program, argument …]`. */
  readonly Healthcheck?: { readonly Test: readonly string[] };
}

/** Where the pod is put. */
export interface Place {
  readonly name: string;
  readonly rootPath: string;
  /** Of the network namespace. */
  readonly networkPath: string;
  /** Folder on this machine of a volume that is no emptyDir. */
  readonly folderOf: (mount: VolumeMount) => string;
  /** Files that every pod gets: the names of services, and an empty one, as nobody answers for other names. */
  readonly hostsPath: string;
  readonly resolverPath: string;
}

/** The pod's environment: the image's, then the manifest's over it. */
export function environmentOf(
  image: ImageConfig,
  container: Container,
  valueOf: (variable: NonNullable<Container["env"]>[number]) => string,
): Map<string, string> {
  const environment = new Map((image.Env ?? []).map((entry) => {
    const at = entry.indexOf("=");
    return [entry.slice(0, at), entry.slice(at + 1)];
  }));
  for (const variable of container.env ?? []) environment.set(variable.name, valueOf(variable));
  return environment;
}

/** What is started: the manifest's command or the image's, with `$(NAME)` filled in as Kubernetes does. */
export function programOf(
  image: ImageConfig,
  container: Container,
  environment: ReadonlyMap<string, string>,
): string[] {
  const command = container.command ?? image.Entrypoint ?? [];
  const args = container.args ?? (container.command === undefined ? image.Cmd ?? [] : []);
  return [...command, ...args].map((part) =>
    part.replaceAll(/\$\(([A-Za-z_][A-Za-z0-9_]*)\)/g, (whole, name) => environment.get(name) ?? whole)
  );
}

/** The OCI runtime's `config.json`: the user, the read-only root, the mounts and no capability, as the manifest says. */
export function runtimeConfig(
  image: ImageConfig,
  pod: PodSpec,
  container: Container,
  environment: ReadonlyMap<string, string>,
  place: Place,
): object {
  const { securityContext } = pod;
  const own = container.securityContext;
  const kept = own?.capabilities?.drop?.includes("ALL") ? [] : ["CAP_CHOWN", "CAP_SETUID", "CAP_SETGID"];
  return {
    ociVersion: "1.0.2",
    hostname: place.name,
    process: {
      terminal: false,
      user: {
        uid: securityContext?.runAsUser ?? 0,
        gid: securityContext?.runAsGroup ?? 0,
        additionalGids: securityContext?.fsGroup === undefined ? [] : [securityContext.fsGroup],
      },
      args: programOf(image, container, environment),
      env: [...environment].map(([name, value]) => `${name}=${value}`),
      cwd: image.WorkingDir || "/",
      capabilities: Object.fromEntries(["bounding", "effective", "permitted"].map((set) => [set, kept])),
      noNewPrivileges: own?.allowPrivilegeEscalation === false,
    },
    root: { path: place.rootPath, readonly: own?.readOnlyRootFilesystem === true },
    mounts: [
      ...BASIC_MOUNTS,
      ...fileMounts(place),
      ...(container.volumeMounts ?? []).map((mount) => mountOf(pod, mount, place)),
    ],
    linux: {
      namespaces: [
        ...["pid", "mount", "ipc", "uts"].map((type) => ({ type })),
        { type: "network", path: place.networkPath },
      ],
      resources: limitsOf(container),
      maskedPaths: ["/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/sys/firmware"],
      readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
    },
  };
}

const BASIC_MOUNTS = [
  { destination: "/proc", type: "proc", source: "proc" },
  {
    destination: "/dev",
    type: "tmpfs",
    source: "tmpfs",
    options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
  },
  {
    destination: "/dev/pts",
    type: "devpts",
    source: "devpts",
    options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"],
  },
  {
    destination: "/dev/shm",
    type: "tmpfs",
    source: "shm",
    options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"],
  },
];

function fileMounts({ hostsPath, resolverPath }: Place): object[] {
  return [bound(hostsPath, "/etc/hosts", true), bound(resolverPath, "/etc/resolv.conf", true)];
}

function mountOf(pod: PodSpec, mount: VolumeMount, place: Place): object {
  const empty = volumeOf(pod, mount)?.emptyDir;
  if (empty === undefined) return bound(place.folderOf(mount), mount.mountPath, mount.readOnly === true);
  const size = empty.sizeLimit === undefined
    ? []
    : [`size=${empty.sizeLimit.replace(/Mi$/, "m").replace(/Gi$/, "g")}`];
  return {
    destination: mount.mountPath,
    type: "tmpfs",
    source: "tmpfs",
    options: ["nosuid", "nodev", "mode=1777", ...size],
  };
}

function bound(source: string, destination: string, isReadOnly: boolean): object {
  return {
    destination,
    type: "bind",
    source,
    options: ["rbind", isReadOnly ? "ro" : "rw", "nosuid", "nodev"],
  };
}

/** Memory and processor time as the manifest limits them. */
export function limitsOf({ resources }: Container): object {
  const { cpu, memory } = resources?.limits ?? {};
  const period = 100_000;
  return {
    ...memory === undefined ? {} : { memory: { limit: bytesOf(memory) } },
    ...cpu === undefined ? {} : { cpu: { period, quota: Math.round(coresOf(cpu) * period) } },
  };
}

/** `1Gi` → 1073741824. */
function bytesOf(quantity: string): number {
  const [, number, unit] = /^([0-9.]+)(Ki|Mi|Gi)?$/.exec(quantity)!;
  return Number(number) * 1024 ** ["", "Ki", "Mi", "Gi"].indexOf(unit ?? "");
}

/** `500m` → 0.5. */
function coresOf(quantity: string): number {
  return quantity.endsWith("m") ? Number(quantity.slice(0, -1)) / 1_000 : Number(quantity);
}
