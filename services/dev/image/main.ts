/** Lays what a container image needs into a folder: the npm packages that one process reaches, or the native engines.
 * The Dockerfiles run it, so that versions and hashes stay where the project pins them. Needs no npm package itself. */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { helpText, type Options, parseOptions, UsageError } from "../../core/runtime/command_line.ts";
import { writeText } from "../../core/runtime/write_text.ts";
import { machineContext } from "../setup/setup_context.ts";
import { SetupError } from "../setup/setup_error.ts";
import { TerminalProgress } from "../setup/terminal_progress.ts";
import { layEngines } from "./engines.ts";
import { layPackages } from "./packages.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
const OPTIONS = {
  "packages-of": { help: "Lay node_modules of this entry, e.g. services/core/main.ts.", value: "FILE" },
  engine: {
    help: "Build and lay this engine; the trainer's comes with LibTorch.",
    value: "inference|trainer",
    check: (text: string) => /^(inference|trainer)$/.test(text) ? null : "must be inference or trainer",
  },
  into: { help: "The folder to lay it into.", value: "DIR" },
} as const;

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    writeText(Deno.stdout, helpText("image", "Lays what a container image needs into a folder.", OPTIONS));
    return 0;
  }
  try {
    await lay(parseOptions(args, OPTIONS));
    return 0;
  } catch (error) {
    const forPeople = error instanceof UsageError || error instanceof SetupError;
    writeText(Deno.stderr, `${forPeople ? error.message : Deno.inspect(error)}\n`);
    return 1;
  }
}

async function lay(options: Options<typeof OPTIONS>): Promise<void> {
  const { engine, into } = options;
  const entry = options["packages-of"];
  if (into === undefined || (engine === undefined) === (entry === undefined)) {
    throw new UsageError("Cannot start as --into and one of --packages-of and --engine must be given");
  }
  if (entry !== undefined) {
    return await layPackages({ root: ROOT, entry, into: resolve(into), deno: Deno.execPath() });
  }
  const context = machineContext(ROOT, Deno.env.toObject());
  const progress = new TerminalProgress(Deno.stderr);
  await layEngines(context, engine === "trainer" ? "trainer" : "inference", resolve(into), progress.show);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
