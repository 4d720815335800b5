/** Builds one native addon with cargo and keeps it under the hash of its sources. */
import { dirname, join } from "node:path";
import { addonCrate, type AddonKind } from "./addon_sources.ts";
import { BuildProgress } from "./build_progress.ts";
import { cargoEnvironment } from "./cargo_environment.ts";
import { finishFolder, removeIfThere } from "./finished_folder.ts";
import type { LibTorch } from "./libtorch.ts";
import { addonFile, locateAddon } from "./locate.ts";
import { probe, type SetupContext } from "./setup_context.ts";
import { SetupError } from "./setup_error.ts";
import type { StepReport } from "./setup_step.ts";
import { withStepLock } from "./step_lock.ts";

export interface AddonRecipe {
  readonly kind: AddonKind;
  readonly rustc: string;
  readonly libtorch: LibTorch | undefined;
}

const BUILD_DEADLINE_MS = 60 * 60_000;
/** Sources may be edited while the compiler runs; what it built is then of neither state. */
const BUILDS_UNTIL_STILL = 3;
const KEPT_ADDONS = 6;
const SHOWN_ERROR_LINES = 30;

/** @returns The path of the addon. */
export async function buildAddon(
  context: SetupContext,
  recipe: AddonRecipe,
  report: StepReport,
): Promise<string> {
  return await withStepLock(context.cache.lock(`cargo-${recipe.rustc}`), {
    onWait: () => report.update({ detail: "waits for another build in the same cache" }),
    ...(context.signal ? { signal: context.signal } : {}),
  }, async () => {
    for (let build = 0; build < BUILDS_UNTIL_STILL; build++) {
      const before = await locateAddon(context, recipe.kind, recipe.rustc, recipe.libtorch);
      if (before.path) return before.path;
      if (!before.hash) throw missingSources(context, recipe.kind);
      const library = await runCargo(context, recipe, report);
      const after = await locateAddon(context, recipe.kind, recipe.rustc, recipe.libtorch);
      if (after.hash !== before.hash) continue;
      return await keepAddon(context, recipe, before.hash, library);
    }
    throw new SetupError(
      `Cannot build ${addonCrate(recipe.kind)} as its sources must stand still meanwhile: ` +
        `they changed during ${BUILDS_UNTIL_STILL} builds`,
      "save the files in native/ and start again",
    );
  });
}

/** @returns The path of the shared library that cargo made. */
async function runCargo(context: SetupContext, recipe: AddonRecipe, report: StepReport): Promise<string> {
  const environment = cargoEnvironment(context, recipe);
  const crate = addonCrate(recipe.kind);
  report.update({ detail: "asking cargo which crates it needs" });
  const progress = await BuildProgress.forCrate(context, environment, crate);
  const errors: string[] = [];
  const outcome = await context.run({
    program: "cargo",
    args: ["build", "--release", "--locked", "--package", crate, "--message-format=json-render-diagnostics"],
    workingDir: context.nativeDir,
    environment,
    deadlineMs: BUILD_DEADLINE_MS,
    ...(context.signal ? { signal: context.signal } : {}),
    onLine: (line, stream) => {
      if (stream === "stdout") progress.takeMessage(line);
      else if (!progress.takeStatus(line)) errors.push(line);
      report.update({ detail: progress.text() });
    },
  });
  if (outcome.code !== 0) throw buildFailure(crate, outcome.code, errors);
  if (!progress.library) {
    throw new Error(`Cannot find the library as cargo must name it: it named none for ${crate}`);
  }
  return progress.library;
}

async function keepAddon(
  context: SetupContext,
  recipe: AddonRecipe,
  hash: string,
  library: string,
): Promise<string> {
  const folder = context.cache.addon(recipe.kind, hash);
  const file = addonFile(recipe.kind);
  await finishFolder(folder, [file], async (aside) => {
    await Deno.copyFile(library, join(aside, file));
    if (recipe.libtorch) await Deno.symlink(recipe.libtorch.dir, join(aside, "libtorch"));
    await proveItLoads(context, join(aside, file));
  });
  await removeOldest(dirname(folder), `${recipe.kind}-`);
  return join(folder, file);
}

/** In a process of its own, as a broken library may end the process that loads it. */
async function proveItLoads(context: SetupContext, path: string): Promise<void> {
  const code = `process.dlopen({ exports: {} }, ${JSON.stringify(path)})`;
  const outcome = await probe(context, Deno.execPath(), ["eval", "--no-config", "--no-lock", code], {
    environment: { ...context.environment, DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
  });
  if (outcome.code === 0) return;
  throw new SetupError(
    `Cannot use the built addon as Deno must be able to load it: ${outcome.stderr.trim().split("\n")[0]}`,
    "deno task doctor shows which LibTorch and compiler were used",
  );
}

async function removeOldest(parent: string, prefix: string): Promise<void> {
  const found: { path: string; changedMs: number }[] = [];
  for await (const entry of Deno.readDir(parent)) {
    if (!entry.name.startsWith(prefix)) continue;
    const path = join(parent, entry.name);
    found.push({ path, changedMs: (await Deno.stat(path)).mtime?.getTime() ?? 0 });
  }
  found.sort((a, b) => b.changedMs - a.changedMs);
  for (const { path } of found.slice(KEPT_ADDONS)) await removeIfThere(path);
}

function missingSources(context: SetupContext, kind: AddonKind): SetupError {
  return new SetupError(
    `Cannot build ${addonCrate(kind)} as its crate must lie in ${context.nativeDir}: it is not there`,
    "git status shows what is missing; git restore native/ brings it back",
  );
}

function buildFailure(crate: string, code: number, errors: readonly string[]): SetupError {
  const shown = errors.filter((line) => line.trim() !== "").slice(-SHOWN_ERROR_LINES).join("\n    ");
  return new SetupError(
    `Cannot build ${crate} as cargo must succeed: it ended with status ${code} and said\n    ${shown}`,
    `cd native && cargo build --release --package ${crate}, or deno task doctor if the tools are in doubt`,
  );
}
