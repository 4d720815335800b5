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
    files,
  };
}

async function readManifest(path: string): Promise<Record<string, { file?: unknown }>> {
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

function entryFile(manifest: Record<string, { file?: unknown }>, source: string): string {
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
