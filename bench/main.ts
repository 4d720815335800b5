// deno-lint-ignore-file no-console -- a bench prints
/** `deno task bench`: every measurement, or the named ones; each compares with a peer or a floor in the same run. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { machineContext } from "../services/dev/setup/setup_context.ts";
import { setUp } from "../services/dev/setup/set_up.ts";
import { SetupError } from "../services/dev/setup/setup_error.ts";
import { TerminalProgress } from "../services/dev/setup/terminal_progress.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Name → what it measures. */
const BENCHES: Readonly<Record<string, string>> = {
  forward: "the fused forward against onnxruntime-node and LibTorch",
  candidates: "values of a state's candidate decisions, against one forward",
  attribution: "reason weights of a decision, against the forward passes that they need at least",
  learner: "training steps against PyTorch, where Python has it",
  serving: "how late the trainer serves while it trains, against a loop at rest",
  backtest: "bars a second of a backtest, and its account loop against PyPI's backtesting",
  core: "1,000 symbols × 1 bar/s through core: its CPU and delay, against bare XADDs",
  features: "the default features a bar, flat over the history's length, against whole-array functions",
  csv: "CSV reading with inspection, against papaparse alone",
  ui: "the live page: its size, its chart in a browser, its readers",
  decision_path: "bar in Redis → decision committed, against a stream ping-pong",
};

/** Run only when named, as they take minutes or download what others need not have. */
const ON_REQUEST: Readonly<Record<string, string>> = {
  failover: "killing replicas that lead 300 symbols: nothing missing or doubled, and how long symbols wait",
  stable_baselines: "learning against Stable-Baselines3's DQN; installs it with PyTorch (0.55 GB)",
};
const ALL = { ...BENCHES, ...ON_REQUEST };

const listed = (benches: Readonly<Record<string, string>>) =>
  Object.entries(benches).map(([name, what]) => `  ${name.padEnd(18)}${what}`).join("\n");

const HELP = `deno task bench [NAME…] [--json] [--help]

${listed(BENCHES)}

Only when named:
${listed(ON_REQUEST)}

Fails if a measurement misses what it must reach. Run it on an idle machine.
`;

async function main(args: readonly string[]): Promise<number> {
  const names = args.filter((arg) => !arg.startsWith("--"));
  const unknown = args.filter((arg) =>
    arg.startsWith("--") ? !["--json", "--help"].includes(arg) : !(arg in ALL)
  );
  if (unknown.length > 0) {
    console.error(
      `Cannot run as these are no benches or options: ${unknown.join(" ")}. There are ${
        Object.keys(ALL).join(", ")
      }`,
    );
    return 2;
  }
  if (args.includes("--help")) {
    console.log(HELP);
    return 0;
  }
  const made = await setUp(machineContext(ROOT, Deno.env.toObject()), {
    want: ["redis", "inference-addon", "trainer-addon"],
    onProgress: (() => {
      const progress = new TerminalProgress(Deno.stderr);
      return (step) => step.state === "skipped" ? undefined : progress.show(step);
    })(),
  }).all;
  const server = made.redisServer;
  const results: unknown[] = [];
  let failed = 0;
  for (const name of names.length > 0 ? names : Object.keys(BENCHES)) {
    const json = args.includes("--json");
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        join(ROOT, `bench/${name}.ts`),
        ...(json ? ["--json"] : []),
      ],
      cwd: ROOT,
      env: {
        RLTRADER_ADDON_INFERENCE: made.inferenceAddon!,
        RLTRADER_ADDON_TRAINER: made.trainerAddon!,
        ...(server !== undefined && server.route !== "REDIS_URL"
          ? { RLTRADER_REDIS_SERVER: server.path }
          : {}),
      },
      stdout: json ? "piped" : "inherit",
      stderr: "inherit",
    }).spawn();
    const output = json
      ? await child.output()
      : { success: (await child.status).success, stdout: new Uint8Array() };
    if (!output.success) failed++;
    if (json && output.stdout.length > 0) {
      results.push({ name, ...JSON.parse(new TextDecoder().decode(output.stdout)) });
    }
  }
  if (args.includes("--json")) console.log(JSON.stringify({ failed, results }, null, 2));
  return failed === 0 ? 0 : 1;
}

try {
  Deno.exit(await main(Deno.args));
} catch (cause) {
  console.error(cause instanceof SetupError ? cause.message : cause);
  Deno.exit(1);
}
