/** The import-direction lint: `deno run --allow-read .ci/import_direction.ts`. Prints each violation and ends with 1 if there is one. */
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { checkCrate } from "./crate_rules.ts";
import { checkFile, type Violation } from "./import_rules.ts";

const NOT_OURS = new Set(["node_modules", "target", "dist", "coverage"]);
const SOURCE = /\.[mc]?[tj]sx?$/;

/** Checks every source and crate manifest under the folder. */
export async function checkRepository(root: string): Promise<Violation[]> {
  const aliases = await localAliases(root);
  const violations: Violation[] = [];
  for await (const file of filesUnder(root, root)) {
    const path = join(root, file);
    const crate = /^native\/([^/]+)\/Cargo\.toml$/.exec(file)?.[1];
    if (crate) violations.push(...checkCrate(crate, file, await Deno.readTextFile(path)));
    else if (SOURCE.test(file)) violations.push(...checkFile(file, await Deno.readTextFile(path), aliases));
  }
  return violations;
}

async function* filesUnder(root: string, folder: string): AsyncGenerator<string> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  for (const entry of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
    if (NOT_OURS.has(entry.name) || (entry.name.startsWith(".") && entry.name !== ".ci")) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory) yield* filesUnder(root, path);
    else if (entry.isFile) yield relative(root, path).replaceAll(sep, "/");
  }
}

async function localAliases(root: string): Promise<Map<string, string>> {
  const { imports = {} } = JSON.parse(await Deno.readTextFile(join(root, "deno.json"))) as {
    imports?: Record<string, string>;
  };
  return new Map(Object.entries(imports).filter(([, target]) => target.startsWith("./")));
}

if (import.meta.main) {
  const violations = await checkRepository(fileURLToPath(new URL("..", import.meta.url)));
  const lines = violations.map(({ file, line, rule, offending }) =>
    `${file}:${line}: ${rule}: ${offending}\n`
  );
  await Deno.stdout.write(new TextEncoder().encode(lines.join("")));
  Deno.exit(violations.length > 0 ? 1 : 0);
}
