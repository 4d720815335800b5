/** Builds the client bundle when its sources have changed: `deno task ui:build`, or called by the dev supervisor. */
import { createHash } from "node:crypto";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const UI = fileURLToPath(new URL(".", import.meta.url));
const ROOT = join(UI, "..");
const STAMP = join(UI, "dist", "sources.sha256");
/** What goes into the bundle; versions of packages are in `deno.json`. */
const SOURCES = [
  "client.ts",
  "vite.config.ts",
  "live",
  "islands",
  "components",
  "styles",
  "../deno.json",
  "../docs/yardstick.svg",
];
const BUILD_DEADLINE_MS = 120_000;

export interface BuildOutcome {
  readonly outcome: "built" | "up to date";
  readonly ms: number;
}

/** Builds `ui/dist` unless it is up to date. @throws {Error} With the bundler's own words. */
export async function buildClientBundle(signal?: AbortSignal): Promise<BuildOutcome> {
  const startedMs = performance.now();
  const sources = await hashSources();
  const built = await Deno.readTextFile(STAMP).catch(() => null);
  const ms = () => Math.round(performance.now() - startedMs);
  if (built === sources) return { outcome: "up to date", ms: ms() };
  const deadline = AbortSignal.timeout(BUILD_DEADLINE_MS);
  const command = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      await bundler(),
      "build",
      "--configLoader",
      "native",
      "--config",
      "ui/vite.config.ts",
    ],
    cwd: ROOT,
    signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    stdout: "piped",
    stderr: "piped",
  });
  const { success, code, stdout, stderr } = await command.output();
  if (!success) {
    const words = new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout);
    throw new Error(`Cannot build ui/dist as the bundler must succeed: it ended with code ${code}\n${words}`);
  }
  await Deno.writeTextFile(STAMP, sources);
  return { outcome: "built", ms: ms() };
}

/** The pinned `npm:vite@…`. */
async function bundler(): Promise<string> {
  const { imports } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json"))) as {
    imports: { vite: string };
  };
  return imports.vite;
}

async function hashSources(): Promise<string> {
  const hash = createHash("sha256");
  for (const source of SOURCES) {
    for (const path of (await filesUnder(join(UI, source))).sort()) {
      hash.update(`${relative(UI, path)}\0`).update(await Deno.readFile(path)).update("\0");
    }
  }
  return hash.digest("hex");
}

async function filesUnder(path: string): Promise<string[]> {
  if ((await Deno.stat(path)).isFile) return [path];
  const files: string[] = [];
  for await (const entry of Deno.readDir(path)) {
    if (!/_test\.tsx?$/.test(entry.name)) files.push(...await filesUnder(join(path, entry.name)));
  }
  return files;
}

if (import.meta.main) {
  const { outcome, ms } = await buildClientBundle();
  await Deno.stderr.write(new TextEncoder().encode(`ui/dist ${outcome} in ${ms} ms\n`));
}
