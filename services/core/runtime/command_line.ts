/** Command-line options: declared once, with help, all faults in one message. */
import { parseArgs } from "node:util";

/** One option. `--name VALUE`, or `--name` for a flag. */
export interface OptionSpec {
  readonly help: string;
  /** What the value is called in the help; absent for a flag. */
  readonly value?: string;
  readonly default?: string;
  /** Says what is wrong with a value, or null. */
  readonly check?: (text: string) => string | null;
  /** Options that contradict it: both together are a fault. */
  readonly excludes?: readonly string[];
}
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;
export type Options<S extends OptionSpecs> = {
  readonly [K in keyof S]: S[K] extends { value: string }
    ? (S[K] extends { default: string } ? string : string | undefined)
    : boolean;
};

/** Raised for a command line that cannot be understood; its message lists every fault. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** Parses a command line. @throws {UsageError} With every fault found. */
export function parseOptions<S extends OptionSpecs>(args: readonly string[], specs: S): Options<S> {
  const faults: string[] = [];
  const counts = new Map<string, number>();
  const { values, tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(specs).map(([name, spec]) => [
        name,
        { type: spec.value === undefined ? "boolean" : "string" } as const,
      ]),
    ),
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  for (const token of tokens) {
    if (token.kind === "positional") faults.push(`${token.value} is not an option`);
    if (token.kind !== "option") continue;
    counts.set(token.name, (counts.get(token.name) ?? 0) + 1);
    if (!Object.hasOwn(specs, token.name)) faults.push(`--${token.name} is not an option`);
    else if (specs[token.name].value === undefined && token.value !== undefined) {
      faults.push(`--${token.name} takes no value: it has ${token.value}`);
    }
  }
  const options: Record<string, string | boolean | undefined> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const given = values[name];
    faults.push(...contradictions(name, spec, counts));
    if (spec.value === undefined) {
      options[name] = given === true;
    } else if (typeof given === "boolean" || given === "") {
      faults.push(`--${name} needs a value: ${spec.value}`);
    } else {
      const text = given ?? spec.default;
      const fault = text === undefined ? null : spec.check?.(text) ?? null;
      if (fault !== null) faults.push(`--${name} ${fault}: it is ${text}`);
      options[name] = text;
    }
  }
  if (faults.length > 0) {
    throw new UsageError(
      `Cannot start as the command line has ${faults.length} fault${faults.length === 1 ? "" : "s"}:\n` +
        faults.map((fault) => `  ${fault}`).join("\n") + "\nSee --help.",
    );
  }
  return options as Options<S>;
}

/** Given twice, nobody knows which one is meant; likewise where one says what the other denies. */
function contradictions(
  name: string,
  { excludes = [] }: OptionSpec,
  counts: ReadonlyMap<string, number>,
): string[] {
  const times = counts.get(name) ?? 0;
  if (times === 0) return [];
  return [
    ...(times === 1 ? [] : [`--${name} must be given once: it is given ${times} times`]),
    ...excludes.filter((other) => counts.has(other)).map((other) =>
      `--${name} and --${other} must not be given together: both are`
    ),
  ];
}

/** The text of `--help`. */
export function helpText(command: string, summary: string, specs: OptionSpecs): string {
  const all: OptionSpecs = { ...specs, help: { help: "Print this and stop." } };
  const rows = Object.entries(all)
    .map(([name, spec]) => [`--${name}${spec.value === undefined ? "" : ` ${spec.value}`}`, spec] as const);
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  const lines = rows.map(([left, spec]) =>
    `  ${left.padEnd(width)}${spec.help}${spec.default === undefined ? "" : ` Default: ${spec.default}.`}`
  );
  return `${summary}\n\nUsage: deno task ${command} [options]\n\nOptions:\n${lines.join("\n")}\n`;
}

/** Checks for `OptionSpec.check`. */
export const mustBe = {
  integer: (least: number, most = Number.MAX_SAFE_INTEGER) => (text: string): string | null => {
    const value = Number(text);
    return /^[0-9]+$/.test(text) && value >= least && value <= most
      ? null
      : `must be a whole number from ${least}${most === Number.MAX_SAFE_INTEGER ? "" : ` to ${most}`}`;
  },
  oneOf: (...choices: string[]) => (text: string): string | null =>
    choices.includes(text) ? null : `must be one of ${choices.join(", ")}`,
  speed: (text: string): string | null =>
    text === "max" || (Number(text) > 0 && Number.isFinite(Number(text)))
      ? null
      : "must be max or bars a second above 0",
};
