import assert from "node:assert/strict";
import { join } from "node:path";
import { checkTool, KUBERNETES, schemaFolder } from "./check_tools.ts";
import { entrypointOf, parseDockerfile, type Stage } from "./manifests/dockerfile.ts";
import { type Manifest, workloadsOf } from "./manifests/manifest.ts";
import { processFaults } from "./manifests/process_rules.ts";
import { referenceFaults } from "./manifests/reference_rules.ts";
import { safetyFaults } from "./manifests/safety_rules.ts";
import { schemaFaults } from "./manifests/schema_faults.ts";
import { clusterSecrets, SECRET_USERS, type SecretUser } from "./cluster_secrets.ts";
import { context, OVERLAYS, rendered, ROOT, whereThere } from "./rendered_testing.ts";

/** Of the signal's handling in `core/runtime/process.ts`. */
const STOP_SECONDS = 2;
const passwords = Object.fromEntries(SECRET_USERS.map((user) => [user, `password-of-${user}-000`])) as Record<
  SecretUser,
  string
>;

/** The secrets that the deploying script makes. */
function secretsOf(overlay: string): Map<string, Readonly<Record<string, string>>> {
  const tls = overlay === "tls";
  const { items } = clusterSecrets({
    namespace: "rltrader",
    host: "redis:6379",
    passwords,
    pageToken: "token-of-the-page",
    tls,
  });
  const secrets = new Map(items.map(({ metadata, stringData }) => [metadata.name, stringData]));
  return tls ? secrets.set("redis-tls", { "tls.crt": "", "tls.key": "", "ca.crt": "" }) : secrets;
}

async function images(): Promise<Map<string, Stage[]>> {
  const [trainer, others] = await Promise.all(
    ["Dockerfile.trainer", "Dockerfile.inference"].map(async (file) =>
      parseDockerfile(await Deno.readTextFile(join(ROOT, file)))
    ),
  );
  return new Map([
    ["rltrader-trainer", trainer!],
    ...["core", "inference", "ui"].map((name): [string, Stage[]] => [`rltrader-${name}`, others!]),
  ]);
}

for (const overlay of OVERLAYS) {
  Deno.test(`the overlay ${overlay} is safe, whole, and what the processes expect`, async (t) => {
    const manifests = await whereThere(t, () => rendered(`overlays/${overlay}`));
    if (manifests === null) return;
    const secrets = secretsOf(overlay);
    const keys = new Map([...secrets].map(([name, data]) => [name, Object.keys(data)]));
    assert.deepEqual(safetyFaults(manifests), []);
    assert.deepEqual(referenceFaults(manifests, keys), []);
    assert.deepEqual(
      processFaults(manifests, { images: await images(), secrets, stopSeconds: STOP_SECONDS }),
      [],
    );
    assert.ok(
      manifests.every(({ kind, metadata }) => kind === "Namespace" || metadata.namespace === "rltrader"),
    );
  });

  Deno.test(`the overlay ${overlay} meets the schemas of Kubernetes ${KUBERNETES.join(", ")}`, async (t) => {
    const manifests = await whereThere(t, () => rendered(`overlays/${overlay}`));
    const folder = await whereThere(t, () => checkTool(context, "schemas"));
    if (manifests === null || folder === null) return;
    for (const release of KUBERNETES) {
      assert.deepEqual(await schemaFaults(manifests, join(folder, schemaFolder(release))), [], release);
    }
  });
}

Deno.test("only the overlay gpu asks for a GPU", async (t) => {
  for (const overlay of OVERLAYS) {
    const manifests = await whereThere(t, () => rendered(`overlays/${overlay}`));
    if (manifests === null) return;
    const asking = workloadsOf(manifests).filter(({ pod }) =>
      pod.runtimeClassName !== undefined || JSON.stringify(pod).includes("nvidia.com/gpu")
    ).map(({ name }) => name);
    assert.deepEqual(asking, overlay === "gpu" ? ["Deployment/trainer"] : [], overlay);
  }
});

Deno.test("the component exchange opens the net to core alone, and else starts it as its image does", async (t) => {
  const folder = await Deno.makeTempDir({ dir: join(ROOT, "k3s/overlays"), prefix: ".test-" });
  try {
    const kustomization = "resources: [../local]\ncomponents: [../../components/exchange]\n";
    await Deno.writeTextFile(join(folder, "kustomization.yaml"), kustomization);
    const manifests = await whereThere(t, () => rendered(`overlays/${folder.split("/").at(-1)}`));
    if (manifests === null) return;
    const stages = (await images()).get("rltrader-core")!;
    const core = workloadsOf(manifests).find(({ name }) => name === "Deployment/core")!.pod.containers[0]!;
    const open = entrypointOf(stages, "core").map((part) =>
      part.startsWith("--allow-net=") ? "--allow-net" : part
    );
    assert.deepEqual(core.command, open);
    const keys = new Map([...secretsOf("local")].map(([name, data]) => [name, Object.keys(data)]));
    assert.deepEqual([...safetyFaults(manifests), ...referenceFaults(manifests, keys)], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the component tracing keeps an overlay safe and whole", async (t) => {
  const folder = await Deno.makeTempDir({ dir: join(ROOT, "k3s/overlays"), prefix: ".test-" });
  try {
    const kustomization = "resources: [../local]\ncomponents: [../../components/tracing]\n";
    await Deno.writeTextFile(join(folder, "kustomization.yaml"), kustomization);
    const manifests = await whereThere(t, () => rendered(`overlays/${folder.split("/").at(-1)}`));
    if (manifests === null) return;
    const secrets = secretsOf("local");
    const keys = new Map([...secrets].map(([name, data]) => [name, Object.keys(data)]));
    const processes = processFaults(manifests, {
      images: await images(),
      secrets,
      stopSeconds: STOP_SECONDS,
    });
    assert.deepEqual([...safetyFaults(manifests), ...referenceFaults(manifests, keys), ...processes], []);
    assert.equal(manifests.filter((manifest) => JSON.stringify(manifest).includes("OTEL_DENO")).length, 4);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("schemaFaults() names document, field and value of what the API does not take", async (t) => {
  const folder = await whereThere(t, () => checkTool(context, "schemas"));
  if (folder === null) return;
  const policy = (spec: unknown): Manifest => ({
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: "x" },
    spec,
  });
  const faults = (spec: unknown) => schemaFaults([policy(spec)], join(folder, schemaFolder(KUBERNETES[0])));
  assert.deepEqual(await faults({ minAvailable: 1 }), []);
  assert.match((await faults({ minAvailabel: 1 }))[0]!, /^PodDisruptionBudget\/x\/spec .*minAvailabel/);
  assert.match(
    (await faults({ selector: { matchLabels: 7 } }))[0]!,
    /^PodDisruptionBudget\/x\/spec\/selector\/matchLabels must be/,
  );
});
