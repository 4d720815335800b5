import assert from "node:assert/strict";
import { join } from "node:path";
import { parseDockerfile, permission } from "./manifests/dockerfile.ts";
import { type Container, type Manifest, parseManifests, workloadsOf } from "./manifests/manifest.ts";
import { processFaults } from "./manifests/process_rules.ts";
import { referenceFaults } from "./manifests/reference_rules.ts";
import { safetyFaults } from "./manifests/safety_rules.ts";
import { clusterSecrets, SECRET_USERS, type SecretUser } from "./cluster_secrets.ts";
import { rendered, ROOT, whereThere } from "./rendered_testing.ts";

// deno-lint-ignore no-explicit-any -- faults are planted anywhere
type Anything = any;
/** A fault, how it is planted, and what must be said of it. */
type Planted = readonly [what: string, plant: (manifests: Anything[]) => void, said: RegExp];

const find = (manifests: Anything[], kind: string, name: string) =>
  manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
const podOf = (manifests: Anything[], name: string) => find(manifests, "Deployment", name).spec.template.spec;
const containerOf = (manifests: Anything[], name: string) => podOf(manifests, name).containers[0];

const UNSAFE: readonly Planted[] = [
  ["root", (all) => podOf(all, "core").securityContext.runAsUser = 0, /core must name its user/],
  ["a token", (all) => podOf(all, "ui").automountServiceAccountToken = true, /ui must mount no token/],
  [
    "the default account",
    (all) => delete podOf(all, "ui").serviceAccountName,
    /ui must have an account of ours/,
  ],
  [
    "a writable root",
    (all) => containerOf(all, "trainer").securityContext.readOnlyRootFilesystem = false,
    /read-only root/,
  ],
  [
    "a capability",
    (all) => containerOf(all, "core").securityContext.capabilities.add = ["NET_ADMIN"],
    /add no capability/,
  ],
  [
    "a folder of the node",
    (all) => podOf(all, "core").volumes.push({ name: "x", hostPath: { path: "/" } }),
    /mount x from/,
  ],
  ["no limit", (all) => delete containerOf(all, "inference").resources.limits.memory, /must limit memory/],
  ["no probe", (all) => delete containerOf(all, "core").livenessProbe, /must have a livenessProbe/],
  [
    "the newest image",
    (all) => containerOf(all, "core").image = "x/rltrader-core:latest",
    /a tag of its own/,
  ],
  [
    "an open namespace",
    (all) => find(all, "Namespace", "rltrader").metadata.labels = {},
    /must enforce the standard/,
  ],
  [
    "no denial",
    (all) => find(all, "NetworkPolicy", "default-deny").spec.ingress = [{}],
    /must deny everything/,
  ],
];

const DANGLING: readonly Planted[] = [
  [
    "a number beside an autoscaler",
    (all) => find(all, "Deployment", "inference").spec.replicas = 2,
    /inference must leave its number/,
  ],
  [
    "a secret that nothing makes",
    (all) => containerOf(all, "ui").env[0].valueFrom.secretKeyRef.name = "redis-iu",
    /needs the secret redis-iu/,
  ],
  [
    "a key that is not in it",
    (all) => containerOf(all, "ui").env[0].valueFrom.secretKeyRef.key = "URL",
    /needs URL of the secret redis-ui/,
  ],
  [
    "a config map that is not there",
    (all) => podOf(all, "core").volumes[0].configMap.name = "x",
    /needs the config map x/,
  ],
  [
    "a port that is not open",
    (all) => containerOf(all, "core").livenessProbe.httpGet.port = 9465,
    /probe a port that it opens, not 9465/,
  ],
  [
    "a service to nobody",
    (all) => find(all, "Service", "ui").spec.selector = { a: "b" },
    /Service\/ui must select pods/,
  ],
  [
    "a service to a closed port",
    (all) => find(all, "Service", "ui").spec.ports[0].targetPort = "https",
    /lead to an open port: https/,
  ],
  [
    "a budget for nobody",
    (all) => find(all, "PodDisruptionBudget", "inference").spec.selector.matchLabels = { a: "b" },
    /must select pods/,
  ],
  [
    "an unknown volume",
    (all) => containerOf(all, "core").volumeMounts[0].name = "x",
    /mount a volume of its own, not x/,
  ],
  [
    "an unknown claim",
    (all) =>
      podOf(all, "trainer").volumes.find((volume: Anything) => volume.name === "data").persistentVolumeClaim
        .claimName = "x",
    /claim what is there, not x/,
  ],
  [
    "an autoscaler of nothing",
    (all) => find(all, "HorizontalPodAutoscaler", "inference").spec.scaleTargetRef.name = "x",
    /must scale what is there/,
  ],
];

