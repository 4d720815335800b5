/** Obtains LibTorch where none is there: an importable PyTorch of the exact version, else a small view of three wheels. */
import { dirname, join } from "node:path";
import { finishFolder, removeIfThere } from "./finished_folder.ts";
import {
  inspectLibTorchFolder,
  type LibTorch,
  locateLibTorch,
  type PythonTorchRecord,
  viewKey,
} from "./libtorch.ts";
import { probe, type SetupContext } from "./setup_context.ts";
import { SetupError } from "./setup_error.ts";
import type { StepReport } from "./setup_step.ts";
import { withStepLock } from "./step_lock.ts";
import { downloadWheel } from "./wheel_download.ts";
import { LIBTORCH_VERSION, type LibTorchPin, libtorchPinFor } from "./wheel_pins.ts";
import { unpackWheel } from "./wheel_unpack.ts";

/** Reads the version without importing, as importing PyTorch takes seconds; then proves that it can be imported. */
const FIND_PYTORCH = `
import importlib.metadata, sys
try:
    version = importlib.metadata.version("torch").split("+")[0]
except importlib.metadata.PackageNotFoundError:
    sys.exit(3)
if version != "${LIBTORCH_VERSION}":
    sys.exit(3)
import os, torch
print(os.path.dirname(os.path.realpath(torch.__file__)))
`;

export async function obtainLibTorch(context: SetupContext, report: StepReport): Promise<LibTorch> {
  const fromPython = await findPythonTorch(context);
  if (fromPython) return fromPython;
  const pin = libtorchPinFor(context.build);
  if (!pin) throw noLibTorchFor(context.build);
  return await withStepLock(context.cache.lock("libtorch"), {
    onWait: () => report.update({ detail: "waits for another set-up that is obtaining LibTorch" }),
    ...(context.signal ? { signal: context.signal } : {}),
  }, async () => {
    const there = await locateLibTorch(
      context.environment,
      context.cache,
      context.build,
    );
    if (there) return there;
    await unpackView(context, pin, await downloadAll(context, pin, report), report);
    const dir = context.cache.libtorch(viewKey(pin));
    return { route: "cache", dir, identity: `cache-${viewKey(pin)}` };
  });
}

async function downloadAll(context: SetupContext, pin: LibTorchPin, report: StepReport): Promise<string[]> {
  const totalBytes = pin.parts.reduce((sum, { wheel }) => sum + wheel.bytes, 0);
  const archives: string[] = [];
  let before = 0;
  for (const { wheel } of pin.parts) {
    report.update({ detail: `downloading ${wheel.project} ${wheel.version}`, doneBytes: before, totalBytes });
    archives.push(
      await downloadWheel(context, wheel, (bytes) => report.update({ doneBytes: before + bytes })),
    );
    before += wheel.bytes;
  }
  return archives;
}

async function unpackView(
  context: SetupContext,
  pin: LibTorchPin,
  archives: readonly string[],
  report: StepReport,
): Promise<void> {
  const proof = [...pin.libraries.map((library) => `lib/${library}`), "build-version"];
  await finishFolder(context.cache.libtorch(viewKey(pin)), proof, async (aside) => {
    for (const [index, extraction] of pin.parts.entries()) {
      report.update({ detail: `unpacking ${extraction.wheel.project}`, doneBytes: 0, totalBytes: 0 });
      await unpackWheel(context, archives[index]!, extraction, aside, (doneBytes, totalBytes) => {
        report.update({ doneBytes, totalBytes });
      });
    }
    if (pin.linkerScript) await Deno.writeTextFile(join(aside, "lib", "libtorch.so"), pin.linkerScript);
    await Deno.writeTextFile(join(aside, "build-version"), `${LIBTORCH_VERSION}\n`);
  });
  await Promise.all(archives.map(removeIfThere));
}

/** Remembers what it found, so that the next start need not run Python. */
async function findPythonTorch(context: SetupContext): Promise<LibTorch | undefined> {
  const outcome = await probe(context, "python3", ["-c", FIND_PYTORCH]);
  if (outcome.code !== 0) return undefined;
  const dir = outcome.stdout.trim().split("\n").at(-1) ?? "";
  const inspected = await inspectLibTorchFolder(dir, context.build.os);
  if ("fault" in inspected) return undefined;
  const record: PythonTorchRecord = { dir, identity: inspected.identity };
  const path = context.cache.pythonTorchRecord();
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(`${path}.${Deno.pid}`, JSON.stringify(record));
  await Deno.rename(`${path}.${Deno.pid}`, path);
  return { route: "python", ...record };
}

function noLibTorchFor(build: SetupContext["build"]): SetupError {
  return new SetupError(
    `Cannot obtain LibTorch as a build of it must be known for this platform: none is for ${build.arch} ${build.os}`,
    `python3 -m pip install torch==${LIBTORCH_VERSION}, or unpack LibTorch ${LIBTORCH_VERSION} and ` +
      `export LIBTORCH=/its/folder`,
  );
}
