/** Builds a native engine through the set-up and lays it out as it is shipped: the addon, and LibTorch beside the trainer's. */
import { join } from "node:path";
import { addonFile } from "../setup/locate.ts";
import type { AddonKind } from "../setup/addon_sources.ts";
import { setUp } from "../setup/set_up.ts";
import type { SetupContext } from "../setup/setup_context.ts";
import type { OnProgress } from "../setup/setup_step.ts";
import { libtorchPinFor } from "../setup/wheel_pins.ts";

/** Writes `<kind>.node` into the folder, and for the trainer the libraries that it loads into `libtorch/lib`, where the
 * addon's run path looks for them. Headers and the linker script stay behind. */
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
  if (libtorch === undefined) return;
  const libraries = libtorchPinFor(context.build)?.libraries ?? [];
  await Deno.mkdir(join(into, "libtorch", "lib"), { recursive: true });
  for (const library of libraries) {
    await Deno.copyFile(join(libtorch.dir, "lib", library), join(into, "libtorch", "lib", library));
  }
}
