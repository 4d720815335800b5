/** What `deno task check` and `deno task test` run, in their order. */
import { countCargoTests, countDenoTests, type VerificationStep } from "./verification.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

/** Where and with what the steps run. */
export interface Workplace {
  readonly root: string;
  readonly nativeDir: string;
  readonly denoPath: string;
  /** Of the steps that Deno runs, and of those that Cargo runs. */
  readonly environment: Variables;
  readonly cargoEnvironment: Variables;
}

/** Tests that start whole systems, or a browser: they share the processors already, and some wait for deadlines. */
const WHOLE_SYSTEMS = ["services/dev", "ui"];

export function checkSteps(place: Workplace): VerificationStep[] {
  return [
    deno(place, "format", "fmt", "--check"),
    deno(place, "lint", "lint"),
    deno(place, "types", "check"),
    deno(place, "import direction", "run", "--allow-read", ".ci/import_direction.ts"),
    cargo(place, "Rust format", "fmt", "--check"),
    cargo(
      place,
      "clippy",
      ...["clippy", "--release", "--workspace", "--all-targets", "--locked", "--quiet"],
      ...["--", "-D", "warnings"],
    ),
  ];
}

/** Every test is in one of them: whatever starts no system runs beside others, as many at once as there are processors.
 * @param files Run these instead, one after the other; none for all. */
export function testSteps(place: Workplace, files: readonly string[]): VerificationStep[] {
  const test = (name: string, ...args: string[]) => ({
    ...deno(place, name, "test", "-A", "--no-check", ...args),
    count: countDenoTests,
  });
  if (files.length > 0) return [test("TypeScript tests", ...files)];
  return [
    test("TypeScript tests", "--parallel", `--ignore=${WHOLE_SYSTEMS.join(",")}`),
    test("tests of whole systems", ...WHOLE_SYSTEMS),
    {
      ...cargo(place, "Rust tests", "test", "--release", "--workspace", "--locked", "--quiet"),
      count: countCargoTests,
    },
  ];
}

function deno({ denoPath, environment, root }: Workplace, name: string, ...args: string[]): VerificationStep {
  return { name, program: denoPath, args, environment, workingDir: root };
}

function cargo(
  { cargoEnvironment, nativeDir }: Workplace,
  name: string,
  ...args: string[]
): VerificationStep {
  return { name, program: "cargo", args, environment: cargoEnvironment, workingDir: nativeDir };
}