const ESTRANGED: readonly Planted[] = [
  [
    "a variable that nobody reads",
    (all) => containerOf(all, "core").env.push({ name: "RLTRADER_LOGLEVEL", value: "debug" }),
    /RLTRADER_LOGLEVEL is none/,
  ],
  [
    "a value that is refused",
    (all) => containerOf(all, "core").env.push({ name: "RLTRADER_LOG_LEVEL", value: "loud" }),
    /RLTRADER_LOG_LEVEL must be one of/,
  ],
  [
    "another user than the image's",
    (all) => podOf(all, "core").securityContext.runAsUser = 10002,
    /its image's user 10001:10001/,
  ],
  [
    "a port that Deno may not open",
    (all) => containerOf(all, "core").ports[0].containerPort = 9465,
    /be allowed to listen on 0.0.0.0:9465/,
  ],
  ["no writable /tmp", (all) => containerOf(all, "core").volumeMounts = [], /have a writable \/tmp/],
  [
    "no place for what it writes",
    (all) =>
      containerOf(all, "trainer").volumeMounts = containerOf(all, "trainer").volumeMounts.filter((
        mount: Anything,
      ) => mount.name !== "data"),
    /must write where a volume is: \/data/,
  ],
  [
    "a mount that it may not read",
    (all) =>
      containerOf(all, "ui").volumeMounts.push({ name: "config", mountPath: "/etc/x", readOnly: true }),
    /read what is mounted at \/etc\/x/,
  ],
  [
    "too little time to stop",
    (all) => podOf(all, "ui").terminationGracePeriodSeconds = 7,
    /given more than 7 s/,
  ],
];

const passwords = Object.fromEntries(SECRET_USERS.map((user) => [user, `password-of-${user}-000`])) as Record<
  SecretUser,
  string
>;
const secrets = new Map(
  clusterSecrets({ namespace: "rltrader", host: "redis:6379", passwords, pageToken: "token-of-the-page" })
    .items
    .map(({ metadata, stringData }) => [metadata.name, stringData]),
);
const keys = new Map([...secrets].map(([name, data]) => [name, Object.keys(data)]));

async function testPlanted(
  t: Deno.TestContext,
  planted: readonly Planted[],
  faultsOf: (manifests: Manifest[]) => string[],
) {
  const sound = await whereThere(t, () => rendered("overlays/local"));
  if (sound === null) return;
  for (const [what, plant, said] of planted) {
    const manifests = structuredClone(sound);
    plant(manifests);
    const faults = faultsOf(manifests);
    assert.ok(faults.some((fault) => said.test(fault)), `${what}: ${faults.join("; ") || "nothing is said"}`);
  }
}

Deno.test("safetyFaults() finds each planted fault", (t) => testPlanted(t, UNSAFE, safetyFaults));

Deno.test("referenceFaults() finds each planted fault", (t) =>
  testPlanted(t, DANGLING, (manifests) => referenceFaults(manifests, keys)));

Deno.test("processFaults() finds each planted fault", async (t) => {
  const stages = await Promise.all(
    ["Dockerfile.trainer", "Dockerfile.inference"].map(async (file) =>
      parseDockerfile(await Deno.readTextFile(join(ROOT, file)))
    ),
  );
  const images = new Map(
    ["core", "inference", "ui", "trainer"].map((name) => [`rltrader-${name}`, stages.flat()]),
  );
  await testPlanted(
    t,
    ESTRANGED,
    (manifests) => processFaults(manifests, { images, secrets, stopSeconds: 2 }),
  );
});

Deno.test("parseManifests() refuses what is no manifest", () => {
  assert.throws(() => parseManifests("kind: Pod\n"), /must have a kind and a name/);
  assert.throws(() => parseManifests("a: [\n"), SyntaxError);
  const [pod] = workloadsOf(parseManifests(
    "kind: Deployment\nmetadata: {name: a}\nspec: {template: {spec: {containers: [{name: b, image: c}]}}}",
  ));
  assert.deepEqual(pod!.pod.containers.map(({ name }: Container) => name), ["b"]);
});

Deno.test("parseDockerfile() fills arguments in, joins lines, and leaves comments out", () => {
  const stages = parseDockerfile(
    "ARG A=1\n# no\nFROM x:${A} AS one\nRUN a \\\n  # b\n  c\nFROM one AS two\nUSER 5\n",
  );
  assert.deepEqual(stages, [
    { name: "one", from: "x:1", steps: [["RUN", "a c"]] },
    { name: "two", from: "one", steps: [["USER", "5"]] },
  ]);
  assert.throws(() => parseDockerfile("RUN a\nFROM x\n"), /FROM must come before RUN/);
});

Deno.test("permission() tells names, everything and nothing apart", () => {
  const program = ["deno", "run", "--allow-net=a:1,b", "--allow-env"];
  assert.deepEqual(["net", "env", "run"].map((name) => permission(program, name)), [
    ["a:1", "b"],
    "anything",
    null,
  ]);
});
