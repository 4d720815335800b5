/** That everything a manifest names is there: keys, claims, ports, accounts, and the pods that selectors mean. Pure. */
import { type Labels, type Manifest, type Probe, volumeOf, type Workload, workloadsOf } from "./manifest.ts";

/** Name of a secret → its keys. */
export type SecretKeys = ReadonlyMap<string, readonly string[]>;

/** @param secrets What is made outside the manifests.  @returns What is named and not there. */
export function referenceFaults(manifests: readonly Manifest[], secrets: SecretKeys): string[] {
  const keys = new Map(secrets);
  const configs = new Map(
    manifests.filter(({ kind }) => kind === "ConfigMap").map((
      { metadata, data },
    ) => [metadata.name, Object.keys(data ?? {})]),
  );
  const workloads = workloadsOf(manifests);
  return [
    ...workloads.flatMap((workload) =>
      keyFaults(workload, configs, keys).concat(partFaults(workload, manifests))
    ),
    ...manifests.flatMap((manifest) => selectorFaults(manifest, workloads)),
    ...scaleFaults(manifests),
  ];
}

type Keys = ReadonlyMap<string, readonly string[]>;

function keyFaults({ name, pod }: Workload, configs: Keys, secrets: Keys): string[] {
  const asked = [
    ...pod.containers.flatMap(({ env = [] }) =>
      env.flatMap(({ valueFrom }) => [
        ...valueFrom?.secretKeyRef === undefined
          ? []
          : [["secret", valueFrom.secretKeyRef.name, valueFrom.secretKeyRef.key]],
        ...valueFrom?.configMapKeyRef === undefined
          ? []
          : [["config map", valueFrom.configMapKeyRef.name, valueFrom.configMapKeyRef.key]],
      ])
    ),
    ...(pod.volumes ?? []).flatMap(({ secret, configMap }) => [
      ...secret === undefined
        ? []
        : (secret.items ?? [{ key: undefined }]).map(({ key }) => ["secret", secret.secretName, key]),
      ...configMap === undefined
        ? []
        : (configMap.items ?? [{ key: undefined }]).map(({ key }) => ["config map", configMap.name, key]),
    ]),
  ];
  return asked.flatMap(([kind, from, key]) => {
    const there = (kind === "secret" ? secrets : configs).get(from!);
    if (there === undefined) return [`${name} needs the ${kind} ${from}, which nothing makes`];
    return key === undefined || there.includes(key)
      ? []
      : [`${name} needs ${key} of the ${kind} ${from}: it has ${there}`];
  });
}

function partFaults({ name, manifest, pod }: Workload, manifests: readonly Manifest[]): string[] {
  const templates: string[] = (manifest.spec.volumeClaimTemplates ?? []).map((claim: Manifest) =>
    claim.metadata.name
  );
  const isThere = (kind: string, wanted: string) =>
    manifests.some((other) => other.kind === kind && other.metadata.name === wanted);
  const faults: string[] = [];
  const must = (holds: boolean, rule: string) => holds || faults.push(`${name} must ${rule}`);
  must(isThere("ServiceAccount", pod.serviceAccountName ?? "default"), `name an account that is there`);
  for (const { persistentVolumeClaim } of pod.volumes ?? []) {
    if (persistentVolumeClaim === undefined) continue;
    must(
      isThere("PersistentVolumeClaim", persistentVolumeClaim.claimName),
      `claim what is there, not ${persistentVolumeClaim.claimName}`,
    );
  }
  for (const container of pod.containers) {
    for (const mount of container.volumeMounts ?? []) {
      must(
        volumeOf(pod, mount) !== undefined || templates.includes(mount.name),
        `mount a volume of its own, not ${mount.name}`,
      );
    }
    for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
      const port = portOf(probe);
      if (port === undefined) continue;
      const isOpen = container.ports?.some((open) => open.name === port || open.containerPort === port) ??
        false;
      must(isOpen, `probe a port that it opens, not ${port}`);
    }
  }
  return faults;
}

function portOf(probe: Probe | undefined): string | number | undefined {
  return probe?.httpGet?.port ?? probe?.tcpSocket?.port;
}

/** Services, budgets and policies must mean pods that exist; a service's ports must be open there. */
function selectorFaults(manifest: Manifest, workloads: readonly Workload[]): string[] {
  const { kind, spec, metadata } = manifest;
  const selector: Selector | undefined = kind === "Service"
    ? { matchLabels: spec.selector }
    : kind === "PodDisruptionBudget"
    ? spec.selector
    : kind === "NetworkPolicy"
    ? spec.podSelector
    : undefined;
  if (selector === undefined) return [];
  const meant = workloads.filter(({ labels }) => selects(selector, labels));
  if (meant.length === 0) return [`${kind}/${metadata.name} must select pods: none has these labels`];
  if (kind !== "Service") return [];
  const open = meant.flatMap(({ pod }) => pod.containers.flatMap(({ ports = [] }) => ports));
  return (spec.ports as { targetPort: string | number }[]).flatMap(({ targetPort }) =>
    open.some(({ name, containerPort }) => name === targetPort || containerPort === targetPort)
      ? []
      : [`Service/${metadata.name} must lead to an open port: ${targetPort} is none`]
  );
}

interface Selector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  return Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) =>
      operator === "In" && values.includes(labels[key] ?? "")
    );
}

/** What an autoscaler scales must be there, be scaled by it alone, and name no number itself. */
function scaleFaults(manifests: readonly Manifest[]): string[] {
  const scalers = manifests.filter(({ kind }) =>
    kind === "HorizontalPodAutoscaler" || kind === "ScaledObject"
  );
  return scalers.flatMap(({ kind, metadata, spec }) => {
    const name = `${kind}/${metadata.name}`;
    const target = spec.scaleTargetRef as { kind?: string; name: string };
    const scaled = manifests.find((other) =>
      other.kind === (target.kind ?? "Deployment") && other.metadata.name === target.name
    );
    if (scaled === undefined) return [`${name} must scale what is there: ${target.name} is not`];
    const rivals = scalers.filter((other) => other.spec.scaleTargetRef.name === target.name);
    return [
      ...scaled.spec.replicas === undefined
        ? []
        : [`${target.name} must leave its number of replicas to ${name}`],
      ...rivals.length === 1 ? [] : [`${target.name} must be scaled by one autoscaler: ${rivals.length} do`],
    ];
  });
}
