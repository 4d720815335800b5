/** Reads a configuration file: YAML in, a checked and frozen value out, or one message with every fault. */
import { LineCounter, parseDocument } from "yaml";
import type { z } from "zod";

/** Raised for a file that cannot be used; its message holds every fault. */
export class ConfigError extends Error {
  override name = "ConfigError";
  constructor(readonly file: string, readonly faults: readonly string[]) {
    super(
      `Cannot use ${file} as ${faults.length === 1 ? "it has 1 fault" : `it has ${faults.length} faults`}:\n${
        faults.map((fault) => `  ${fault}`).join("\n")
      }`,
    );
  }

  /** One for several files, each told as by itself. */
  static ofAll(errors: readonly ConfigError[]): ConfigError {
    const [only] = errors;
    if (only !== undefined && errors.length === 1) return only;
    const all = new ConfigError(
      errors.map(({ file }) => file).join(" and "),
      errors.flatMap(({ faults }) => faults),
    );
    all.message = errors.map(({ message }) => message).join("\n");
    return all;
  }
}

/** A value that can no longer be changed, all the way down. */
export type Frozen<T> = T extends readonly unknown[] ? { readonly [K in keyof T]: Frozen<T[K]> }
  : T extends object ? { readonly [K in keyof T]: Frozen<T[K]> }
  : T;

/** Far above any real configuration; a longer text is a mistake. */
const MAX_CHARACTERS = 1_000_000;
/** Nobody reads more, and each asks for its line. */
const MOST_FAULTS = 200;

/** Reads and checks a file. @throws {ConfigError} With every fault, each with file, line, path, rule and value. */
export async function loadYaml<S extends z.ZodType>(file: string, schema: S): Promise<Frozen<z.output<S>>> {
  let text: string;
  try {
    text = await Deno.readTextFile(file);
  } catch (cause) {
    throw new ConfigError(file, [`it must be a readable file: ${(cause as Error).message}`]);
  }
  return parseYaml(file, text, schema);
}

/** Checks a text. @param file Its name in messages. @throws {ConfigError} */
export function parseYaml<S extends z.ZodType>(file: string, text: string, schema: S): Frozen<z.output<S>> {
  if (text.length > MAX_CHARACTERS) {
    throw new ConfigError(file, [`it must have at most ${MAX_CHARACTERS} characters: it has ${text.length}`]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  // A warning is a tag that is not known: its value would be taken for a plain one.
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) {
    const told = listed(broken, ({ pos, message }) => `line ${lines.linePos(pos[0]).line}: ${message}`);
    throw new ConfigError(file, told);
  }
  const raw = plainValue(file, () => document.toJS());
  const result = schema.safeParse(raw);
  if (result.success) return deepFreeze(result.data) as Frozen<z.output<S>>;
  const lineOf = (path: readonly PropertyKey[]): string => {
    for (let length = path.length; length >= 0; length--) {
      const node = document.getIn(path.slice(0, length), true) as { range?: readonly number[] } | undefined;
      const start = node?.range?.[0];
      if (start !== undefined) return `line ${lines.linePos(start).line}: `;
    }
    return "";
  };
  const faults = result.error.issues.flatMap((issue) => faultsOf(issue, raw));
  throw new ConfigError(file, listed(faults, ({ path, text }) => `${lineOf(path)}${text}`));
}

/** The first faults, and how many there are beside them. */
function listed<F>(faults: readonly F[], textOf: (fault: F) => string): string[] {
  const left = faults.length - MOST_FAULTS;
  return [...faults.slice(0, MOST_FAULTS).map(textOf), ...(left > 0 ? [`and ${left} faults more`] : [])];
}

/** An alias that expands without end throws here, and so does one within what it names. */
function plainValue(file: string, read: () => unknown): unknown {
  try {
    const value = read();
    JSON.stringify(value);
    return value;
  } catch (cause) {
    const [reason] = (cause as Error).message.split("\n");
    throw new ConfigError(file, [
      `its aliases must be few and known, and none within what it names: ${reason}`,
    ]);
  }
}

interface Fault {
  readonly path: readonly PropertyKey[];
  readonly text: string;
}

function faultsOf(issue: z.core.$ZodIssue, raw: unknown): Fault[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      return { path, text: `${pathText(path)} must not be there: no such field is known` };
    });
  }
  const value = issue.path.reduce<unknown>(
    (inner, part) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[part],
    raw,
  );
  const held = value === undefined ? "it is missing" : `it is ${show(value)}`;
  return [{ path: issue.path, text: `${pathText(issue.path)} ${ruleOf(issue)}: ${held}` }];
}

function ruleOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "too_small":
      return `${subjectOf(issue.origin)} ${issue.inclusive ? ">=" : ">"} ${issue.minimum}${
        countedIn(issue.origin)
      }`;
    case "too_big":
      return `${subjectOf(issue.origin)} ${issue.inclusive ? "<=" : "<"} ${issue.maximum}${
        countedIn(issue.origin)
      }`;
    case "invalid_type":
      return `must be ${issue.expected === "int" ? "a whole number" : `of type ${issue.expected}`}`;
    case "invalid_value":
      if (!issue.message.startsWith("Invalid ")) return issue.message; // the schema says why
      return `must be ${issue.values.length === 1 ? "" : "one of "}${issue.values.map(String).join(", ")}`;
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    default:
      return issue.message;
  }
}

function subjectOf(origin: string): string {
  return countedIn(origin) === "" ? "must be" : "must have";
}

function countedIn(origin: string): string {
  return { array: " entries", string: " characters" }[origin] ?? "";
}

/** `features[2].params.period`. */
function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((part) => typeof part === "number" ? `[${part}]` : `.${String(part)}`).join("");
  return text === "" ? "the file" : text.replace(/^\./, "");
}

function show(value: unknown): string {
  const text = typeof value === "number" ? String(value) : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
