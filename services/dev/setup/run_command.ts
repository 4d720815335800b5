/** Runs child processes in process groups of their own, so that an abort ends their children too (cargo's compilers, pip's workers). */

export type Environment = Readonly<Record<string, string | undefined>>;

export interface CommandRequest {
  readonly program: string;
  readonly args: readonly string[];
  /** The whole environment of the child: nothing is inherited beside it. */
  readonly environment: Environment;
  readonly workingDir?: string;
  readonly signal?: AbortSignal;
  /** The child is ended after this time. */
  readonly deadlineMs: number;
  readonly onLine?: (line: string, stream: "stdout" | "stderr") => void;
}

export interface CommandOutcome {
  /** 127 when the program is not there, as in a shell. */
  readonly code: number;
  /** The last lines of each stream. */
  readonly stdout: string;
  readonly stderr: string;
}

export type RunCommand = (request: CommandRequest) => Promise<CommandOutcome>;

const KEPT_LINES = 400;
const KILL_AFTER_MS = 5_000;

/** @throws The signal's reason when aborted; `DOMException` "TimeoutError" after the deadline. */
export const runCommand: RunCommand = async (request) => {
  const deadline = AbortSignal.timeout(request.deadlineMs);
  const signal = request.signal ? AbortSignal.any([request.signal, deadline]) : deadline;
  signal.throwIfAborted();
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(request.program, {
      args: [...request.args],
      cwd: request.workingDir,
      clearEnv: true,
      env: definedOnly(request.environment),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      detached: true,
    }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) {
      return { code: 127, stdout: "", stderr: `${request.program}: ${error.message}` };
    }
    throw error;
  }
  const end = endGroupOnAbort(child, signal);
  try {
    const [stdout, stderr, status] = await Promise.all([
      readLines(child.stdout, (line) => request.onLine?.(line, "stdout")),
      readLines(child.stderr, (line) => request.onLine?.(line, "stderr")),
      child.status,
    ]);
    signal.throwIfAborted();
    return { code: status.code, stdout, stderr };
  } finally {
    end.release();
  }
};

function endGroupOnAbort(child: Deno.ChildProcess, signal: AbortSignal): { release(): void } {
  let killTimer: ReturnType<typeof setTimeout> | undefined;
  const killGroup = (name: "SIGTERM" | "SIGKILL") => {
    try {
      Deno.kill(-child.pid, name);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound) && !(error instanceof TypeError)) throw error;
    }
  };
  const onAbort = () => {
    killGroup("SIGTERM");
    killTimer = setTimeout(() => killGroup("SIGKILL"), KILL_AFTER_MS);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  return {
    release() {
      signal.removeEventListener("abort", onAbort);
      clearTimeout(killTimer);
    },
  };
}

async function readLines(
  stream: ReadableStream<Uint8Array>,
  onLine: (line: string) => void,
): Promise<string> {
  const kept: string[] = [];
  let rest = "";
  const take = (line: string) => {
    kept.push(line);
    if (kept.length > KEPT_LINES) kept.shift();
    onLine(line);
  };
  const decoder = new TextDecoder();
  for await (const bytes of stream) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split(/\r?\n/);
    rest = lines.pop() ?? "";
    lines.forEach(take);
  }
  if (rest !== "") take(rest);
  return kept.join("\n");
}

function definedOnly(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
