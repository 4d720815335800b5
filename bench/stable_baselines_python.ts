/** Obtains a Python that can run `stable_baselines.py`, with the packages of `stable_baselines.txt` (1.3 GB on disk). */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SetupContext } from "../services/dev/setup/setup_context.ts";
import { ask, type PeerPython, pythonWith, type WantedPackages } from "./python_packages.ts";

export const STABLE_BASELINES_PEER = fileURLToPath(new URL("stable_baselines.py", import.meta.url));

const WANTED: WantedPackages = {
  name: "stable-baselines",
  title: "Stable-Baselines3 and PyTorch",
  size: "0.55 GB",
  requirements: fileURLToPath(new URL("stable_baselines.txt", import.meta.url)),
  proof: ["torch/version.py", "stable_baselines3/version.txt"],
  script: STABLE_BASELINES_PEER,
  finish: async (context, folder) => {
    if (context.build.os === "linux") await standInForGpuLibraries(context, folder);
  },
  remedy:
    "install Python 3 with pip and a C compiler, or let RLTRADER_PYTHON name a Python that has stable_baselines3",
};

/** @param say Told what takes long.
 * @throws {SetupError} If there is no Python, no pip, or the packages cannot be installed or imported. */
export function stableBaselinesPython(
  context: SetupContext,
  say: (text: string) => void,
): Promise<PeerPython> {
  return pythonWith(WANTED, context, say);
}

/** On Linux PyTorch's packages want NVIDIA's libraries (2.3 GB) to be there, of which a CPU calls nothing: empty ones of their
 * names do, as long as functions are looked up only when they are called. */
async function standInForGpuLibraries(context: SetupContext, folder: string): Promise<void> {
  const torch = join(folder, "torch/lib");
  const own = (await namesIn(torch)).filter((name) => name.endsWith(".so"));
  const there = new Set(await namesIn(join(folder, "nvidia/cu13/lib")));
  const sections = await Promise.all(
    own.map((name) => ask(WANTED, context, "readelf", ["--dynamic", join(torch, name)])),
  );
  // Not libcuda, which comes with a driver and is wanted only where there is one.
  const wanted = sections.join().matchAll(/\(NEEDED\).*\[(lib(?:cu(?!da\.)|nccl|nv)[^\]]*)\]/g);
  for (const name of new Set(wanted.map(([, name]) => name)).difference(there)) {
    const empty = ["-shared", "-nostdlib", `-Wl,-soname,${name}`, "-x", "c", "/dev/null"];
    await ask(WANTED, context, "cc", [...empty, "-o", join(torch, name)]);
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).filter(({ isFile }) => isFile).map(({ name }) => name);
}
