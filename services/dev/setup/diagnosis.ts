/** Looks at everything that the system needs on this machine, changes nothing, and says what repairs what is missing. */
import { join } from "node:path";
import { locateAddon, rustcVersion } from "./locate.ts";
import { type LibTorch, locateLibTorch } from "./libtorch.ts";
import {
  checkCppCompiler,
  checkLinker,
  checkPip,
  checkRoom,
  checkRust,
  freeBytes,
  neededBytes,
  type Obstacle,
} from "./preflight.ts";
import { locateRedisServer, onPath } from "./redis_server.ts";
import { probe, type SetupContext } from "./setup_context.ts";
import { SetupError } from "./setup_error.ts";
import { LIBTORCH_VERSION } from "./wheel_pins.ts";

export const DENO_VERSION = "2.9.6";

export interface Finding {
  readonly name: string;
  readonly there: boolean;
  /** Whether the system cannot run, or cannot be set up, without it. */
  readonly required: boolean;
  readonly version?: string;
  readonly path?: string;
  /** Which route it came by, or what is wrong. */
  readonly detail?: string;
  /** The command that repairs it. */
  readonly fix?: string;
}

/** @param repositoryDir Where deno.json and node_modules lie. */
export async function diagnose(context: SetupContext, repositoryDir: string): Promise<Finding[]> {
  const setup = await onPath("deno", context.environment.PATH)
    ? "deno task setup"
    : `npx -y deno@${DENO_VERSION} task setup`;
  const [rustc, libtorch, redis] = await Promise.all([
    rustcVersion(context),
    findLibTorch(context, setup),
    findServer(context, setup),
  ]);
  const addons = await Promise.all([
    findAddon(context, "inference", rustc, undefined, setup),
    findAddon(context, "trainer", rustc, libtorch.libtorch, setup),
  ]);
  const trainerThere = addons[1].there;
  const downloads = !libtorch.finding.there || !redis.there;
  const work = {
    download: downloads,
    libtorch: !libtorch.finding.there,
    addons: addons.some(({ there }) => !there),
    cppCompiler: !trainerThere,
  };
  return await Promise.all([
    findDeno(),
    findTool(
      context,
      "Node",
      "node",
      ["--version"],
      "optional: gives npx, which runs Deno where it is not installed",
    ),
    findTool(context, "git", "git", ["--version"], "optional: for working on the source"),
    findNpmPackages(repositoryDir),
    fromObstacle(
      "Python and pip",
      downloads,
      checkPip(context),
      () => versionOf(context, "python3", ["--version"]),
    ),
    fromObstacle("Rust", true, checkRust(context), () => versionOf(context, "rustc", ["--version"])),
    fromObstacle(
      "C compiler",
      work.addons,
      checkLinker(context),
      () => versionOf(context, "cc", ["--version"]),
    ),
    fromObstacle(
      "C++ compiler",
      work.cppCompiler,
      checkCppCompiler(context),
      () => versionOf(context, context.environment.CXX || "c++", ["--version"]),
    ),
    libtorch.finding,
    ...addons,
    redis,
    fromObstacle("Cache", true, checkRoom(context, neededBytes(work)), async () => ({
      path: context.cache.root,
      detail: `${(await freeBytes(context.cache.root) / 1e9).toFixed(1)} GB free`,
    })),
    findChromium(context),
    findCudaDriver(context),
  ]);
}

function findDeno(): Finding {
  const version = Deno.version.deno;
  const there = version === DENO_VERSION;
  return {
    name: "Deno",
    there,
    required: false,
    version,
    path: Deno.execPath(),
    ...(there
      ? {}
      : { detail: `tried with ${DENO_VERSION} only`, fix: `npx -y deno@${DENO_VERSION} task dev` }),
  };
}

async function findLibTorch(
  context: SetupContext,
  setup: string,
): Promise<{ finding: Finding; libtorch: LibTorch | undefined }> {
  const base = { name: "LibTorch", required: true };
  try {
    const libtorch = await locateLibTorch(
      context.environment,
      context.cache,
      context.build,
    );
    if (!libtorch) {
      return { finding: { ...base, there: false, detail: "not obtained yet", fix: setup }, libtorch };
    }
    const { route, dir } = libtorch;
    const finding = { ...base, there: true, version: LIBTORCH_VERSION, path: dir, detail: `from ${route}` };
    return { finding, libtorch };
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return { finding: { ...base, there: false, detail: error.what, fix: error.fix }, libtorch: undefined };
  }
}

