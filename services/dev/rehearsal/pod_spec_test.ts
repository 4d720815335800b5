import assert from "node:assert/strict";
import type { Container, PodSpec } from "../cluster/manifests/manifest.ts";
import { environmentOf, limitsOf, programOf, runtimeConfig } from "./pod_spec.ts";

const image = { Entrypoint: ["deno", "run"], Cmd: ["x"], Env: ["PATH=/bin", "A=1=2"], WorkingDir: "/app" };
const container = (changes: Partial<Container> = {}): Container => ({ name: "c", image: "i:1", ...changes });

Deno.test("environmentOf() lays the manifest's variables over the image's", () => {
  const environment = environmentOf(
    image,
    container({ env: [{ name: "PATH", value: "/usr/bin" }] }),
    ({ value }) => value!,
  );
  assert.deepEqual([...environment], [["PATH", "/usr/bin"], ["A", "1=2"]]);
});

Deno.test("programOf() takes command and args as Kubernetes does, and fills variables in", () => {
  const environment = new Map([["POD_NAME", "inference-1"]]);
  assert.deepEqual(programOf(image, container(), environment), ["deno", "run", "x"]);
  assert.deepEqual(programOf(image, container({ args: ["--id=$(POD_NAME)", "$(NONE)"] }), environment), [
    ...["deno", "run", "--id=inference-1", "$(NONE)"],
  ]);
  assert.deepEqual(programOf(image, container({ command: ["sh"] }), environment), ["sh"]);
});

Deno.test("limitsOf() turns quantities into bytes and shares of a core", () => {
  assert.deepEqual(limitsOf(container({ resources: { limits: { cpu: "500m", memory: "384Mi" } } })), {
    memory: { limit: 402_653_184 },
    cpu: { period: 100_000, quota: 50_000 },
  });
  assert.deepEqual(limitsOf(container()), {});
});

Deno.test("runtimeConfig() gives no more than the manifest: user, read-only root, no capability, its mounts", () => {
  const pod: PodSpec = {
    containers: [],
    securityContext: { runAsUser: 10001, runAsGroup: 10001, fsGroup: 7 },
    volumes: [{ name: "tmp", emptyDir: { sizeLimit: "64Mi" } }, { name: "config", configMap: { name: "x" } }],
  };
  const safe = container({
    securityContext: {
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [{ name: "tmp", mountPath: "/tmp" }, {
      name: "config",
      mountPath: "/app/docs",
      readOnly: true,
    }],
  });
  const place = {
    ...{
      name: "core-0",
      rootPath: "/root",
      networkPath: "/run/netns/x",
      folderOf: () => "/laid",
      hostsPath: "/hosts",
      resolverPath: "/none",
    },
  };
  // deno-lint-ignore no-explicit-any -- another program's format
  const config = runtimeConfig(image, pod, safe, new Map(), place) as any;
  assert.deepEqual(config.root, { path: "/root", readonly: true });
  assert.deepEqual(config.process.user, { uid: 10001, gid: 10001, additionalGids: [7] });
  assert.deepEqual(config.process.capabilities, { bounding: [], effective: [], permitted: [] });
  assert.equal(config.process.noNewPrivileges, true);
  const mountAt = (path: string) =>
    config.mounts.find(({ destination }: { destination: string }) => destination === path);
  assert.ok(mountAt("/tmp").options.includes("size=64m"));
  assert.deepEqual([mountAt("/app/docs").source, mountAt("/app/docs").options.includes("ro")], [
    "/laid",
    true,
  ]);
  assert.equal(config.linux.namespaces.at(-1).path, "/run/netns/x");
  // deno-lint-ignore no-explicit-any -- the same
  assert.equal((runtimeConfig(image, pod, container(), new Map(), place) as any).root.readonly, false);
});
