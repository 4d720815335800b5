/** What the rules read of Kubernetes documents. That a document has its kind's shape is the schemas' matter, not this file's. */
import { parseAllDocuments } from "yaml";

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Labels;
    readonly annotations?: Labels;
  };
  // deno-lint-ignore no-explicit-any -- each kind has its own; the schemas tell them apart
  readonly spec?: any;
  readonly data?: Readonly<Record<string, string>>;
}
export type Labels = Readonly<Record<string, string>>;

/** Something that pods are made from. */
export interface Workload {
  /** `Deployment/core`. */
  readonly name: string;
  readonly manifest: Manifest;
  readonly labels: Labels;
  readonly pod: PodSpec;
}

export interface PodSpec {
  readonly serviceAccountName?: string;
  readonly automountServiceAccountToken?: boolean;
  readonly enableServiceLinks?: boolean;
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly runtimeClassName?: string;
  readonly terminationGracePeriodSeconds?: number;
  readonly topologySpreadConstraints?: readonly unknown[];
  readonly securityContext?: SecurityContext & { readonly fsGroup?: number };
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Volume[];
}

export interface SecurityContext {
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly privileged?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly readOnlyRootFilesystem?: boolean;
  readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] };
  readonly seccompProfile?: { readonly type: string };
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly EnvVariable[];
  readonly envFrom?: readonly unknown[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly lifecycle?: { readonly preStop?: { readonly sleep?: { readonly seconds: number } } };
  readonly resources?: { readonly requests?: Labels; readonly limits?: Labels };
  readonly securityContext?: SecurityContext;
  readonly volumeMounts?: readonly VolumeMount[];
}

export interface EnvVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly secretKeyRef?: KeyReference;
    readonly configMapKeyRef?: KeyReference;
    readonly fieldRef?: { readonly fieldPath: string };
  };
}

export interface KeyReference {
  readonly name: string;
  readonly key: string;
}

export interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: string | number };
  readonly tcpSocket?: { readonly port: string | number };
  readonly exec?: { readonly command: readonly string[] };
}

export interface Volume {
  readonly name: string;
  readonly configMap?: { readonly name: string; readonly items?: readonly { readonly key: string }[] };
  readonly secret?: { readonly secretName: string; readonly items?: readonly { readonly key: string }[] };
  readonly emptyDir?: { readonly sizeLimit?: string };
  readonly persistentVolumeClaim?: { readonly claimName: string };
}

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
}

/** @throws {SyntaxError} If the text is no YAML, or a document has no kind or name. */
export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => {
    if (document.errors.length > 0) {
      throw new SyntaxError(`Cannot read a manifest: ${document.errors[0]!.message}`);
    }
    const manifest = document.toJS() as Manifest | null;
    if (typeof manifest?.kind !== "string" || typeof manifest.metadata?.name !== "string") {
      throw new SyntaxError("Cannot read a manifest as it must have a kind and a name: it lacks one");
    }
    return manifest;
  });
}

/** Everything that pods are made from. */
export function workloadsOf(manifests: readonly Manifest[]): Workload[] {
  return manifests.flatMap((manifest) => {
    const template = manifest.kind === "CronJob"
      ? manifest.spec.jobTemplate.spec.template
      : manifest.spec?.template;
    if (template?.spec?.containers === undefined) return [];
    const name = `${manifest.kind}/${manifest.metadata.name}`;
    return [{ name, manifest, labels: template.metadata?.labels ?? {}, pod: template.spec as PodSpec }];
  });
}

/** Whether a workload runs for as long as it is wanted, rather than to an end. */
export function isService({ manifest }: Workload): boolean {
  return manifest.kind !== "CronJob";
}

/** The volume of a mount; undefined where there is none. */
export function volumeOf(pod: PodSpec, mount: VolumeMount): Volume | undefined {
  return pod.volumes?.find(({ name }) => name === mount.name);
}
