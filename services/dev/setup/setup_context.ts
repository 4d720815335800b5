/** What every step of the set-up works with; main.ts and the tests decide what it is. */
import { join } from "node:path";
import { type CacheFolders, cacheFoldersFrom } from "./cache_folders.ts";
import {
  type CommandOutcome,
  type CommandRequest,
  type Environment,
  type RunCommand,
  runCommand,
} from "./run_command.ts";
import type { Platform } from "./wheel_pins.ts";

export interface SetupContext {
  readonly environment: Environment;
  readonly cache: CacheFolders;
  /** The Cargo workspace. */
  readonly nativeDir: string;
  readonly build: Platform & { readonly target: string };
  readonly run: RunCommand;
  readonly signal?: AbortSignal;
}

/** The context of this machine. @param root The checkout.  @throws {SetupError} If no cache folder can be chosen. */
export function machineContext(root: string, environment: Environment): SetupContext {
  return {
    environment,
    cache: cacheFoldersFrom(environment),
    nativeDir: join(root, "native"),
    build: Deno.build,
    run: runCommand,
  };
}

const PROBE_DEADLINE_MS = 60_000;

/** Runs a short program that answers a question, in the user's environment. */
export function probe(
  context: SetupContext,
  program: string,
  args: readonly string[],
  options: Partial<CommandRequest> = {},
): Promise<CommandOutcome> {
  return context.run({
    program,
    args,
    environment: context.environment,
    deadlineMs: PROBE_DEADLINE_MS,
    ...(context.signal ? { signal: context.signal } : {}),
    ...options,
  });
}
