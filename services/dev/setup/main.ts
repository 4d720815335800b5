/** `deno task setup`: obtains everything that the system needs and says where it is. */
import { fileURLToPath } from "node:url";
import { parseOptions, UsageError } from "../../core/runtime/command_line.ts";
import { writeText } from "../../core/runtime/write_text.ts";
import { setUp } from "./set_up.ts";
import { machineContext } from "./setup_context.ts";
import { SetupError } from "./setup_error.ts";
import { TerminalProgress } from "./terminal_progress.ts";

const HELP = `deno task setup [--json] [--help]

Obtains what is missing, once per user: LibTorch, a Redis server, both native addons.
What is there is passed over; an interrupted run goes on where it stopped.

  --json   one JSON document on stdout: where everything is

Environment:
  RLTRADER_CACHE  folder for what is obtained (default: $XDG_CACHE_HOME/rltrader, else ~/.cache/rltrader)
  LIBTORCH        use this LibTorch or PyTorch folder
  REDIS_URL       use this running server
`;

const OPTIONS = { json: { help: "One JSON document on stdout." } } as const;
const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    say(Deno.stdout, HELP);
    return 0;
  }
  const interrupted = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(name, () => interrupted.abort(new Error(`interrupted by ${name}`)));
  }
  try {
    const { json } = parseOptions(args, OPTIONS);
    const root = fileURLToPath(new URL("../../..", import.meta.url));
    const context = { ...machineContext(root, Deno.env.toObject()), signal: interrupted.signal };
    const progress = new TerminalProgress(Deno.stderr, undefined, () => Deno.consoleSize().columns);
    const result = await setUp(context, {
      want: ["redis", "libtorch", "inference-addon", "trainer-addon"],
      onProgress: progress.show,
    }).all;
    if (json) say(Deno.stdout, JSON.stringify(result, null, 2));
    return 0;
  } catch (error) {
    if (interrupted.signal.aborted) {
      say(Deno.stderr, "Interrupted; what is finished is kept");
      return EXIT_INTERRUPTED;
    }
    if (error instanceof UsageError) {
      say(Deno.stderr, error.message);
      return EXIT_USAGE;
    }
    say(Deno.stderr, error instanceof SetupError ? error.message : Deno.inspect(error));
    return 1;
  }
}

function say(stream: typeof Deno.stderr | typeof Deno.stdout, text: string): void {
  writeText(stream, `${text}\n`);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
