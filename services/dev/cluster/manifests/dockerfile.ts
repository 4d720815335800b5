/** What the rules read of a Dockerfile: each stage's base, user, and the program that it starts. Pure. */

export interface Stage {
  readonly name: string;
  /** The stage or the image it is made from, with its arguments filled in. */
  readonly from: string;
  /** What it does, an instruction each, in order: `["RUN", "useradd …"]`. */
  readonly steps: readonly (readonly [instruction: string, rest: string])[];
}

/** @throws {SyntaxError} If an instruction stands before the first FROM and is no ARG. */
export function parseDockerfile(text: string): Stage[] {
  const logical = text.replaceAll(/^\s*#.*\n/gm, "").replaceAll(/\\\n\s*/g, "").split("\n").filter((line) =>
    line.trim() !== ""
  );
  const defaults = new Map<string, string>();
  const stages: { name: string; from: string; steps: [string, string][] }[] = [];
  for (const line of logical) {
    const [, word, rest] = /^\s*(\w+)\s+(.*)$/.exec(line) ?? [];
    const instruction = word?.toUpperCase() ?? "";
    if (instruction === "FROM") {
      const [, base, name] = /^(\S+)(?:\s+AS\s+(\S+))?/i.exec(rest!) ?? [];
      stages.push({ name: name ?? String(stages.length), from: filledIn(base!, defaults), steps: [] });
    } else if (stages.length > 0) {
      stages.at(-1)!.steps.push([instruction, rest!]);
    } else if (instruction === "ARG") {
      const [name, value] = rest!.split("=", 2);
      defaults.set(name!, value ?? "");
    } else {
      throw new SyntaxError(
        `Cannot read the Dockerfile as FROM must come before ${instruction}: it does not`,
      );
    }
  }
  return stages;
}

function filledIn(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (_, name) => values.get(name) ?? "");
}

/** A stage's steps after those of the stages that it is made from. */
export function allSteps(stages: readonly Stage[], name: string): Stage["steps"] {
  const stage = stages.find((one) => one.name === name);
  return stage === undefined ? [] : [...allSteps(stages, stage.from), ...stage.steps];
}

/** The program that an image starts, with its arguments. */
export function entrypointOf(stages: readonly Stage[], name: string): string[] {
  const last = allSteps(stages, name).findLast(([instruction]) => instruction === "ENTRYPOINT");
  return last === undefined ? [] : JSON.parse(last[1]);
}

/** What a Deno permission in a program's arguments names: `--allow-net=a,b` → `["a", "b"]`; null where it is not given, and
 * `"anything"` where it is given without names. */
export function permission(program: readonly string[], name: string): readonly string[] | "anything" | null {
  const given = program.find((argument) =>
    argument === `--allow-${name}` || argument.startsWith(`--allow-${name}=`)
  );
  if (given === undefined) return null;
  return given.includes("=") ? given.slice(given.indexOf("=") + 1).split(",") : "anything";
}
