/** The overlays as the scripts render them, and the tools that tests of the cluster need. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { machineContext, type SetupContext } from "../setup/setup_context.ts";
import { SetupError } from "../setup/setup_error.ts";
import { kustomizeCommand } from "./check_tools.ts";
import { type Manifest, parseManifests } from "./manifests/manifest.ts";

export const ROOT = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
export const OVERLAYS = ["local", "gpu", "keda", "tls"] as const;
export const context: SetupContext = machineContext(ROOT, Deno.env.toObject());

/** A tool or what it makes; null, said once, where it cannot be had here. */
export async function whereThere<T>(t: Deno.TestContext, obtain: () => Promise<T>): Promise<T | null> {
  try {
    return await obtain();
  } catch (cause) {
    if (!(cause instanceof SetupError)) throw cause;
    Deno.stderr.writeSync(new TextEncoder().encode(`${t.name}: left out. ${cause.message}\n`));
    await t.step({ name: `left out: ${cause.message.split("\n")[0]}`, ignore: true, fn() {} });
    return null;
  }
}

/** Renders a folder of k3s. @throws {SetupError} If nothing can render here. */
export async function rendered(folder: string): Promise<Manifest[]> {
  const [program, ...args] = await kustomizeCommand(context);
  const { code, stdout, stderr } = await new Deno.Command(program!, {
    args: [...args, join(ROOT, "k3s", folder)],
  }).output();
  const [out, said] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (code !== 0) throw new Error(`${folder} must be rendered: ${said}`);
  return parseManifests(out!);
}

/** Runs a script of ours as a user would. */
export async function runScript(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: [join(ROOT, "k3s", name), ...args],
    env,
    stdin: "null",
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}
