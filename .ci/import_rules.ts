/** The rules of who may import whom, and of what only few files may do. Data and one check per file; reads nothing. */
import { posix } from "node:path";
import { importsIn, linesWith } from "./source_scan.ts";

export interface Violation {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
  readonly offending: string;
}

interface Layer {
  readonly folder: string;
  /** What of ours it may import beside itself. */
  readonly may: readonly RegExp[];
  readonly rule: string;
}

const CORE = /^services\/core\//;
/** Where the library versions are pinned; they are part of a model's hash. */
const MANIFEST = /^deno\.json$/;
const ANYTHING = /(?:)/;

/** The first layer whose folder holds the file is the file's. */
const LAYERS: readonly Layer[] = [
  { folder: "services/core/contracts", may: [], rule: "contracts import nothing of ours" },
  { folder: "services/core", may: [MANIFEST], rule: "core imports only contracts and core" },
  { folder: "services/trainer", may: [CORE], rule: "the trainer imports only core and itself" },
  { folder: "services/inference", may: [CORE], rule: "inference imports only core and itself" },
  { folder: "services/dev", may: [CORE], rule: "dev imports only core and itself" },
  {
    folder: "ui",
    may: [
      /^services\/core\/(?:archive|contracts|redis|config|runtime|telemetry|metrics|features|testing)\//,
      /^services\/core\/model\/(?:\w+_)?model_store\.ts$/,
    ],
    rule:
      "the UI imports only core's archive, contracts, redis, config, runtime, telemetry, metrics, features and model store",
  },
  { folder: "native", may: [/^services\/core\/model\//], rule: "the addons' tests import only core's model" },
  { folder: "bench", may: [ANYTHING], rule: "bench imports anything" },
  { folder: ".ci", may: [ANYTHING], rule: "the checks import anything" },
];

const ENGINE = "services/core/model/engine.ts";
const OPENS_ADDONS = `only ${ENGINE} opens a native addon`;

/** Words that reach out of the process, and the files in which they may stand. */
const RESERVED: readonly { pattern: RegExp; allowed: (file: string) => boolean; rule: string }[] = [
  {
    pattern: /\b(?:Deno|process)\.(?:env|exit)\b|\bDeno\.(?:addSignalListener|args)\b|\bprocess\.on\b/g,
    allowed: (file) => isEntryPoint(file) || isTesting(file),
    rule: "only main.ts reads the environment and the arguments, handles signals and exits",
  },
  {
    pattern: /\b(?:process|Deno)\.dlopen\b/g,
    allowed: (file) => file === ENGINE,
    rule: OPENS_ADDONS,
  },
  {
    // A measurement loads its peers' packages this way.
    pattern: /\bcreateRequire\b/g,
    allowed: (file) => file === ENGINE || isUnder(file, "bench"),
    rule: OPENS_ADDONS,
  },
];

/** @param file Relative to the repository, with slashes.
 * @param aliases The import map's entries that name files of ours. */
export function checkFile(file: string, source: string, aliases: ReadonlyMap<string, string>): Violation[] {
  const violations: Violation[] = [];
  for (const { specifier, line } of importsIn(source)) {
    const rule = ruleAgainst(file, specifier, aliases);
    if (rule !== undefined) violations.push({ file, line, rule, offending: specifier });
  }
  for (const { pattern, allowed, rule } of RESERVED) {
    if (allowed(file)) continue;
    for (const { text, line } of linesWith(source, pattern)) {
      violations.push({ file, line, rule, offending: text });
    }
  }
  return violations.sort((a, b) => a.line - b.line);
}

function ruleAgainst(
  file: string,
  specifier: string,
  aliases: ReadonlyMap<string, string>,
): string | undefined {
  if (specifier.endsWith(".node")) return OPENS_ADDONS;
  if (/^(?:https?|jsr):/.test(specifier)) return "packages come from npm, pinned in deno.json";
  const target = resolveOurs(file, specifier, aliases);
  if (target === undefined) return undefined;
  if (isUnder(target, "bench") && !isUnder(file, "bench")) return "nobody imports bench";
  if (isTesting(target) && !isTesting(file) && !isUnder(file, "bench")) {
    return "testing code is imported only by tests and other testing code";
  }
  const layer = LAYERS.find(({ folder }) => isUnder(file, folder));
  if (layer === undefined) return "every source lies in a folder that the rules know";
  if (isUnder(target, layer.folder) || layer.may.some((allowed) => allowed.test(target))) return undefined;
  return layer.rule;
}

/** The imported file of ours, or `undefined` for a package. */
function resolveOurs(
  file: string,
  specifier: string,
  aliases: ReadonlyMap<string, string>,
): string | undefined {
  if (specifier.startsWith(".")) return posix.normalize(posix.join(posix.dirname(file), specifier));
  if (specifier.startsWith("/")) return posix.normalize(specifier.slice(1));
  for (const [alias, target] of aliases) {
    if (specifier === alias) return posix.normalize(target);
    if (alias.endsWith("/") && specifier.startsWith(alias)) {
      return posix.normalize(posix.join(target, specifier.slice(alias.length)));
    }
  }
  return undefined;
}

function isUnder(file: string, folder: string): boolean {
  return file.startsWith(`${folder}/`);
}

function isEntryPoint(file: string): boolean {
  return posix.basename(file) === "main.ts" || file === "services/dev/doctor.ts" ||
    /^(?:\.ci|bench)\//.test(file);
}

/** Tests, and what exists for them. */
function isTesting(file: string): boolean {
  return /_test(?:ing)?\.tsx?$/.test(file) || file.includes("/testing/");
}
