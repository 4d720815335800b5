/** Halts and resumes runs: every one that was chosen is halted, whatever becomes of the others; one alone is resumed. */
import { RedisUnavailableError } from "../../core/redis/connection_errors.ts";
import { UsageError } from "../../core/runtime/command_line.ts";
import { describeRun, type LivingRun } from "../living_runs.ts";
import { listed, type RunToSteer } from "./runs_to_steer.ts";
import {
  describeSteered,
  haltAccount,
  type HaltWish,
  resumeAccount,
  type Steered,
  type SteeredRun,
} from "./steer_account.ts";

/** Whose account, and when. */
export interface SteeringParts {
  /** Null for the run's own. */
  readonly account: string | null;
  /** The configured account; asked for only where a run does not tell its own. */
  readonly configuredAccount: () => Promise<string>;
  readonly nowMs: number;
}

export interface SteeredNamed extends Steered {
  /** Null for one that is known by its Redis alone. */
  readonly run: Omit<LivingRun, "url"> | null;
}

/** A server that does not answer in this time may not have obeyed. */
const DEADLINE_MS = 15_000;

/** One that cannot be reached does not spare the others. @returns Those that are halted, and why others may not be. */
export async function haltRuns(
  runs: readonly RunToSteer[],
  wish: HaltWish,
  parts: SteeringParts,
): Promise<{ steered: readonly SteeredNamed[]; faults: readonly Error[] }> {
  const results = await Promise.allSettled(runs.map((run) => {
    const whose = run.living === null ? "" : ` of ${describeRun(run.living)}`;
    return Promise.race([steer(run, parts, (steered) => haltAccount(steered, wish)), late(`halt${whose}`)]);
  }));
  return {
    steered: results.flatMap((result) => result.status === "fulfilled" ? [result.value] : []),
    faults: results.flatMap((result) => result.status === "rejected" ? [result.reason as Error] : []),
  };
}

/** Of several runs the one that is halted: which, where more than one is, nobody but the user may say.
 * @throws {UsageError} If it is not exactly one. */
export async function resumeRun(
  runs: readonly RunToSteer[],
  { reason, accept }: { readonly reason: string; readonly accept: "venue" | "ledger" | null },
  parts: SteeringParts,
): Promise<SteeredNamed> {
  const run = runs.length === 1 ? runs[0] : await onlyHalted(runs, parts);
  const resumed = steer(run, parts, (steered) => resumeAccount(steered, reason, accept));
  return await Promise.race([resumed, late("resume")]);
}

async function onlyHalted(runs: readonly RunToSteer[], parts: SteeringParts): Promise<RunToSteer> {
  const controls = await Promise.all(
    runs.map((run) => inRun(run, parts, ({ run: { ledger }, account }) => ledger.control(account))),
  );
  const halted = runs.filter((_, index) => controls[index]?.state === "halted");
  if (halted.length === 1) return halted[0];
  const named = listed((halted.length === 0 ? runs : halted).map(({ living }) => living!));
  throw new UsageError(
    halted.length === 0
      ? `Cannot resume as one of these runs must be halted: none is${named}`
      : `Cannot resume as --run must say which one: these are halted${named}`,
  );
}

async function steer(
  run: RunToSteer,
  parts: SteeringParts,
  body: (steered: SteeredRun) => Promise<Steered>,
): Promise<SteeredNamed> {
  const steered = await inRun(run, parts, body);
  if (run.living === null) return { run: null, ...steered };
  const { url: _secret, ...shown } = run.living;
  return { run: shown, ...steered };
}

async function inRun<T>(
  { living, open }: RunToSteer,
  { account, configuredAccount, nowMs }: SteeringParts,
  body: (steered: SteeredRun) => Promise<T>,
): Promise<T> {
  const configured = living?.description?.account ?? await configuredAccount();
  await using run = await open();
  return await body({ run, account: account ?? configured, configured, nowMs });
}

/** For people: which run it was, wherever there can be a doubt. */
export function describeNamed({ run, ...steered }: SteeredNamed): string {
  return `${run === null ? "" : `Run ${describeRun(run)}:\n`}${describeSteered(steered)}`;
}

async function late(what: string): Promise<never> {
  await new Promise<void>((resolve) => Deno.unrefTimer(setTimeout(resolve, DEADLINE_MS)));
  throw new RedisUnavailableError(
    `Cannot tell whether the ${what} is in force as Redis must answer within ${
      DEADLINE_MS / 1_000
    } s: it does not`,
  );
}
