/** The second half of a rehearsal, run inside the node's network: every pod of the overlay from its own image, by its own
 * entrypoint, with the manifest's environment, users and read-only roots; until enough bars are decided. */
import { join } from "node:path";
import {
  isService,
  type Manifest,
  parseManifests,
  type VolumeMount,
  volumeOf,
  type Workload,
  workloadsOf,
} from "../cluster/manifests/manifest.ts";
import { decisionStream } from "../../core/contracts/lane.ts";
import { feedStatus } from "../../core/contracts/feed_status.ts";
import { connectRedis } from "../../core/redis/connect.ts";
import { RedisStore } from "../../core/redis/redis_store.ts";
import { systemClock, until } from "../../core/runtime/clock.ts";
import { run } from "./command.ts";
import { environmentOf, type ImageConfig, runtimeConfig } from "./pod_spec.ts";
import type { PodNetwork } from "./pod_network.ts";
import { RehearsedPod } from "./rehearsed_pod.ts";
import type { PodFigures, RehearsalReport } from "./report.ts";

export interface RehearsalParts {
  /** What the deploying script would apply. */
  readonly manifests: string;
  /** What the secrets' maker printed. */
  readonly secrets: string;
  readonly folder: string;
  readonly network: PodNetwork;
  readonly say: (text: string) => void;
}

/** Redis before those that need it, then in the order in which the system starts by itself. */
const ORDER = ["redis", "trainer", "inference", "core", "ui"];
const START_DEADLINE_MS = 60_000;
const READY_DEADLINE_MS = 600_000;
const POLL_MS = 250;
/** What a runtime image must not hold. */
const BUILD_TOOLS = ["cc", "gcc", "rustc", "cargo", "npm", "node", "python3", "pip", "git", "curl", "wget"];

export class Rehearsal implements AsyncDisposable {
  readonly #parts: RehearsalParts;
  readonly #manifests: readonly Manifest[];
  readonly #secrets: ReadonlyMap<string, Readonly<Record<string, string>>>;
  readonly #pods: RehearsedPod[] = [];
  readonly #working: string[] = [];
  readonly #died: string[] = [];
  readonly #claims = new Map<string, string>();
  #hosts = "127.0.0.1 localhost\n";

  constructor(parts: RehearsalParts) {
    this.#parts = parts;
    this.#manifests = parseManifests(parts.manifests);
    const { items } = JSON.parse(parts.secrets) as {
      items: { metadata: { name: string }; stringData: Record<string, string> }[];
    };
    this.#secrets = new Map(items.map(({ metadata, stringData }) => [metadata.name, stringData]));
  }

