/** Names an addon by everything that it is built from, so that a changed source, lock file or compiler gives another name. */
import { createHash, type Hash } from "node:crypto";
import { join, normalize } from "node:path";
import { dependencyNames, parseManifest } from "./cargo_manifest.ts";
import { isMissing } from "./finished_folder.ts";

export type AddonKind = "inference" | "trainer";

export const addonCrate = (kind: AddonKind): string => `addon-${kind}`;

/** Beside these, an addon is made of the crates that it reaches through path dependencies. */
const WORKSPACE_FILES = ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", ".cargo/config.toml"];
const NOT_SOURCES = new Set(["target", "tests", "benches", "examples"]);

/** @param identities What else decides the outcome: compiler, platform, flags, LibTorch.
 * @returns `undefined` if the workspace or the addon's crate is not there. */
export async function hashAddonSources(
  nativeDir: string,
  kind: AddonKind,
  identities: readonly string[],
): Promise<string | undefined> {
  const crates = await crateFoldersOf(nativeDir, addonCrate(kind));
  if (!crates) return undefined;
  const hash = createHash("sha256").update(JSON.stringify(identities));
  for (const name of WORKSPACE_FILES) addFile(hash, name, await bytesOf(join(nativeDir, name)));
  for (const crate of crates) {
    for (const name of await sourceFilesUnder(nativeDir, crate)) {
      addFile(hash, name, await bytesOf(join(nativeDir, name)));
    }
  }
  return hash.digest("hex").slice(0, 20);
}

/** The crate's folder and those it reaches, sorted, relative to the workspace. */
export async function crateFoldersOf(nativeDir: string, crate: string): Promise<string[] | undefined> {
  const workspace = await textOf(join(nativeDir, "Cargo.toml"));
  if (workspace === undefined) return undefined;
  const shared = new Map(
    parseManifest(workspace).filter(({ section }) => section === "workspace.dependencies")
      .flatMap(({ key, value }) => pathIn(value).map((path): [string, string] => [key, normalize(path)])),
  );
  const found = new Set<string>();
  const visit = async (folder: string): Promise<boolean> => {
    if (found.has(folder)) return true;
    const manifest = await textOf(join(nativeDir, folder, "Cargo.toml"));
    if (manifest === undefined) return false;
    found.add(folder);
    const own = parseManifest(manifest).filter(({ section }) => section.endsWith("dependencies"))
      .flatMap(({ value }) => pathIn(value).map((path) => normalize(join(folder, path))));
    const inherited = dependencyNames(manifest).map(({ name }) => shared.get(name)).filter((path) =>
      path !== undefined
    );
    for (const next of [...own, ...inherited]) await visit(next);
    return true;
  };
  return await visit(crate) ? [...found].sort() : undefined;
}

function pathIn(value: string): string[] {
  const path = /\bpath\s*=\s*"([^"]+)"/.exec(value)?.[1];
  return path === undefined ? [] : [path];
}

async function sourceFilesUnder(nativeDir: string, folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(join(nativeDir, folder))) {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory && !NOT_SOURCES.has(entry.name)) {
      names.push(...await sourceFilesUnder(nativeDir, name));
    }
    if (entry.isFile && !entry.name.endsWith(".md")) names.push(name);
  }
  return names.sort();
}

function addFile(hash: Hash, name: string, bytes: Uint8Array | undefined): void {
  if (bytes) hash.update(`${name}\0${bytes.length}\0`).update(bytes);
}

async function bytesOf(path: string): Promise<Uint8Array | undefined> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function textOf(path: string): Promise<string | undefined> {
  const bytes = await bytesOf(path);
  return bytes && new TextDecoder().decode(bytes);
}
