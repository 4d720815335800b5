/** `deno task doctor`: what is there, what is missing, and the command that repairs it. */
import { fileURLToPath } from "node:url";
import { parseOptions, UsageError } from "../core/runtime/command_line.ts";
import { writeText } from "../core/runtime/write_text.ts";
import { diagnose, type Finding } from "./setup/diagnosis.ts";
import { machineContext } from "./setup/setup_context.ts";
import { SetupError } from "./setup/setup_error.ts";

const HELP = `deno task doctor [--json] [--help]

Lists what RL Trader needs on this machine: what is there, its version and path, what is missing, and what repairs it.
Changes nothing. Ends with 1 if something required is missing.

  --json   one JSON document on stdout, everything else on stderr
`;

const OPTIONS = { json: { help: "One JSON document on stdout." } } as const;
const EXIT_USAGE = 2;

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    say(Deno.stdout, HELP);
    return 0;
  }
  try {
    const { json: asJson } = parseOptions(args, OPTIONS);
    const repositoryDir = fileURLToPath(new URL("../..", import.meta.url));
    const findings = await diagnose(machineContext(repositoryDir, Deno.env.toObject()), repositoryDir);
    const missing = findings.filter(({ there, required }) => required && !there);
    if (asJson) say(Deno.stdout, JSON.stringify({ ok: missing.length === 0, findings }, null, 2));
    say(asJson ? Deno.stderr : Deno.stdout, findings.map(lineFor).join("\n"));
    say(asJson ? Deno.stderr : Deno.stdout, summaryFor(missing));
    return missing.length > 0 ? 1 : 0;
  } catch (error) {
    if (error instanceof UsageError) {
      say(Deno.stderr, error.message);
      return EXIT_USAGE;
    }
    say(Deno.stderr, error instanceof SetupError ? error.message : Deno.inspect(error));
    return 1;
  }
}

function lineFor(finding: Finding): string {
  const mark = finding.there ? "ok" : finding.required ? "MISSING" : "absent";
  const facts = [finding.version, finding.path, finding.detail].filter(Boolean).join("  ");
  const fix = finding.there || !finding.fix ? "" : `\n${" ".repeat(27)}to fix it: ${finding.fix}`;
  return `  ${mark.padEnd(9)}${finding.name.padEnd(16)}${facts}${fix}`;
}

function summaryFor(missing: readonly Finding[]): string {
  if (missing.length === 0) return "Everything required is there.";
  return `Required and missing: ${missing.map(({ name }) => name).join(", ")}.`;
}

function say(stream: typeof Deno.stderr | typeof Deno.stdout, text: string): void {
  writeText(stream, `${text}\n`);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
