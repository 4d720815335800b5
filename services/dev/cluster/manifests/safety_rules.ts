/** What every pod must be, whatever it runs: the Pod Security Standard "restricted", and what goes beyond it. Pure. */
import { type Container, isService, type Manifest, type Workload, workloadsOf } from "./manifest.ts";

/** What the standard lets a pod mount; a claim may, a folder of the node may not. */
const VOLUME_KINDS = ["configMap", "secret", "emptyDir", "persistentVolumeClaim"] as const;

/** @returns What is wrong, each with the workload's name. */
export function safetyFaults(manifests: readonly Manifest[]): string[] {
  const accounts = new Map(
    manifests.filter(({ kind }) => kind === "ServiceAccount").map((
      account,
    ) => [account.metadata.name, account]),
  );
  const namespace = manifests.find(({ kind }) => kind === "Namespace");
  const enforced = namespace?.metadata.labels?.["pod-security.kubernetes.io/enforce"];
  return [
    ...enforced === "restricted"
      ? []
      : [`the namespace must enforce the standard restricted: it enforces ${enforced}`],
    ...workloadsOf(manifests).flatMap((workload) => {
      const faults = [
        ...podFaults(workload),
        ...workload.pod.containers.flatMap((one) => containerFaults(workload, one)),
      ];
      const account = accounts.get(workload.pod.serviceAccountName ?? "default") as
        | { automountServiceAccountToken?: boolean }
        | undefined;
      if (account?.automountServiceAccountToken !== false) {
        faults.push("must have an account of ours that gets no token");
      }
      return faults.map((fault) => `${workload.name} ${fault}`);
    }),
    ...denialFaults(manifests),
  ];
}

function podFaults({ pod }: Workload): string[] {
  const faults: string[] = [];
  const must = (holds: boolean, rule: string) => holds || faults.push(`must ${rule}`);
  must(pod.automountServiceAccountToken === false, "mount no token");
  must(pod.enableServiceLinks === false, "get no addresses of services in its environment");
  must(!pod.hostNetwork && !pod.hostPID && !pod.hostIPC, "share nothing with its node");
  must(pod.securityContext?.runAsNonRoot === true, "not run as root");
  must((pod.securityContext?.runAsUser ?? 0) > 0, "name its user");
  must((pod.securityContext?.runAsGroup ?? 0) > 0, "name its group");
  must(pod.securityContext?.seccompProfile?.type === "RuntimeDefault", "use the runtime's seccomp profile");
  must(pod.initContainers === undefined, "have no init containers, as these rules do not look at them");
  for (const volume of pod.volumes ?? []) {
    must(
      VOLUME_KINDS.some((kind) => volume[kind] !== undefined),
      `mount ${volume.name} from what the standard allows`,
    );
    if (volume.emptyDir !== undefined) {
      must(volume.emptyDir.sizeLimit !== undefined, `limit the size of ${volume.name}`);
    }
  }
  return faults;
}

function containerFaults(workload: Workload, container: Container): string[] {
  const { securityContext, resources } = container;
  const faults: string[] = [];
  const must = (holds: boolean, rule: string) => holds || faults.push(`(${container.name}) must ${rule}`);
  must(securityContext?.allowPrivilegeEscalation === false, "not gain privileges");
  must(securityContext?.privileged !== true, "not be privileged");
  must(securityContext?.readOnlyRootFilesystem === true, "have a read-only root");
  must(securityContext?.capabilities?.drop?.join() === "ALL", "drop all capabilities");
  must((securityContext?.capabilities?.add ?? []).length === 0, "add no capability");
  for (const resource of ["cpu", "memory"]) {
    must(resources?.requests?.[resource] !== undefined, `request ${resource}`);
    must(resources?.limits?.[resource] !== undefined, `limit ${resource}`);
  }
  must(
    /:[^/]+$/.test(container.image) && !container.image.endsWith(":latest"),
    "run an image with a tag of its own",
  );
  if (isService(workload)) {
    for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"] as const) {
      must(container[probe] !== undefined, `have a ${probe}`);
    }
  }
  return faults;
}

/** Everything is denied first, in both directions. */
function denialFaults(manifests: readonly Manifest[]): string[] {
  const denies = manifests.some(({ kind, spec }) =>
    kind === "NetworkPolicy" && Object.keys(spec.podSelector).length === 0 && spec.ingress === undefined &&
    spec.egress === undefined && ["Ingress", "Egress"].every((direction) =>
      spec.policyTypes.includes(direction)
    )
  );
  return denies ? [] : ["a network policy must deny everything that no other one allows: none does"];
}
