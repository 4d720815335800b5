/** Builds a native engine through the set-up and lays it out as it is shipped: the addon, and LibTorch beside the trainer's. */
import { join } from "node:path";
import { addonFile } from "../setup/locate.ts";
import type { AddonKind } from "../setup/addon_sources.ts";
import { setUp } from "../setup/set_up.ts";
import type { SetupContext } from "../setup/setup_context.ts";
import type { OnProgress } from "../setup/setup_step.ts";
import { libtorchPinFor } from "../setup/wheel_pins.ts";
import { bomOf, type Component, crateComponents } from "./sbom.ts";

const LIST_DEADLINE_MS = 60_000;

/** Writes `<kind>.node` into the folder, and for the trainer the libraries that it loads into `libtorch/lib`, where the
 * addon's run path looks for them; and `sbom/<kind>.cdx.json`, which lists what is in them. Headers and the linker script
 * stay behind. */
export async function layEngines(
  context: SetupContext,
  kind: AddonKind,
  into: string,
  onProgress: OnProgress,
): Promise<void> {
  const { libtorch, inferenceAddon, trainerAddon } = await setUp(context, {
    want: [`${kind}-addon`],
    onProgress,
  }).all;
  const addon = kind === "trainer" ? trainerAddon : inferenceAddon;
  if (addon === undefined) {
    throw new Error(`Cannot lay the ${kind} engine as the set-up must build it: it did not`);
  }
  await Deno.mkdir(into, { recursive: true });
  await Deno.copyFile(addon, join(into, addonFile(kind)));
  await layBom(context, kind, into);
  if (libtorch === undefined) return;
  const libraries = libtorchPinFor(context.build)?.libraries ?? [];
  await Deno.mkdir(join(into, "libtorch", "lib"), { recursive: true });
  for (const library of libraries) {
    await Deno.copyFile(join(libtorch.dir, "lib", library), join(into, "libtorch", "lib", library));
  }
}

async function layBom(context: SetupContext, kind: AddonKind, into: string): Promise<void> {
  const { code, stdout, stderr } = await context.run({
    program: "cargo",
    args: ["tree", "--locked", `--package=addon-${kind}`, "--edges=normal", "--prefix=none"],
    environment: context.environment,
    workingDir: context.nativeDir,
    deadlineMs: LIST_DEADLINE_MS,
  });
  if (code !== 0) {
    throw new Error(
      `Cannot list the crates of the ${kind} engine as cargo tree must succeed: it said\n${stderr}`,
    );
  }
  const crates = crateComponents(stdout, await Deno.readTextFile(join(context.nativeDir, "Cargo.lock")));
  const components = kind === "trainer" ? [...crates, ...libtorchComponents(context)] : crates;
  await Deno.mkdir(join(into, "sbom"), { recursive: true });
  await Deno.writeTextFile(
    join(into, "sbom", `${kind}.cdx.json`),
    JSON.stringify(bomOf(`addon-${kind}`, components)),
  );
}

function libtorchComponents(context: SetupContext): Component[] {
  return (libtorchPinFor(context.build)?.parts ?? []).map(({ wheel: { project, version, sha256 } }) => ({
    type: "library",
    name: project,
    version,
    purl: `pkg:pypi/${project}@${version}`,
    hashes: [{ alg: "SHA-256", content: sha256 }],
  }));
}
