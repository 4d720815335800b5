/** `deno task trainer|inference`: one process with what it needs set up: its addons are found or built first. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { machineContext } from "../setup/setup_context.ts";
import { setUp, type SetupTarget } from "../setup/set_up.ts";
import { SetupError } from "../setup/setup_error.ts";
import { TerminalProgress } from "../setup/terminal_progress.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");

/** Programs that run the network, and the addons that each takes as an option. */
const PROGRAMS: Readonly<Record<string, { readonly main: string; readonly want: readonly SetupTarget[] }>> = {
  trainer: { main: "services/trainer/main.ts", want: ["inference-addon", "trainer-addon"] },
  inference: { main: "services/inference/main.ts", want: ["inference-addon"] },
  yardstick: { main: "services/trainer/yardstick/main.ts", want: ["trainer-addon"] },
  backtest: { main: "services/trainer/backtest/main.ts", want: ["inference-addon", "trainer-addon"] },
  train: { main: "services/trainer/train/main.ts", want: ["inference-addon", "trainer-addon"] },
};

async function main([name, ...args]: readonly string[]): Promise<number> {
  const program = PROGRAMS[name ?? ""];
  if (program === undefined) {
    say(`Cannot run ${name ?? "nothing"} as it must be one of ${Object.keys(PROGRAMS).join(", ")}`);
    return 2;
  }
  const addons = args.includes("--help") ? [] : await addonOptions(program.want);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `--config=${join(ROOT, "deno.json")}`, join(ROOT, program.main), ...addons, ...args],
    cwd: ROOT,
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      if (signal === "SIGTERM") child.kill(signal); // Ctrl-C reaches the child by itself
    });
  }
  return (await child.status).code;
}

async function addonOptions(want: readonly SetupTarget[]): Promise<string[]> {
  const progress = new TerminalProgress(Deno.stderr, undefined, () => Deno.consoleSize().columns);
  const made = await setUp(machineContext(ROOT, Deno.env.toObject()), {
    want,
    onProgress: (step) => step.state === "skipped" ? undefined : progress.show(step),
  }).all;
  return [
    ...(made.inferenceAddon === undefined ? [] : [`--inference-addon=${made.inferenceAddon}`]),
    ...(made.trainerAddon === undefined ? [] : [`--trainer-addon=${made.trainerAddon}`]),
  ];
}

function say(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
}

try {
  Deno.exit(await main(Deno.args));
} catch (cause) {
  say(cause instanceof SetupError ? cause.message : Deno.inspect(cause));
  Deno.exit(1);
}
