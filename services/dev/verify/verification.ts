/** Runs a list of programs one after the other, shows what they say, and counts what passed. */

/** One program to run. */
export interface VerificationStep {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDir: string;
  /** Reads the numbers of passed and failed from the output; absent for a step that passes or fails as a whole. */
  readonly count?: (output: string) => Counts | null;
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

export interface StepResult extends Counts {
  readonly name: string;
  readonly ok: boolean;
  readonly seconds: number;
}

/** Runs every step, also after a failed one, so that all faults are known at once. */
export async function verify(
  steps: readonly VerificationStep[],
  show: (bytes: Uint8Array) => void,
): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (const step of steps) {
    show(new TextEncoder().encode(`\n== ${step.name}\n`));
    const startedMs = performance.now();
    const { ok, output } = await runStep(step, show);
    const counted = step.count?.(output) ?? null;
    const counts = counted ?? { passed: ok ? 1 : 0, failed: ok ? 0 : 1 };
    results.push({
      name: step.name,
      ok,
      passed: counts.passed,
      failed: ok ? counts.failed : Math.max(1, counts.failed),
      seconds: Math.round((performance.now() - startedMs) / 100) / 10,
    });
  }
  return results;
}

async function runStep(
  step: VerificationStep,
  show: (bytes: Uint8Array) => void,
): Promise<{ ok: boolean; output: string }> {
  const environment = Object.entries(step.environment).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]]
  );
  const child = new Deno.Command(step.program, {
    args: [...step.args],
    cwd: step.workingDir,
    clearEnv: true,
    env: Object.fromEntries(environment),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const kept: string[] = [];
  const follow = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const bytes of stream) {
      show(bytes);
      kept.push(decoder.decode(bytes, { stream: true }));
    }
  };
  const [, , status] = await Promise.all([follow(child.stdout), follow(child.stderr), child.status]);
  return { ok: status.success, output: kept.join("") };
}

/** The counts at the end of `deno test`. */
export function countDenoTests(output: string): Counts | null {
  const match = /(\d+) passed(?: \([^)]*\))? \| (\d+) failed/.exec(
    withoutColour(output).split("\n").findLast((line) => / passed.* failed/.test(line)) ?? "",
  );
  return match === null ? null : { passed: Number(match[1]), failed: Number(match[2]) };
}

/** The sum of the counts of `cargo test`, one line for each crate. */
export function countCargoTests(output: string): Counts | null {
  const lines = [...withoutColour(output).matchAll(/^test result: .*?(\d+) passed; (\d+) failed/gm)];
  if (lines.length === 0) return null;
  return {
    passed: lines.reduce((sum, line) => sum + Number(line[1]), 0),
    failed: lines.reduce((sum, line) => sum + Number(line[2]), 0),
  };
}

function withoutColour(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/\x1b\[[0-9;]*m/g, "");
}