async function findAddon(
  context: SetupContext,
  kind: "inference" | "trainer",
  rustc: string | undefined,
  libtorch: LibTorch | undefined,
  setup: string,
): Promise<Finding> {
  const name = kind === "inference" ? "Inference addon" : "Trainer addon";
  const { path } = await locateAddon(context, kind, rustc, libtorch);
  if (path) return { name, required: true, there: true, path };
  return { name, required: true, there: false, detail: "not built for these sources yet", fix: setup };
}

async function findServer(context: SetupContext, setup: string): Promise<Finding> {
  const base = { name: "Redis server", required: true };
  const server = await locateRedisServer(context);
  if (!server) return { ...base, there: false, detail: "not obtained yet", fix: setup };
  if (server.route === "REDIS_URL") return { ...base, there: true, detail: "named by REDIS_URL; not asked" };
  return { ...base, there: true, version: server.version, path: server.path, detail: `from ${server.route}` };
}

/** The packages of the import map, each in the version that it pins. */
async function findNpmPackages(repositoryDir: string): Promise<Finding> {
  const { imports } = JSON.parse(await Deno.readTextFile(join(repositoryDir, "deno.json"))) as {
    imports: Record<string, string>;
  };
  const wanted = Object.values(imports).flatMap((target) => {
    const [, name, version] = /^npm:((?:@[^/]+\/)?[^@/]+)@([^/]+)/.exec(target) ?? [];
    return name && version ? [{ name, version }] : [];
  });
  const folder = join(repositoryDir, "node_modules");
  const wrong = (await Promise.all(wanted.map(async ({ name, version }) => {
    const text = await Deno.readTextFile(join(folder, name, "package.json")).catch(() => "{}");
    return (JSON.parse(text) as { version?: string }).version === version ? [] : [`${name}@${version}`];
  }))).flat();
  const base = { name: "npm packages", required: true, path: folder };
  if (wrong.length === 0) return { ...base, there: true, detail: `${wanted.length} packages` };
  return {
    ...base,
    there: false,
    detail: `missing: ${wrong.join(", ")}`,
    fix: `npx -y deno@${DENO_VERSION} install`,
  };
}

async function findChromium(context: SetupContext): Promise<Finding> {
  const base = { name: "Chromium", required: false };
  for (const program of ["chromium", "chromium-browser", "google-chrome"]) {
    const path = await onPath(program, context.environment.PATH);
    if (path) return { ...base, there: true, path, ...await versionOf(context, path, ["--version"]) };
  }
  return {
    ...base,
    there: false,
    detail: "optional: browser tests are left out without it",
    fix: "Debian: sudo apt install chromium",
  };
}

async function findCudaDriver(context: SetupContext): Promise<Finding> {
  const query = ["--query-gpu=driver_version,name", "--format=csv,noheader"];
  const { code, stdout } = await probe(context, "nvidia-smi", query);
  const first = stdout.split("\n")[0]?.trim() ?? "";
  const base = { name: "CUDA driver", required: false };
  if (code !== 0) {
    return { ...base, there: false, detail: "optional: the trainer learns on the CPU without it" };
  }
  return { ...base, there: true, version: first.split(",")[0]!, detail: first.split(",")[1]?.trim() ?? "" };
}

async function findTool(
  context: SetupContext,
  name: string,
  program: string,
  args: readonly string[],
  purpose: string,
): Promise<Finding> {
  const path = await onPath(program, context.environment.PATH);
  const base = { name, required: false };
  if (!path) return { ...base, there: false, detail: purpose };
  return { ...base, there: true, path, ...await versionOf(context, program, args) };
}

async function fromObstacle(
  name: string,
  required: boolean,
  check: Promise<Obstacle | undefined>,
  describe: () => Promise<Partial<Finding>>,
): Promise<Finding> {
  const obstacle = await check;
  if (obstacle) return { name, required, there: false, detail: obstacle.what, fix: obstacle.fix };
  return { name, required, there: true, ...await describe() };
}

async function versionOf(
  context: SetupContext,
  program: string,
  args: readonly string[],
): Promise<Partial<Finding>> {
  const { stdout, stderr } = await probe(context, program, args);
  const version = /\d+(?:\.\d+)+[\w.+-]*/.exec(stdout || stderr)?.[0];
  const path = await onPath(program, context.environment.PATH);
  return { ...(version ? { version } : {}), ...(path ? { path } : {}) };
}
