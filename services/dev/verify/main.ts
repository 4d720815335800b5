/** `deno task check` and `deno task test`: sets up what is missing, then runs every check or every test. */
import { fileURLToPath } from "node:url";
import { UsageError } from "../../core/runtime/command_line.ts";
import { writeBytes, writeText } from "../../core/runtime/write_text.ts";
import { cargoEnvironment } from "../setup/cargo_environment.ts";
import { rustcVersion } from "../setup/locate.ts";
import { setUp } from "../setup/set_up.ts";
import { machineContext } from "../setup/setup_context.ts";
import { SetupError } from "../setup/setup_error.ts";
import { TerminalProgress } from "../setup/terminal_progress.ts";
import { checkSteps, testSteps } from "./steps.ts";
import { verify } from "./verification.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
const HELP = {
  check: `deno task check [--json] [--help]

Formatting, lints, types, import direction, clippy. Fails if any of them does.
`,
  test: `deno task test [--json] [--help] [-- FILES]

All tests: TypeScript with real Redis and real processes, and the Rust workspace. Sets up what is missing.
`,
} as const;

async function main([command, ...args]: readonly string[]): Promise<number> {
  if (command !== "check" && command !== "test") {
    throw new UsageError("Cannot run as the command must be check or test");
  }
  if (args.includes("--help")) {
    writeText(Deno.stdout, HELP[command]);
    return 0;
  }
  const json = args.includes("--json");
  const files = args.filter((arg) => arg !== "--json" && arg !== "--");
  const wrong = files.filter((arg) => arg.startsWith("-") || command === "check");
  if (wrong.length > 0) throw new UsageError(`Cannot run as these are no options: ${wrong.join(" ")}`);
  const context = machineContext(ROOT, Deno.env.toObject());
  const progress = new TerminalProgress(Deno.stderr, undefined, () => Deno.consoleSize().columns);
  const made = await setUp(context, {
    want: command === "test" ? ["redis", "inference-addon", "trainer-addon"] : ["libtorch"],
    onProgress: (step) => step.state === "skipped" ? undefined : progress.show(step),
  }).all;
  const cargo = cargoEnvironment(context, {
    rustc: await rustcVersion(context) ?? "",
    libtorch: made.libtorch,
  });
  const server = made.redisServer === undefined || made.redisServer.route === "REDIS_URL"
    ? undefined
    : made.redisServer.path;
  const place = {
    root: ROOT,
    nativeDir: context.nativeDir,
    denoPath: Deno.execPath(),
    environment: {
      ...context.environment,
      RLTRADER_REDIS_SERVER: server,
      RLTRADER_ADDON_INFERENCE: made.inferenceAddon,
      RLTRADER_ADDON_TRAINER: made.trainerAddon,
      REDIS_URL: undefined,
    },
    cargoEnvironment: cargo,
  };
  const steps = command === "check" ? checkSteps(place) : testSteps(place, files);
  const results = await verify(steps, (bytes) => writeBytes(Deno.stderr, bytes));
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  writeText(
    Deno.stderr,
    `\n${
      results.map((result) => `${result.ok ? "ok    " : "FAILED"}  ${result.name}  ${result.seconds} s`).join(
        "\n",
      )
    }\n\n`,
  );
  writeText(
    Deno.stdout,
    json
      ? `${JSON.stringify({ passed, failed, steps: results }, null, 2)}\n`
      : `${passed} passed, ${failed} failed\n`,
  );
  return failed === 0 && results.every((result) => result.ok) ? 0 : 1;
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (cause) {
    const forPeople = cause instanceof SetupError || cause instanceof UsageError;
    writeText(Deno.stderr, `${forPeople ? cause.message : Deno.inspect(cause)}\n`);
    Deno.exit(1);
  }
}
