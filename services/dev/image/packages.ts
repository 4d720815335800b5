/** Lays `node_modules` with only the packages that one entry reaches, in the versions and with the hashes of the lock file. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bomOf, npmComponents } from "./sbom.ts";

/** The part of `deno info --json` that is read. */
export interface ModuleGraph {
  readonly modules: readonly {
    readonly specifier: string;
    readonly error?: string;
    readonly dependencies?: readonly { readonly code?: { readonly specifier?: string } }[];
  }[];
}

/** The part of `deno.json` that is read; the rest is kept as it is. */
export interface Manifest {
  readonly imports: Readonly<Record<string, string>>;
}

/** The part of `deno.lock` that is read. */
export interface Lock {
  readonly npm?: Readonly<Record<string, { readonly integrity: string }>>;
}

const DEADLINE_MS = 10 * 60_000;

/** Beside `node_modules` it writes `sbom/packages.cdx.json`, which lists them.
 * @param entry Relative to the root. @throws {Error} If a package would come in another version than the locked one. */
export async function layPackages(
  { root, entry, into, deno }: {
    readonly root: string;
    readonly entry: string;
    readonly into: string;
    readonly deno: string;
  },
): Promise<void> {
  const graph = JSON.parse(
    await run(deno, ["info", "--json", "--no-npm", "--node-modules-dir=none", join(root, entry)], root),
  ) as ModuleGraph;
  const sources = await Promise.all(ownFiles(graph).map((path) => Deno.readTextFile(path)));
  const manifest = JSON.parse(await Deno.readTextFile(join(root, "deno.json"))) as Manifest;
  const names = new Set([...packagesImported(graph), ...sources.flatMap(packagesResolved)]);
  await Deno.mkdir(into, { recursive: true });
  await Deno.writeTextFile(join(into, "deno.json"), JSON.stringify(trimManifest(manifest, names)));
  await Deno.copyFile(join(root, "deno.lock"), join(into, "deno.lock"));
  await run(deno, ["install"], into);
  const [whole, part] = await Promise.all(
    [root, into].map(async (folder) =>
      JSON.parse(await Deno.readTextFile(join(folder, "deno.lock"))) as Lock
    ),
  );
  checkSubset(whole!, part!);
  await Deno.mkdir(join(into, "sbom"), { recursive: true });
  await Deno.writeTextFile(
    join(into, "sbom", "packages.cdx.json"),
    JSON.stringify(bomOf(entry, npmComponents(part!))),
  );
}

/** The names of the packages that are imported while the entry is loaded; imports of types alone do not count. */
export function packagesImported(graph: ModuleGraph): string[] {
  const specifiers = graph.modules.flatMap(({ dependencies = [] }) =>
    dependencies.map(({ code }) => code?.specifier ?? "")
  );
  return [...new Set(specifiers.flatMap(packageName))];
}

/** The names of the packages whose files a source looks up with `import.meta.resolve`. */
export function packagesResolved(source: string): string[] {
  return [...source.matchAll(/\bimport\.meta\.resolve\("((?:@[^/"]+\/)?[^@/."][^@/"]*)/g)]
    .map((match) => match[1]!);
}

/** The manifest with only the imports of the named packages. */
export function trimManifest<M extends Manifest>(manifest: M, names: ReadonlySet<string>): M {
  const imports = Object.entries(manifest.imports)
    .filter(([, target]) => packageName(target).some((name) => names.has(name)));
  return { ...manifest, imports: Object.fromEntries(imports) };
}

/** @throws {Error} If the part holds a package that the whole lacks or locks to another hash. */
export function checkSubset(whole: Lock, part: Lock): void {
  for (const [name, { integrity }] of Object.entries(part.npm ?? {})) {
    const locked = whole.npm?.[name]?.integrity;
    if (locked !== integrity) {
      throw new Error(
        `Cannot lay ${name} as deno.lock must hold it with its hash ${integrity}: it holds ${
          locked ?? "nothing"
        }`,
      );
    }
  }
}

/** `npm:/@preact/signals@2.11.4/x` → `@preact/signals`; nothing for what is no npm package. */
function packageName(specifier: string): string[] {
  const name = /^npm:\/?((?:@[^/]+\/)?[^@/]+)/.exec(specifier)?.[1];
  return name === undefined ? [] : [name];
}

function ownFiles(graph: ModuleGraph): string[] {
  return graph.modules.flatMap(({ specifier, error }) => {
    if (error !== undefined && specifier.startsWith("file:")) {
      throw new Error(`Cannot follow ${specifier}: ${error}`);
    }
    return specifier.startsWith("file:") ? [fileURLToPath(specifier)] : [];
  });
}

async function run(deno: string, args: readonly string[], cwd: string): Promise<string> {
  const command = new Deno.Command(deno, {
    args: [...args],
    cwd,
    env: { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  const { success, stdout, stderr } = await command.output();
  if (success) return new TextDecoder().decode(stdout);
  const said = new TextDecoder().decode(stderr);
  throw new Error(`Cannot lay the packages as deno ${args[0]} must succeed: it said\n${said}`);
}
