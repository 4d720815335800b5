/** Obtains a Python that can run `stable_baselines.py`: the interpreter in `RLTRADER_PYTHON`, else `python3` with the packages of
 * `stable_baselines.txt`, which are installed once per user into the cache of the set-up (0.55 GB to download, 1.3 GB on disk).
 * Nobody has them who does not run this bench. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { finishFolder, isFinished } from "../services/dev/setup/finished_folder.ts";
import type { CommandRequest, Environment } from "../services/dev/setup/run_command.ts";
import { probe, type SetupContext } from "../services/dev/setup/setup_context.ts";
import { SetupError } from "../services/dev/setup/setup_error.ts";
import { withStepLock } from "../services/dev/setup/step_lock.ts";

/** How the peer is run. */
export interface PeerPython {
  readonly program: string;
  readonly environment: Environment;
  /** Of what is compared with, for people. */
  readonly versions: string;
}

const PEER = fileURLToPath(new URL("stable_baselines.py", import.meta.url));
const REQUIREMENTS = fileURLToPath(new URL("stable_baselines.txt", import.meta.url));
/** What must be there of an installation. */
const PROOF = ["torch/version.py", "stable_baselines3/version.txt"];
const INSTALL_DEADLINE_MS = 30 * 60_000;

/** @param say Told what takes long.
 * @throws {SetupError} If there is no Python, no pip, or the packages cannot be installed or imported. */
export async function stableBaselinesPython(
  context: SetupContext,
  say: (text: string) => void,
): Promise<PeerPython> {
  const own = context.environment.RLTRADER_PYTHON;
  if (own) return await proven(context, own, context.environment);
  const tag = await ask(context, "python3", ["-c", "import pip, sys; print(sys.implementation.cache_tag)"]);
  const pins = createHash("sha256").update(await Deno.readTextFile(REQUIREMENTS)).digest("hex").slice(0, 12);
  const folder = join(context.cache.root, "stable-baselines", `${tag}-${pins}`);
  await withStepLock(context.cache.lock("stable-baselines"), {
    onWait: () => say("waits for another bench that installs Stable-Baselines3"),
  }, async () => {
    if (await isFinished(folder)) return;
    say("installs Stable-Baselines3 and PyTorch, once: 0.55 GB to download");
    await finishFolder(folder, PROOF, async (aside) => {
      await install(context, aside);
      await provenAt(context, aside);
    });
  });
  return await provenAt(context, folder);
}

/** Into a folder, not into a virtual environment, for which some systems lack a package. */
async function install(context: SetupContext, folder: string): Promise<void> {
  const temporary = join(folder, "tmp");
  await Deno.mkdir(temporary);
  const options = [
    "--no-deps",
    "--only-binary=:all:",
    "--no-cache-dir",
    "--no-input",
    "--disable-pip-version-check",
  ];
  await ask(context, "python3", [
    ...["-m", "pip", "install", ...options],
    ...[`--target=${folder}`, `--requirement=${REQUIREMENTS}`],
  ], { environment: { ...context.environment, TMPDIR: temporary }, deadlineMs: INSTALL_DEADLINE_MS });
  await Deno.remove(temporary, { recursive: true });
  if (context.build.os === "linux") await standInForGpuLibraries(context, folder);
}

/** On Linux PyTorch's packages want NVIDIA's libraries (2.3 GB) to be there, of which a CPU calls nothing: empty ones of their
 * names do, as long as functions are looked up only when they are called. */
async function standInForGpuLibraries(context: SetupContext, folder: string): Promise<void> {
  const torch = join(folder, "torch/lib");
  const own = (await namesIn(torch)).filter((name) => name.endsWith(".so"));
  const there = new Set(await namesIn(join(folder, "nvidia/cu13/lib")));
  const sections = await Promise.all(
    own.map((name) => ask(context, "readelf", ["--dynamic", join(torch, name)])),
  );
  // Not libcuda, which comes with a driver and is wanted only where there is one.
  const wanted = sections.join().matchAll(/\(NEEDED\).*\[(lib(?:cu(?!da\.)|nccl|nv)[^\]]*)\]/g);
  for (const name of new Set(wanted.map(([, name]) => name)).difference(there)) {
    const empty = ["-shared", "-nostdlib", `-Wl,-soname,${name}`, "-x", "c", "/dev/null"];
    await ask(context, "cc", [...empty, "-o", join(torch, name)]);
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).filter(({ isFile }) => isFile).map(({ name }) => name);
}

const provenAt = (context: SetupContext, folder: string) =>
  proven(context, "python3", { ...context.environment, PYTHONPATH: folder });

/** Importing takes seconds, and tells more than looking. */
async function proven(context: SetupContext, program: string, environment: Environment): Promise<PeerPython> {
  return { program, environment, versions: await ask(context, program, [PEER, "versions"], { environment }) };
}

/** What a program that must succeed says. */
async function ask(
  context: SetupContext,
  program: string,
  args: readonly string[],
  options: Partial<CommandRequest> = {},
): Promise<string> {
  const { code, stdout, stderr } = await probe(context, program, args, options);
  if (code === 0) return stdout.trim();
  throw new SetupError(
    `Cannot run Stable-Baselines3 as \`${program} ${
      args.slice(0, 3).join(" ")
    }\` must succeed: it ended with status ` +
      `${code} and said ${stderr.trim().split("\n").at(-1)}`,
    "install Python 3 with pip and a C compiler, or let RLTRADER_PYTHON name a Python that has stable_baselines3",
  );
}
