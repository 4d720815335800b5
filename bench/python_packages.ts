/** Obtains a Python that can run a peer's script: the interpreter in `RLTRADER_PYTHON`, else `python3` with pinned packages, which
 * are installed once per user into the cache of the set-up. Nobody has them who does not run the bench that needs them. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { finishFolder, isFinished } from "../services/dev/setup/finished_folder.ts";
import type { CommandRequest, Environment } from "../services/dev/setup/run_command.ts";
import { probe, type SetupContext } from "../services/dev/setup/setup_context.ts";
import { SetupError } from "../services/dev/setup/setup_error.ts";
import { withStepLock } from "../services/dev/setup/step_lock.ts";

/** How a peer is run. */
export interface PeerPython {
  readonly program: string;
  readonly environment: Environment;
  /** Of what is compared with, for people. */
  readonly versions: string;
}

export interface WantedPackages {
  /** Of the folder in the cache. */
  readonly name: string;
  /** For people, with what it costs to get them. */
  readonly title: string;
  readonly size: string;
  /** File of pinned packages, all that are needed: they are installed without dependencies. */
  readonly requirements: string;
  /** What must be there of an installation. */
  readonly proof: readonly string[];
  /** The peer: told `versions`, it prints what it is. */
  readonly script: string;
  /** What is to be done after the installation into a folder. */
  readonly finish?: (context: SetupContext, folder: string) => Promise<void>;
  /** How a user can help. */
  readonly remedy: string;
}

const INSTALL_DEADLINE_MS = 30 * 60_000;

/** @param say Told what takes long.
 * @throws {SetupError} If there is no Python, no pip, or the packages cannot be installed or imported. */
export async function pythonWith(
  wanted: WantedPackages,
  context: SetupContext,
  say: (text: string) => void,
): Promise<PeerPython> {
  const own = context.environment.RLTRADER_PYTHON;
  if (own) return await proven(wanted, context, own, context.environment);
  const tag = await ask(wanted, context, "python3", [
    "-c",
    "import pip, sys; print(sys.implementation.cache_tag)",
  ]);
  const pins = createHash("sha256").update(await Deno.readTextFile(wanted.requirements)).digest("hex");
  const folder = join(context.cache.root, wanted.name, `${tag}-${pins.slice(0, 12)}`);
  await withStepLock(context.cache.lock(wanted.name), {
    onWait: () => say(`waits for another bench that installs ${wanted.title}`),
  }, async () => {
    if (await isFinished(folder)) return;
    say(`installs ${wanted.title}, once: ${wanted.size} to download`);
    await finishFolder(folder, wanted.proof, async (aside) => {
      await install(wanted, context, aside);
      await provenAt(wanted, context, aside);
    });
  });
  return await provenAt(wanted, context, folder);
}

/** Starts a peer of its environment and no other, that answers lines. */
export function spawnPeer({ program, environment }: PeerPython, args: readonly string[]): Deno.ChildProcess {
  const variables = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]]
  );
  return new Deno.Command(program, {
    args: [...args],
    clearEnv: true,
    env: Object.fromEntries(variables),
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

/** Into a folder, not into a virtual environment, for which some systems lack a package. */
async function install(wanted: WantedPackages, context: SetupContext, folder: string): Promise<void> {
  const temporary = join(folder, "tmp");
  await Deno.mkdir(temporary);
  const options = [
    "--no-deps",
    "--only-binary=:all:",
    "--no-cache-dir",
    "--no-input",
    "--disable-pip-version-check",
  ];
  await ask(wanted, context, "python3", [
    ...["-m", "pip", "install", ...options],
    ...[`--target=${folder}`, `--requirement=${wanted.requirements}`],
  ], { environment: { ...context.environment, TMPDIR: temporary }, deadlineMs: INSTALL_DEADLINE_MS });
  await Deno.remove(temporary, { recursive: true });
  await wanted.finish?.(context, folder);
}

const provenAt = (wanted: WantedPackages, context: SetupContext, folder: string) =>
  proven(wanted, context, "python3", { ...context.environment, PYTHONPATH: folder });

/** Importing takes seconds, and tells more than looking. */
async function proven(
  wanted: WantedPackages,
  context: SetupContext,
  program: string,
  environment: Environment,
): Promise<PeerPython> {
  const versions = await ask(wanted, context, program, [wanted.script, "versions"], { environment });
  return { program, environment, versions };
}

/** What a program that must succeed says. */
export async function ask(
  { title, remedy }: Pick<WantedPackages, "title" | "remedy">,
  context: SetupContext,
  program: string,
  args: readonly string[],
  options: Partial<CommandRequest> = {},
): Promise<string> {
  const { code, stdout, stderr } = await probe(context, program, args, options);
  if (code === 0) return stdout.trim();
  throw new SetupError(
    `Cannot run ${title} as \`${program} ${
      args.slice(0, 3).join(" ")
    }\` must succeed: it ended with status ` +
      `${code} and said ${stderr.trim().split("\n").at(-1)}`,
    remedy,
  );
}
