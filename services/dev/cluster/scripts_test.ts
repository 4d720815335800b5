import assert from "node:assert/strict";
import { join } from "node:path";
import { checkTool, kustomizeCommand } from "./check_tools.ts";
import { parseManifests, workloadsOf } from "./manifests/manifest.ts";
import { onPath } from "../setup/redis_server.ts";
import { context, OVERLAYS, ROOT, runScript, whereThere } from "./rendered_testing.ts";

const DEPLOY = "deploy_rltrader_k3s.sh";
const PUSH = "push_all_to_local_registry.sh";
const HERE = ["--registry=registry.test:5001", "--tag=abc123"];

Deno.test("shellcheck finds nothing in our scripts", async (t) => {
  const shellcheck = await whereThere(t, () => checkTool(context, "shellcheck"));
  if (shellcheck === null) return;
  const backup = parseManifests(await Deno.readTextFile(join(ROOT, "k3s/base/backup.yaml")));
  const folder = await Deno.makeTempDir();
  try {
    const inside = Object.entries(backup.find(({ kind }) => kind === "ConfigMap")!.data!);
    for (const [name, text] of inside) await Deno.writeTextFile(join(folder, name), `#!/bin/sh\n${text}`);
    const files = [
      ...[DEPLOY, PUSH].map((name) => join(ROOT, "k3s", name)),
      join(ROOT, ".ci/run"),
      ...inside.map(([name]) => join(folder, name)),
    ];
    const { stdout } = await new Deno.Command(shellcheck, {
      args: ["--severity=style", "--format=gcc", ...files],
    }).output();
    assert.equal(new TextDecoder().decode(stdout), "");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("hadolint finds nothing in our Dockerfiles", async (t) => {
  const hadolint = await whereThere(t, () => checkTool(context, "hadolint"));
  if (hadolint === null) return;
  const files = ["Dockerfile.trainer", "Dockerfile.inference"].map((name) => join(ROOT, name));
  const { stdout } = await new Deno.Command(hadolint, { args: ["--no-color", ...files] }).output();
  assert.equal(new TextDecoder().decode(stdout), "");
});

Deno.test("both scripts name the same images, and the manifests take just those", async (t) => {
  await using cluster = await FakeCluster.start(t);
  if (!cluster.isThere) return;
  const pushing = await runScript(PUSH, [...HERE, "--builder=buildah", "--dry-run"]);
  assert.equal(pushing.code, 0, pushing.stderr);
  const pushed = [...pushing.stderr.matchAll(/'push' .*'(\S+)'$/gm)].map((match) => match[1]!);
  assert.deepEqual(
    pushed,
    ["core", "trainer", "inference", "ui"].map((name) => `registry.test:5001/rltrader-${name}:abc123`),
  );
  for (const overlay of OVERLAYS) {
    const deploying = await cluster.deploy(`--overlay=${overlay}`, "--dry-run");
    assert.equal(deploying.code, 0, deploying.stderr);
    const images = workloadsOf(parseManifests(deploying.stdout)).flatMap(({ pod }) =>
      pod.containers.map(({ image }) => image)
    );
    const ours = images.filter((image) => image.includes("rltrader"));
    assert.deepEqual(new Set(ours), new Set(pushed), overlay);
  }
});

Deno.test("the overlay gpu is built with LibTorch's CUDA libraries, the others without", async () => {
  for (const overlay of OVERLAYS) {
    const { stderr } = await runScript(PUSH, [
      ...HERE,
      `--overlay=${overlay}`,
      "--builder=buildah",
      "--dry-run",
      "--only=trainer",
    ]);
    assert.match(stderr, overlay === "gpu" ? /'ACCELERATOR=cuda'/ : /'ACCELERATOR=cpu'/, overlay);
  }
});

Deno.test("the scripts say what is wrong or missing", async (t) => {
  const folder = await Deno.makeTempDir();
  try {
    for (const program of ["bash", "git", "sed", "dirname", "mktemp", "rm", "tee", "date", "tr"]) {
      await Deno.symlink((await onPath(program, context.environment.PATH))!, join(folder, program));
    }
    const cases: readonly (readonly [script: string, args: readonly string[], said: RegExp])[] = [
      [DEPLOY, ["--bogus"], /every option must be known: --bogus is not/],
      [DEPLOY, ["--timeout=soon"], /--timeout must be whole seconds: it is soon/],
      [DEPLOY, ["--overlay=moon"], /the overlay must be a folder in k3s\/overlays: moon is not/],
      [DEPLOY, [], /kubectl must be on PATH: it is not/],
      [PUSH, ["--only=redis"], /--only must be core, trainer, inference or ui: it is redis/],
      [PUSH, ["--tag="], /--tag must have a value/],
      [PUSH, ["--tag=a"], /a builder must be there/],
      [PUSH, ["--tag=a", "--builder=buildah"], /the builder must be on PATH.*buildah is not/],
    ];
    for (const [script, args, said] of cases) {
      await t.step(`${script} ${args.join(" ")}`, async () => {
        const { code, stderr } = await runScript(script, args, { PATH: folder });
        assert.notEqual(code, 0);
        assert.match(stderr, said);
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("deploying makes secrets once, waits for every workload, and tells where the page is", async (t) => {
  await using cluster = await FakeCluster.start(t);
  if (!cluster.isThere) return;
  const first = await cluster.deploy();
  assert.equal(first.code, 0, first.stdout);
  const calls = await cluster.calls();
  assert.deepEqual(calls.filter((call) => call.startsWith("create")), [
    "create namespace rltrader",
    "create --filename -",
  ]);
  const waited = calls.filter((call) => call.includes("rollout status")).map((call) => call.split(" ")[4]);
  assert.deepEqual(waited, [
    "statefulset/redis",
    "deployment/core",
    "deployment/trainer",
    "deployment/inference",
    "deployment/ui",
  ]);
  assert.match(first.stdout, /port-forward service\/ui 8080:80/);
  await cluster.set("secrets");
  assert.equal((await cluster.deploy()).code, 0);
  assert.deepEqual(
    (await cluster.calls()).slice(calls.length).filter((call) => call.startsWith("create")),
    [],
  );
});

Deno.test("deploying with TLS makes a certificate for the name of Redis where there is none, and addresses that ask for it", async (t) => {
  if (await onPath("openssl", context.environment.PATH) === undefined) {
    return void await t.step({ name: "left out: openssl is not on PATH", ignore: true, fn() {} });
  }
  await using cluster = await FakeCluster.start(t);
  if (!cluster.isThere) return;
  const { code, stdout } = await cluster.deploy("--overlay=tls");
  assert.equal(code, 0, stdout);
  const created = (await cluster.calls()).filter((call) => call.includes("create secret"));
  assert.match(
    created.join(),
    /^--namespace rltrader create secret generic redis-tls --from-file=\S+tls.crt /,
  );
  assert.match(await cluster.kept("certificate"), /DNS:redis, DNS:redis.rltrader.svc/);
  assert.match(await cluster.kept("input"), /rediss:\/\/core:/);
});

Deno.test("deploying rolls back what is not rolled out, and nothing else", async (t) => {
  await using cluster = await FakeCluster.start(t);
  if (!cluster.isThere) return;
  await cluster.set("broken", "deployment/inference");
  const { code, stdout } = await cluster.deploy();
  assert.equal(code, 1);
  assert.match(stdout, /everything must be rolled out within 300 s each/);
  const undone = (await cluster.calls()).filter((call) => call.includes("rollout undo"));
  assert.deepEqual(undone, ["--namespace rltrader rollout undo deployment/inference"]);
});

Deno.test("--delete leaves claims, secrets and the namespace; --delete-data takes all", async (t) => {
  await using cluster = await FakeCluster.start(t);
  if (!cluster.isThere) return;
  assert.equal((await cluster.deploy("--delete")).code, 0);
  const [deleted, ...more] = (await cluster.calls()).filter((call) =>
    call.includes(" delete ") || call.startsWith("delete")
  );
  assert.deepEqual(more, []);
  const kinds = deleted!.split(" ").find((word) => word.includes(","))!.split(",");
  for (const kept of ["secret", "persistentvolumeclaim", "namespace"]) assert.ok(!kinds.includes(kept), kept);
  assert.ok(kinds.includes("statefulset"));
  assert.equal((await cluster.deploy("--delete-data")).code, 0);
  assert.equal((await cluster.calls()).at(-1), "delete --ignore-not-found namespace rltrader");
});

/** A kubectl that renders as the real one does, and else writes down what it is asked. */
class FakeCluster implements AsyncDisposable {
  readonly #folder: string;
  readonly isThere: boolean;

  private constructor(folder: string, isThere: boolean) {
    this.#folder = folder;
    this.isThere = isThere;
  }

  static async start(t: Deno.TestContext): Promise<FakeCluster> {
    const folder = await Deno.makeTempDir();
    const render = await whereThere(t, () => kustomizeCommand(context));
    const script = `#!/bin/bash
[ "$1" = kustomize ] && exec ${render?.join(" ")} "\${@:2}"
echo "$*" >>${folder}/calls
case "$*" in
  "get namespace"*) [ -f ${folder}/secrets ] ;;
  *"get secret"*) [ -f ${folder}/secrets ] ;;
  *"create secret"*) openssl x509 -noout -text -in "$(sed 's/.*--from-file=\\(\\S*tls.crt\\).*/\\1/' <<<"$*")" >${folder}/certificate ;;
  *"--filename -") cat >>${folder}/input ;;
  *"rollout status"*) [ ! -f ${folder}/broken ] || [[ "$*" != *$(cat ${folder}/broken)* ]] ;;
esac
`;
    await Deno.writeTextFile(join(folder, "kubectl"), script, { mode: 0o755 });
    return new FakeCluster(folder, render !== null);
  }

  set(name: string, text = ""): Promise<void> {
    return Deno.writeTextFile(join(this.#folder, name), text);
  }

  deploy(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    return runScript(DEPLOY, [...HERE, ...args], { PATH: `${this.#folder}:${context.environment.PATH}` });
  }

  kept(name: string): Promise<string> {
    return Deno.readTextFile(join(this.#folder, name));
  }

  async calls(): Promise<string[]> {
    return (await Deno.readTextFile(join(this.#folder, "calls"))).trim().split("\n");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Deno.remove(this.#folder, { recursive: true });
  }
}
