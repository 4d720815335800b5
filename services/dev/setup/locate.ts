/** Tells in milliseconds what is there already. Builds and downloads nothing. */
import { join } from "node:path";
import { type AddonKind, hashAddonSources } from "./addon_sources.ts";
import { isFinished } from "./finished_folder.ts";
import type { LibTorch } from "./libtorch.ts";
import { probe, type SetupContext } from "./setup_context.ts";

export interface AddonLocation {
  readonly kind: AddonKind;
  /** `undefined` while the compiler, the sources or (for the trainer) LibTorch is missing. */
  readonly hash: string | undefined;
  /** Where the addon lies, or `undefined` if it must be built. */
  readonly path: string | undefined;
}

export interface LocatedAddons {
  readonly rustc: string | undefined;
  readonly libtorch: LibTorch | undefined;
  readonly inference: AddonLocation;
  readonly trainer: AddonLocation;
}

export async function locateAddon(
  context: SetupContext,
  kind: AddonKind,
  rustc: string | undefined,
  libtorch: LibTorch | undefined,
): Promise<AddonLocation> {
  const absent = { kind, hash: undefined, path: undefined };
  if (!rustc || (kind === "trainer" && !libtorch)) return absent;
  const identities = [rustc, context.build.target, context.environment.RUSTFLAGS ?? ""];
  if (kind === "trainer") identities.push(libtorch!.identity);
  const hash = await hashAddonSources(context.nativeDir, kind, identities);
  if (!hash) return absent;
  const folder = context.cache.addon(kind, hash);
  const path = await isFinished(folder) ? join(folder, addonFile(kind)) : undefined;
  return { kind, hash, path };
}

export const addonFile = (kind: AddonKind): string => `${kind}.node`;

/** @returns "1.95.0-59807616e", or `undefined` if the compiler is not there. */
export async function rustcVersion(context: SetupContext): Promise<string | undefined> {
  const { code, stdout } = await probe(context, "rustc", ["--version"], { workingDir: context.nativeDir });
  const [, version, commit] = /^rustc (\S+)(?: \((\w+))?/.exec(stdout) ?? [];
  return code === 0 && version ? [version, commit].filter(Boolean).join("-") : undefined;
}
