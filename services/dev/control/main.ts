/** `deno task halt` and `deno task resume`: the kill switch of an account. */
import { fileURLToPath } from "node:url";
import { ConfigError } from "../../core/config/load_yaml.ts";
import { AccountName, loadMiscConfig } from "../../core/config/misc.ts";
import { RedisRefusedError, RedisUnavailableError } from "../../core/redis/connection_errors.ts";
import { helpText, mustBe, type Options, parseOptions, UsageError } from "../../core/runtime/command_line.ts";
import { configOptions } from "../../core/runtime/process_options.ts";
import { writeText } from "../../core/runtime/write_text.ts";
import { NoRunError } from "../open_run.ts";
import { listed, runsToSteer } from "./runs_to_steer.ts";
import { NotReconciledError, UnknownAccountError } from "./steer_account.ts";
import { describeNamed, haltRuns, resumeRun } from "./steer_runs.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
const LONGEST_REASON = 500;

const COMMON = {
  reason: {
    help: "Why, for everyone who asks why nothing is traded.",
    value: "TEXT",
    default: "by hand",
    check: (text: string) =>
      text.length <= LONGEST_REASON ? null : `must have at most ${LONGEST_REASON} characters`,
  },
  run: {
    help: "The folder's name of a run that lives in this checkout, such as 2026-01-31T09-30-00-4711.",
    value: "NAME",
  },
  account: {
    help: "Whose trading. Default: the run's account.",
    value: "NAME",
    check: (text: string) => AccountName.safeParse(text).error?.issues[0].message ?? null,
  },
  misc: configOptions.misc,
  json: { help: "One JSON document on stdout." },
} as const;
const HALT = {
  flatten: { help: "Also close what is held: each lane's next bar orders the way out." },
  ...COMMON,
} as const;
const RESUME = {
  accept: {
    help:
      "Which is right where venue and ledger differ: the ledger takes over what the venue holds, or orders bring the venue " +
      "to the ledger.",
    value: "venue|ledger",
    check: mustBe.oneOf("venue", "ledger"),
  },
  ...COMMON,
} as const;
const HELP = {
  halt: helpText(
    "halt",
    "Stops an account: no order is made from the next commit on, until it is resumed; restarts change nothing about it.\n" +
      "Stops and takes of what is held go on to act. Halts the run in the Redis of REDIS_URL where that is set, else\n" +
      "every `deno task dev` that lives in this checkout, or the one of --run.",
    HALT,
  ),
  resume: helpText(
    "resume",
    "Lets an account trade again, whoever halted it. Daily loss and drawdown count from here. Where several runs of this\n" +
      "checkout are halted, --run says which one.",
    RESUME,
  ),
};
async function main([command, ...args]: readonly string[]): Promise<number> {
  try {
    if (command !== "halt" && command !== "resume") {
      throw new UsageError("Cannot run as the command must be halt or resume");
    }
    if (args.includes("--help")) {
      writeText(Deno.stdout, HELP[command]);
      return 0;
    }
    const options = command === "halt"
      ? { ...parseOptions(args, HALT), accept: null }
      : asResume(parseOptions(args, RESUME));
    const { chosen, others } = await runsToSteer(ROOT, (name) => Deno.env.get(name), options.run);
    const { account, accept, json } = options;
    const parts = {
      account: account ?? null,
      configuredAccount: async () => (await loadMiscConfig(options.misc)).account.name,
      nowMs: Date.now(),
    };
    const { steered, faults } = command === "halt"
      ? await haltRuns(chosen, options, parts)
      : { steered: [await resumeRun(chosen, { ...options, accept }, parts)], faults: [] };
    const text = json ? JSON.stringify({ runs: steered }, null, 2) : steered.map(describeNamed).join("\n");
    if (steered.length > 0) writeText(Deno.stdout, `${text}\n`);
    for (const fault of faults) sayFault(fault);
    if (others.length > 0) writeText(Deno.stderr, `Left as they are:${listed(others)}\n`);
    return faults.length === 0 ? 0 : 1;
  } catch (cause) {
    sayFault(cause);
    return 1;
  }
}

function asResume({ accept, ...rest }: Options<typeof RESUME>) {
  return { ...rest, flatten: false, accept: accept as "venue" | "ledger" | undefined ?? null };
}

function sayFault(cause: unknown): void {
  const known = [
    UsageError,
    ConfigError,
    NoRunError,
    UnknownAccountError,
    NotReconciledError,
    RedisUnavailableError,
    RedisRefusedError,
  ];
  const isForPeople = known.some((type) => cause instanceof type);
  writeText(Deno.stderr, `${isForPeople ? (cause as Error).message : Deno.inspect(cause)}\n`);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
