/** Finds LibTorch without asking any program: the `LIBTORCH` folder, the PyTorch found before, or our own view of the wheels. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { CacheFolders } from "./cache_folders.ts";
import { isFinished, isMissing } from "./finished_folder.ts";
import type { Environment } from "./run_command.ts";
import { SetupError } from "./setup_error.ts";
import { LIBTORCH_VERSION, type LibTorchPin, libtorchPinFor, type Platform } from "./wheel_pins.ts";

export interface LibTorch {
  readonly route: "LIBTORCH" | "python" | "cache";
  /** The folder that holds `include/` and `lib/`, as torch-sys wants it. */
  readonly dir: string;
  /** Differs whenever an addon must be linked again. */
  readonly identity: string;
}

/** What is known of a PyTorch that Python could import. */
export interface PythonTorchRecord {
  readonly dir: string;
  readonly identity: string;
}

/** @returns `undefined` if none is there yet.
 * @throws {SetupError} If `LIBTORCH` is set and does not name a LibTorch of the exact version. */
export async function locateLibTorch(
  environment: Environment,
  cache: CacheFolders,
  build: Platform,
): Promise<LibTorch | undefined> {
  if (environment.LIBTORCH) return await libtorchAt(environment.LIBTORCH, build.os);
  const fromPython = await recordedPythonTorch(cache, build.os);
  if (fromPython) return fromPython;
  const pin = libtorchPinFor(build);
  if (!pin) return undefined;
  const dir = cache.libtorch(viewKey(pin));
  return await isFinished(dir) ? { route: "cache", dir, identity: `cache-${viewKey(pin)}` } : undefined;
}

/** Names the view of the wheels by everything that it is made of. */
export function viewKey(pin: LibTorchPin): string {
  const content = pin.parts.map(({ wheel, files }) => [wheel.sha256, files]);
  return createHash("sha256").update(JSON.stringify([content, pin.linkerScript])).digest("hex").slice(0, 12);
}

/** @returns Why the folder is not a whole PyTorch or LibTorch of the exact version, or its identity. */
export async function inspectLibTorchFolder(
  dir: string,
  os: string,
): Promise<{ identity: string } | { fault: string }> {
  const version = await versionOf(dir);
  if (version === undefined) return { fault: "it holds neither build-version nor version.py" };
  if (version.split("+")[0] !== LIBTORCH_VERSION) return { fault: `its version is ${version}` };
  const suffix = os === "darwin" ? "dylib" : "so";
  const needed = [`lib/libtorch_cpu.${suffix}`, `lib/libtorch.${suffix}`, `lib/libc10.${suffix}`];
  const headers = ["include/torch/csrc/api/include/torch/torch.h"];
  const found = await Promise.all([...needed, ...headers].map((name) => statOf(join(dir, name))));
  const missing = [...needed, ...headers].filter((_, index) => found[index] === undefined);
  if (missing.length > 0) return { fault: `it lacks ${missing.join(", ")}` };
  const library = found[0]!;
  const mark = [await Deno.realPath(dir), version, library.size, library.mtime?.getTime()].join("|");
  return { identity: createHash("sha256").update(mark).digest("hex").slice(0, 16) };
}

async function libtorchAt(dir: string, os: string): Promise<LibTorch> {
  const inspected = await inspectLibTorchFolder(dir, os);
  if ("fault" in inspected) {
    throw new SetupError(
      `Cannot use LIBTORCH as it must name a whole LibTorch ${LIBTORCH_VERSION} (include/ and lib/): ` +
        `it is ${dir}, and ${inspected.fault}`,
      "unset LIBTORCH, so that the set-up obtains LibTorch by itself, or let it name the right folder",
    );
  }
  return { route: "LIBTORCH", dir, identity: inspected.identity };
}

async function recordedPythonTorch(cache: CacheFolders, os: string): Promise<LibTorch | undefined> {
  try {
    const record = JSON.parse(await Deno.readTextFile(cache.pythonTorchRecord())) as PythonTorchRecord;
    const inspected = await inspectLibTorchFolder(record.dir, os);
    if ("fault" in inspected || inspected.identity !== record.identity) return undefined;
    return { route: "python", dir: record.dir, identity: record.identity };
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A LibTorch archive says its version in `build-version`, a PyTorch package in `version.py`. */
async function versionOf(dir: string): Promise<string | undefined> {
  const buildVersion = await textOf(join(dir, "build-version"));
  if (buildVersion !== undefined) return buildVersion.trim();
  return /^__version__ = ['"]([^'"]+)['"]/m.exec(await textOf(join(dir, "version.py")) ?? "")?.[1];
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function statOf(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