  /** Starts everything, waits for the decisions, looks inside, stops everything. @returns Figures of each pod. */
  async run(bars: number): Promise<Omit<RehearsalReport, "builtSeconds" | "images">> {
    const workloads = workloadsOf(this.#manifests).filter(isService)
      .toSorted((a, b) => ORDER.indexOf(a.manifest.metadata.name) - ORDER.indexOf(b.manifest.metadata.name));
    const times = new Map<string, { startedMs: number | null; readyMs: Promise<number | null> }>();
    for (const workload of workloads) {
      for (const pod of await this.#startAll(workload)) {
        const startedMs = await pod.passes("startupProbe", START_DEADLINE_MS);
        const readyMs = pod.passes("readinessProbe", READY_DEADLINE_MS);
        readyMs.catch(() => {}); // told below
        times.set(pod.name, { startedMs, readyMs });
        this.#parts.say(`${pod.name} started after ${startedMs} ms\n`);
        if (workload.manifest.metadata.name === "redis") await readyMs;
      }
    }
    const startedMs = systemClock.monotonicMs();
    await this.#untilDecided(bars);
    const seconds = Math.round((systemClock.monotonicMs() - startedMs) / 1_000);
    const newReplicaMs = await this.#addReplica(
      workloads.find(({ manifest }) => manifest.metadata.name === "inference")!,
    );
    for (const pod of this.#pods) await this.#lookInside(pod);
    const pods: PodFigures[] = [];
    for (const pod of this.#pods.toReversed()) {
      const { startedMs = null, readyMs } = times.get(pod.name) ?? {};
      const peakMb = await pod.peakMb();
      const { ms: stopMs, code: exit } = await pod.stop();
      pods.unshift({ pod: pod.name, startedMs, readyMs: await readyMs ?? null, peakMb, stopMs, exit });
    }
    if (this.#died.length > 0) {
      throw new Error(`Cannot call it well as every pod must live to the end: ${this.#died.join(", ")}`);
    }
    return { pods, bars, seconds, newReplicaMs };
  }

  /** The end of what each pod said. */
  async lastLines(): Promise<string> {
    const parts = await Promise.all(this.#pods.map(async ({ name }) => {
      const text = await Deno.readTextFile(join(this.#parts.folder, `${name}.log`)).catch(() => "");
      return `-- ${name}\n${text.trimEnd().split("\n").slice(-8).join("\n")}\n`;
    }));
    return parts.join("");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pod of this.#pods) await pod.stop().catch(() => {});
    for (const id of this.#working) await run("buildah", ["rm", id]).catch(() => {});
  }

  async #startAll(workload: Workload): Promise<RehearsedPod[]> {
    const pods: RehearsedPod[] = [];
    for (let index = 0; index < replicasOf(workload, this.#manifests); index++) {
      pods.push(await this.#start(workload, index));
    }
    return pods;
  }

  async #start(workload: Workload, index: number): Promise<RehearsedPod> {
    const { folder, network } = this.#parts;
    const { pod, manifest } = workload;
    const container = pod.containers[0]!;
    const name = `${manifest.metadata.name}-${index}`;
    const id = (await run("buildah", ["from", "--pull-never", container.image])).trim();
    this.#working.push(id);
    const rootPath = (await run("buildah", ["mount", id])).trim();
    const inspected = await run("buildah", ["inspect", "--type=container", id]);
    const image = (JSON.parse(inspected) as { Docker: { config: ImageConfig } }).Docker.config;
    const { namespace, address } = await network.addPod(this.#pods.length);
    if (manifest.kind === "StatefulSet") this.#hosts += `${address} ${manifest.metadata.name}\n`;
    const bundle = join(folder, name);
    const hostsPath = join(bundle, "hosts");
    await Deno.mkdir(bundle, { recursive: true });
    const resolverPath = join(bundle, "resolv.conf");
    await Deno.writeTextFile(hostsPath, this.#hosts);
    await Deno.writeTextFile(resolverPath, "");
    const group = pod.securityContext?.fsGroup ?? pod.securityContext?.runAsGroup ?? 0;
    const folders = new Map<string, string>();
    for (const mount of container.volumeMounts ?? []) {
      folders.set(mount.name, await this.#volumeFolder(workload, mount, bundle, group));
    }
    const environment = environmentOf(image, container, ({ value, valueFrom }) => {
      const key = valueFrom?.secretKeyRef;
      return value ?? (key === undefined ? name : this.#secrets.get(key.name)![key.key]!);
    });
    const place = {
      name,
      rootPath,
      networkPath: network.pathOf(namespace),
      folderOf: (mount: VolumeMount) => folders.get(mount.name)!,
      hostsPath,
      resolverPath,
    };
    const started = RehearsedPod.start({
      name,
      container,
      healthCheck: image.Healthcheck?.Test.slice(1) ?? null,
      address,
      bundle,
      statePath: join(folder, "runc"),
      logPath: join(folder, `${name}.log`),
      graceSeconds: pod.terminationGracePeriodSeconds ?? 30,
      onExit: (pod, code) => this.#died.push(`${pod} ended with status ${code}`),
    }, runtimeConfig(image, pod, container, environment, place));
    this.#pods.push(started);
    return started;
  }

  /** Lays what a volume holds into a folder; a claim keeps its folder. */
  async #volumeFolder({ pod }: Workload, mount: VolumeMount, bundle: string, group: number): Promise<string> {
    const volume = volumeOf(pod, mount);
    const config = volume?.configMap &&
      this.#manifests.find(({ kind, metadata }) =>
        kind === "ConfigMap" && metadata.name === volume.configMap!.name
      );
    const data = config?.data ?? (volume?.secret && this.#secrets.get(volume.secret.secretName));
    const claim = volume?.persistentVolumeClaim?.claimName ?? (volume === undefined ? mount.name : undefined);
    const laid = claim === undefined ? undefined : this.#claims.get(claim);
    if (laid !== undefined) return laid;
    const folder = claim === undefined
      ? join(bundle, mount.name)
      : join(this.#parts.folder, `claim-${claim}`);
    if (claim !== undefined) this.#claims.set(claim, folder);
    await Deno.mkdir(folder, { recursive: true });
    for (const [name, text] of Object.entries(data ?? {})) {
      await Deno.writeTextFile(join(folder, name), text, { mode: 0o440 });
      await Deno.chown(join(folder, name), 0, group);
    }
    await Deno.chown(folder, 0, group);
    await Deno.chmod(folder, claim === undefined ? 0o750 : 0o2775);
    return folder;
  }

  async #untilDecided(bars: number): Promise<void> {
    const url = new URL(this.#secrets.get("redis-dev")!.REDIS_URL!);
    url.hostname = this.#pods[0]!.address;
    await using connection = await connectRedis({ url: url.href, name: "rehearsal", onEvent: () => {} });
    await using store = new RedisStore({ connection, onBadEntry: () => {} });
    let said = 0;
    const decided = async () => {
      if (this.#died.length > 0) {
        throw new Error(`Cannot go on as every pod must live: ${this.#died.join(", ")}`);
      }
      const feed = await store.get(feedStatus());
      if (feed === null) return false;
      const lengths = await Promise.all(
        feed.symbols.map((symbol) => store.length(decisionStream("paper", symbol))),
      );
      const count = lengths.reduce((sum, length) => sum + length, 0);
      if (count - said >= 50) this.#parts.say(`${said = count} bars decided\n`);
      return count >= bars;
    };
    await until(systemClock, `${bars} decisions`, decided, {
      everyMs: POLL_MS,
      deadlineMs: READY_DEADLINE_MS,
    });
  }

  /** One more replica beside those that decide. @returns How long it took from its start until it is ready. */
  async #addReplica(inference: Workload): Promise<number> {
    const pod = await this.#start(inference, replicasOf(inference, this.#manifests));
    return (await pod.passes("readinessProbe", START_DEADLINE_MS))!;
  }

  /** What it may not do, tried from inside. */
  async #lookInside(pod: RehearsedPod): Promise<void> {
    const must = async (rule: string, command: string, said: string) => {
      const { stdout } = await pod.shell(command);
      if (stdout !== said) {
        throw new Error(`Cannot call ${pod.name} safe as it must ${rule}: it says ${stdout || "nothing"}`);
      }
    };
    await must("not write its root", "touch /app/x /usr/x 2>/dev/null; ls /app/x /usr/x 2>/dev/null", "");
    await must("have no capabilities", "grep -c '^Cap.*[[:space:]]0000000000000000$' /proc/self/status", "5");
    await must(
      "not gain privileges",
      "grep NoNewPrivs /proc/self/status | tr -d '[:space:]'",
      "NoNewPrivs:1",
    );
    await must("not run as root", "test $(id -u) -gt 0 && echo no", "no");
    if (pod.name.startsWith("redis")) return;
    if (await pod.isHealthy() === false) {
      throw new Error(`Cannot call ${pod.name} well as its HEALTHCHECK must say so: it does not`);
    }
    await must("hold no build tools", `command -v ${BUILD_TOOLS.join(" ")}`, "");
  }
}

/** How many pods: what the manifest says, else the least of what scales it. */
function replicasOf({ manifest }: Workload, manifests: readonly Manifest[]): number {
  const scaler = manifests.find(({ spec }) => spec?.scaleTargetRef?.name === manifest.metadata.name);
  return manifest.spec.replicas ?? scaler?.spec.minReplicas ?? scaler?.spec.minReplicaCount ?? 1;
}
