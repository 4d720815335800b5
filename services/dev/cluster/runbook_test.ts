import assert from "node:assert/strict";
import { join } from "node:path";
import { checkTool } from "./check_tools.ts";
import { type Manifest, parseManifests, workloadsOf } from "./manifests/manifest.ts";
import { referenceFaults } from "./manifests/reference_rules.ts";
import { safetyFaults } from "./manifests/safety_rules.ts";
import { clusterSecrets, SECRET_USERS, type SecretUser } from "./cluster_secrets.ts";
import { context, rendered, ROOT, runScript, whereThere } from "./rendered_testing.ts";

const RUNBOOK = await Deno.readTextFile(join(ROOT, "docs/runbook.md"));
const BLOCKS = [...RUNBOOK.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1]!);
const COMMANDS = BLOCKS.flatMap((block) => block.trim().split("\n"));
const KINDS: Readonly<Record<string, string>> = {
  deployment: "Deployment",
  statefulset: "StatefulSet",
  cronjob: "CronJob",
  service: "Service",
};
const passwords = Object.fromEntries(SECRET_USERS.map((user) => [user, `password-of-${user}-000`])) as Record<
  SecretUser,
  string
>;
const SECRETS = new Set(
  clusterSecrets({ namespace: "x", host: "x:1", passwords, pageToken: "token-of-the-page" }).items.map((
    { metadata },
  ) => metadata.name),
);

Deno.test("the runbook's commands are sound shell", async (t) => {
  assert.ok(COMMANDS.length > 25, "it must hold commands");
  const shellcheck = await whereThere(t, () => checkTool(context, "shellcheck"));
  if (shellcheck === null) return;
  const path = await Deno.makeTempFile({ suffix: ".sh" });
  await Deno.writeTextFile(path, `#!/bin/bash\n${COMMANDS.join("\n")}\n`);
  const { stdout } = await new Deno.Command(shellcheck, { args: ["--format=gcc", path] }).output();
  await Deno.remove(path);
  assert.equal(new TextDecoder().decode(stdout), "");
});

Deno.test("the runbook names scripts, tasks and options that there are", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json"))) as {
    tasks: Record<string, string>;
  };
  const helps = new Map<string, string>();
  for (const command of COMMANDS) {
    const [, script] = /^k3s\/(\S+\.sh)/.exec(command) ?? [];
    const [, task] = /^deno task (\S+)/.exec(command) ?? [];
    const name = script ?? task;
    if (name === undefined) continue;
    assert.ok(script !== undefined || name in tasks, `${name} must be a task`);
    if (!helps.has(name)) {
      helps.set(
        name,
        script === undefined ? await helpOf(name) : (await runScript(script, ["--help"])).stdout,
      );
    }
    for (const [option] of command.replaceAll(/"[^"]*"/g, "").matchAll(/--[a-z-]+/g)) {
      assert.match(helps.get(name)!, new RegExp(`${option}\\b`), `${name} must know ${option}`);
    }
  }
  assert.deepEqual([...helps.keys()].sort(), [
    ...["deploy_rltrader_k3s.sh", "halt", "models", "push_all_to_local_registry.sh", "resume"],
  ]);
});

Deno.test("the runbook's kubectl commands name what is in the cluster", async (t) => {
  const manifests = await whereThere(t, () => rendered("overlays/local"));
  if (manifests === null) return;
  const isThere = (kind: string, name: string) =>
    manifests.some((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  let named = 0;
  for (const command of COMMANDS.filter((line) => line.includes("kubectl"))) {
    assert.match(command, /kubectl --namespace rltrader /, command);
    for (const [, kind, name] of command.matchAll(/\b(deployment|statefulset|cronjob|service)\/([a-z-]+)/g)) {
      assert.ok(isThere(KINDS[kind!]!, name!), `${kind}/${name} in: ${command}`);
      named++;
    }
    const [, secrets] = /(?:get|delete) secret ((?:[a-z-]+ ?)+?)(?: --|$)/.exec(command) ?? [];
    for (const secret of secrets?.trim().split(" ") ?? []) assert.ok(SECRETS.has(secret), `secret ${secret}`);
  }
  assert.ok(named > 15, "it must name workloads");
});

Deno.test("rotating deletes every secret that deploying makes", () => {
  const line = COMMANDS.find((command) => command.includes("delete secret"))!;
  assert.deepEqual(new Set(line.split("secret ")[1]!.split(" ")), SECRETS);
});

Deno.test("the restoring job is as safe as what it restores for, and finds its claims there", async (t) => {
  const manifests = await whereThere(t, () => rendered("overlays/local"));
  if (manifests === null) return;
  const [job] = parseManifests(await Deno.readTextFile(join(ROOT, "k3s/restore/job.yaml")));
  // The claim of a StatefulSet is made by it, under its own name.
  const claim: Manifest = {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "data-redis-0" },
  };
  const keys = new Map(
    [...SECRETS].map((
      name,
    ) => [
      name,
      name === "redis-users" ? ["users.acl"] : name === "ui-token" ? ["RLTRADER_UI_TOKEN"] : ["REDIS_URL"],
    ]),
  );
  const isOfJob = (fault: string) => fault.startsWith("Job/") && !fault.includes("Probe");
  const all = [...manifests, claim, job!];
  assert.deepEqual([...safetyFaults(all), ...referenceFaults(all, keys)].filter(isOfJob), []);
  const redis = workloadsOf(manifests).find(({ name }) => name === "StatefulSet/redis")!.pod.containers[0]!;
  assert.equal(workloadsOf([job!])[0]!.pod.containers[0]!.image, redis.image);
});

async function helpOf(task: string): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", task, "--help"],
    cwd: ROOT,
  }).output();
  return new TextDecoder().decode(stdout);
}
