/** The built client bundle and the static files: read once at the start, served from memory. */
import { join } from "node:path";

export interface Asset {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly type: string;
}

export interface ClientAssets {
  /** Names the bundle: the entry's file, whose name holds its hash. */
  readonly build: string;
  readonly script: string;
  readonly style: string;
  /** Addresses of all that the entry and these islands load, for a page to name at once. @param islands Their files' names. */
  readonly scriptsOf: (islands: readonly string[]) => string[];
  /** By address path. */
  readonly files: ReadonlyMap<string, Asset>;
}

const TYPES: Record<string, string> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** @param ui The folder that holds `dist/` and `static/`.
 * @throws {Error} If the bundle is not built. */
export async function loadClientAssets(ui: string): Promise<ClientAssets> {
  const dist = join(ui, "dist");
  const manifest = await readManifest(join(dist, "manifest.json"));
  const files = new Map<string, Asset>();
  await addFolder(files, dist, "/assets/");
  await addFolder(files, join(ui, "static"), "/static/");
  const script = entryFile(manifest, "client.ts");
  return {
    build: script,
    script: `/assets/${script}`,
    style: `/assets/${entryFile(manifest, "styles/page.css")}`,
    scriptsOf: (islands) => scriptsOf(manifest, islands),
    files,
  };
}

/** The entry's imports, the islands, what these import, and what they load once they live (charts). */
function scriptsOf(manifest: Manifest, islands: readonly string[]): string[] {
  const found = new Set<string>();
  const add = (name: string, withLater: boolean) => {
    const chunk = manifest[name];
    if (chunk === undefined || found.has(name)) return;
    found.add(name);
    for (const imported of chunk.imports ?? []) add(imported, false);
    if (withLater) { for (const later of chunk.dynamicImports ?? []) add(later, false); }
  };
  add("client.ts", false);
  for (const island of islands) add(`islands/${island}.tsx`, true);
  return [...found].map((name) => `/assets/${entryFile(manifest, name)}`);
}

/** What the bundler wrote of each source or shared chunk. */
interface Chunk {
  readonly file?: unknown;
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
}
type Manifest = Readonly<Record<string, Chunk>>;

async function readManifest(path: string): Promise<Manifest> {
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch (cause) {
    throw new Error(
      `Cannot serve the page as ui/dist must hold the built bundle: run deno task ui:build first`,
      {
        cause,
      },
    );
  }
}

function entryFile(manifest: Manifest, source: string): string {
  const file = manifest[source]?.file;
  if (typeof file !== "string") {
    throw new Error(
      `Cannot serve the page as ui/dist/manifest.json must name ${source}: run deno task ui:build`,
    );
  }
  return file;
}

async function addFolder(files: Map<string, Asset>, folder: string, address: string): Promise<void> {
  for await (const { name, isFile } of Deno.readDir(folder)) {
    const type = TYPES[name.split(".").at(-1) ?? ""];
    if (isFile && type !== undefined) {
      files.set(address + name, { body: await Deno.readFile(join(folder, name)), type });
    }
  }
}
