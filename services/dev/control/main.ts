/** `deno task halt` and `deno task resume`: the kill switch of an account. */
import { fileURLToPath } from "node:url";
import { ConfigError } from "../../core/config/load_yaml.ts";
import { AccountName, loadMiscConfig } from "../../core/config/misc.ts";
import { RedisRefusedError, RedisUnavailableError } from "../../core/redis/connection_errors.ts";
import { helpText, mustBe, parseOptions, UsageError } from "../../core/runtime/command_line.ts";
import { configOptions } from "../../core/runtime/process_options.ts";
import { writeText } from "../../core/runtime/write_text.ts";
import { NoRunError, openRun } from "../open_run.ts";
import {
  describeSteered,
  haltAccount,
  NotReconciledError,
  resumeAccount,
  type Steered,
  UnknownAccountError,
} from "./steer_account.ts";

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
  account: {
    help: "Whose trading. Default: the configured account.",
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
      "Stops and takes of what is held go on to act. Talks to the Redis of REDIS_URL, else to the newest `deno task dev`.",
    HALT,
  ),
  resume: helpText(
    "resume",
    "Lets an account trade again, whoever halted it. Daily loss and drawdown count from here.",
    RESUME,
  ),
};
/** A server that does not answer in this time may not have obeyed. */
const DEADLINE_MS = 15_000;

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
      ? { ...parseOptions(args, HALT), accept: undefined }
      : { ...parseOptions(args, RESUME), flatten: false };
    const steered = await Promise.race([run(command, options), late(command)]);
    writeText(
      Deno.stdout,
      options.json ? `${JSON.stringify(steered, null, 2)}\n` : `${describeSteered(steered)}\n`,
    );
    return 0;
  } catch (cause) {
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
    return 1;
  }
}

interface Wish {
  readonly flatten: boolean;
  readonly reason: string;
  readonly account: string | undefined;
  readonly accept: string | undefined;
  readonly misc: string;
}

async function run(command: "halt" | "resume", wish: Wish): Promise<Steered> {
  const configured = (await loadMiscConfig(wish.misc)).account.name;
  await using open = await openRun(ROOT, (name) => Deno.env.get(name));
  const steered = { run: open, account: wish.account ?? configured, configured, nowMs: Date.now() };
  if (command === "halt") return await haltAccount(steered, wish);
  return await resumeAccount(steered, wish.reason, wish.accept as "venue" | "ledger" | undefined ?? null);
}

async function late(command: string): Promise<never> {
  await new Promise<void>((resolve) => Deno.unrefTimer(setTimeout(resolve, DEADLINE_MS)));
  throw new RedisUnavailableError(
    `Cannot tell whether the ${command} is in force as Redis must answer within ${
      DEADLINE_MS / 1_000
    } s: it does not`,
  );
}

if (import.meta.main) Deno.exit(await main(Deno.args));
