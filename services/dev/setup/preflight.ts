/** Checks, before anything starts, that the set-up can end well: tools, room on the disk, a cache that can be written. */
import { dirname, join } from "node:path";
import { statfs } from "node:fs/promises";
import { parseManifest } from "./cargo_manifest.ts";
import { isMissing } from "./finished_folder.ts";
import { rustcVersion } from "./locate.ts";
import { probe, type SetupContext } from "./setup_context.ts";
import { SetupError } from "./setup_error.ts";

/** What the set-up is about to do. */
export interface PlannedWork {
  readonly download: boolean;
  readonly libtorch: boolean;
  readonly addons: boolean;
  readonly cppCompiler: boolean;
}

/** One thing that stands in the way, and what removes it. */
export interface Obstacle {
  readonly what: string;
  readonly fix: string;
}

const MIB = 1024 * 1024;
/** Peaks as measured on a cold set-up, with a margin: the wheel lies there twice while pip copies it. */
const LIBTORCH_BYTES = 1_300 * MIB;
const CPP_BUILD_BYTES = 900 * MIB;
const RUST_BUILD_BYTES = 300 * MIB;
const DOWNLOAD_BYTES = 20 * MIB;

/** @throws {SetupError} One error for all obstacles. */
export async function preflight(context: SetupContext, work: PlannedWork): Promise<void> {
  const checks = [
    ...(work.download ? [checkPip(context)] : []),
    ...(work.addons ? [checkRust(context)] : []),
    ...(work.addons ? [checkLinker(context)] : []),
    ...(work.cppCompiler ? [checkCppCompiler(context)] : []),
    checkRoom(context, neededBytes(work)),
  ];
  const obstacles = (await Promise.all(checks)).filter((found) => found !== undefined);
  if (obstacles.length === 0) return;
  if (obstacles.length === 1) throw new SetupError(`Cannot start: ${obstacles[0]!.what}`, obstacles[0]!.fix);
  const list = obstacles.map(({ what, fix }) => `\n  - ${what}\n      ${fix}`).join("");
  throw new SetupError(
    `Cannot start as ${obstacles.length} things stand in the way:${list}`,
    "do these, then start again",
  );
}

export function neededBytes(work: PlannedWork): number {
  return (work.libtorch ? LIBTORCH_BYTES : 0) + (work.cppCompiler ? CPP_BUILD_BYTES : 0) +
    (work.addons ? RUST_BUILD_BYTES : 0) + (work.download ? DOWNLOAD_BYTES : 0);
}

export async function checkPip(context: SetupContext): Promise<Obstacle | undefined> {
  const python = await probe(context, "python3", ["--version"]);
  if (python.code !== 0) {
    return {
      what: "Python 3 is needed to download packages: python3 is not on PATH, or does not run",
      fix: "Debian and Ubuntu: sudo apt install python3 python3-pip; macOS: brew install python3",
    };
  }
  if ((await probe(context, "python3", ["-m", "pip", "--version"])).code === 0) return undefined;
  return {
    what: `pip is needed to download packages: ${python.stdout.trim()} has no pip module`,
    fix: "Debian and Ubuntu: sudo apt install python3-pip; elsewhere: python3 -m ensurepip --user",
  };
}

export async function checkRust(context: SetupContext): Promise<Obstacle | undefined> {
  const needed = await neededRust(context.nativeDir);
  const cargo = await probe(context, "cargo", ["--version"], { workingDir: context.nativeDir });
  const rustc = cargo.code === 0 ? await rustcVersion(context) : undefined;
  if (rustc === undefined) {
    const said = cargo.code === 127
      ? "cargo is not on PATH"
      : `cargo or rustc does not run: ${cargo.stderr.trim()}`;
    return {
      what: `Rust ${needed ?? ""} or later is needed to build the native addons: ${said}`,
      fix: "install rustup as https://rustup.rs says, or if you have it: . ~/.cargo/env",
    };
  }
  if (needed === undefined || isAtLeast(rustc, needed)) return undefined;
  return {
    what: `Rust ${needed} or later is needed to build the native addons: rustc is ${rustc}`,
    fix: "rustup update stable",
  };
}

export async function checkLinker(context: SetupContext): Promise<Obstacle | undefined> {
  if ((await probe(context, "cc", ["--version"])).code === 0) return undefined;
  return {
    what: "a C compiler is needed to link the native addons: cc is not on PATH, or does not run",
    fix: INSTALL_COMPILER,
  };
}

/** Compiles a line, as a compiler without the standard library's headers is of no use. */
export async function checkCppCompiler(context: SetupContext): Promise<Obstacle | undefined> {
  const compiler = context.environment.CXX || "c++";
  const args = ["-std=c++17", "-x", "c++", "-fsyntax-only", "-include", "vector", "/dev/null"];
  const outcome = await probe(context, compiler, args);
  if (outcome.code === 0) return undefined;
  const named = context.environment.CXX ? `CXX is ${compiler}, which` : `${compiler}`;
  const said = outcome.code === 127
    ? "is not on PATH"
    : `cannot compile a C++17 line: ${outcome.stderr.trim().split("\n")[0]}`;
  return {
    what: `a C++ compiler is needed to build the binding to LibTorch: ${named} ${said}`,
    fix: `${INSTALL_COMPILER}; or let CXX name another one`,
  };
}

export async function checkRoom(context: SetupContext, bytes: number): Promise<Obstacle | undefined> {
  const root = context.cache.root;
  const anotherFolder = "export RLTRADER_CACHE=/a/folder/on/another/disk";
  try {
    await Deno.mkdir(root, { recursive: true });
    const trial = join(root, `.trial-${Deno.pid}`);
    await Deno.writeTextFile(trial, "");
    await Deno.remove(trial);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { what: `the cache folder ${root} must be writable: ${reason}`, fix: anotherFolder };
  }
  const free = await freeBytes(root);
  if (free >= bytes) return undefined;
  return {
    what: `${inMib(bytes)} must be free for the cache in ${root}: ${inMib(free)} are`,
    fix: `free some space there, or ${anotherFolder}`,
  };
}

/** Free bytes on the disk of the path, or of the nearest folder above it that is there. */
export async function freeBytes(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch (error) {
    if ((isMissing(error) || (error as { code?: string }).code === "ENOENT") && dirname(path) !== path) {
      return await freeBytes(dirname(path));
    }
    throw error;
  }
}

const INSTALL_COMPILER =
  "Debian and Ubuntu: sudo apt install build-essential; Fedora: sudo dnf install gcc-c++; macOS: xcode-select --install";

function isAtLeast(version: string, needed: string): boolean {
  const [have, want] = [version, needed].map((text) => text.split(/[.-]/).map(Number));
  for (const [index, part] of want!.entries()) {
    if (have![index] !== part) return have![index]! > part;
  }
  return true;
}

async function neededRust(nativeDir: string): Promise<string | undefined> {
  try {
    const manifest = parseManifest(await Deno.readTextFile(join(nativeDir, "Cargo.toml")));
    const value = manifest.find(({ section, key }) =>
      section === "workspace.package" && key === "rust-version"
    )?.value;
    return value?.replaceAll('"', "");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function inMib(bytes: number): string {
  return `${Math.round(bytes / MIB)} MiB`;
}
