/** Writes docs/dynamic_qnetwork_schema.md from the schemas, so that no range or default is written twice.
 * Run it after a change: `deno run --allow-write=docs services/core/config/schema_doc.ts`. */
import { z } from "zod";
import { SCALAR_MEANINGS, SCALARS } from "../decisions/scalars.ts";
import { FEATURE_SOURCES } from "../features/indicators.ts";
import { REFUSED_INDICATORS } from "../features/refused_indicators.ts";
import { VARIABLES } from "./environment.ts";
import { MiscConfig } from "./misc.ts";
import { ModelConfig } from "./model_config.ts";
import { PortfolioFile } from "./portfolio.ts";

const DOC = new URL("../../../docs/dynamic_qnetwork_schema.md", import.meta.url);

/** What of JSON Schema our schemas use. */
interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly unit?: string;
  readonly source?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: Node;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly oneOf?: readonly Node[];
  readonly anyOf?: readonly Node[];
}

const HEADER = ["Field", "Type", "Range", "Default", "Unit", "Meaning and effect", "Source"];

/** The whole document. */
export function schemaDoc(): string {
  return [
    "# The dynamic Q-network: every field\n",
    "Made from the schemas by `services/core/config/schema_doc.ts`; a test compares it with them, so change the schemas and",
    "run that script. A field without a default must be given. Whatever is not listed here is refused, and all faults of a",
    "file are reported at once.\n",
    "## model_config.yaml\n",
    "Features, account, heads (but `loss_weight`), network, reward, `learner.value` and `data` (but `warmup_bars`) make the",
    "network's hash, together with the versions of the indicator libraries: a model with another hash refuses to load.\n",
    table(HEADER, rowsOf("", jsonSchema(ModelConfig))),
    "## Account inputs\n",
    table(
      ["Input", "Meaning", "Scaling"],
      SCALARS.map((name) => [code(name), SCALAR_MEANINGS[name].summary, SCALAR_MEANINGS[name].scaling]),
    ),
    "Equity, cash, drawdown, daily loss and turnover are refused: there is nothing to draw them from when accounts are made up",
    "to learn from, so the executor vetoes on them.\n",
    "## Feature sources\n",
    "A value that is not finite (a price that stands still, no volume) becomes the neutral value and is counted. The ranges",
    "are those before scaling.\n",
    table(["Source", "Value", "Library", "Unit", "Range", "Neutral", "Parameters"], sourceRows()),
    "Refused, with the reason that a user is told:\n",
    table(["Indicator", "Reason"], [...REFUSED_INDICATORS].map(([name, reason]) => [code(name), reason])),
    "## misc.yaml\n",
    table(HEADER, rowsOf("", jsonSchema(MiscConfig))),
    "## Portfolio of `deno task state`\n",
    "YAML or JSON: the account that a state is shown for, where `--portfolio` names the file.\n",
    table(HEADER, rowsOf("", jsonSchema(PortfolioFile))),
    "## Environment\n",
    table(
      ["Variable", "Purpose", "Default", "Secret"],
      VARIABLES.map(({ name, purpose, fallback, secret }) => [
        code(name),
        purpose,
        fallback === null ? "" : code(fallback),
        secret ? "yes" : "no",
      ]),
    ).trimEnd() + "\n",
  ].join("\n");
}

function jsonSchema(schema: z.ZodType): Node {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Node;
}

/** One row for each field below a node. */
function rowsOf(path: string, node: Node): string[][] {
  const step = (name: string) => path === "" ? name : `${path}.${name}`;
  const rows = Object.entries(node.properties ?? {}).flatMap(([name, field]) => [
    rowOf(step(name), field),
    ...rowsOf(step(name), field),
  ]);
  if (typeof node.additionalProperties === "object") {
    rows.push(...rowsOf(step("<name>"), node.additionalProperties));
  }
  if (node.items !== undefined) rows.push(...rowsOf(`${path}[]`, node.items));
  return [
    ...rows,
    ...(node.oneOf ?? []).flatMap((variant) => rowsOf(`${path} (${variantName(variant)})`, variant)),
  ];
}

/** The value of the field that tells a variant from the others. */
function variantName(variant: Node): string {
  return String(Object.values(variant.properties ?? {}).find((field) => field.const !== undefined)?.const);
}

function rowOf(path: string, field: Node): string[] {
  const fallback = field.default === undefined || isEmpty(field.default) ? "" : code(text(field.default));
  return [
    code(path),
    typeOf(field),
    rangeOf(field),
    fallback,
    field.unit ?? "",
    field.description ?? "",
    field.source ?? "",
  ];
}

function typeOf(field: Node): string {
  if (field.const !== undefined) return "constant";
  if (field.enum !== undefined) return "choice";
  if (field.oneOf !== undefined) return "one of several maps";
  const value = isNullable(field) ? field.anyOf?.find(({ type }) => type !== "null") : undefined;
  if (value !== undefined) return `${typeOf(value)} or null`;
  if (field.type === "array") {
    return `list${field.items?.type === undefined ? "" : ` of ${typeOf(field.items)}s`}`;
  }
  return { integer: "whole number", object: "map", boolean: "true or false" }[field.type ?? ""] ??
    field.type ?? "";
}

function rangeOf(field: Node): string {
  if (field.const !== undefined) return code(text(field.const));
  if (field.enum !== undefined) return field.enum.map((value) => code(text(value))).join(", ");
  if (field.pattern !== undefined) return code(field.pattern);
  if (field.anyOf !== undefined) {
    return field.anyOf.filter(({ type }) => type !== "null").map(rangeOf).join(" or ");
  }
  if (field.items !== undefined) {
    const count = field.minItems === field.maxItems
      ? `${field.minItems}`
      : `${field.minItems ?? 0} to ${field.maxItems}`;
    const each = rangeOf(field.items);
    return `${count} ${count === "1" ? "entry" : "entries"}${each === "" ? "" : `, each ${each}`}`;
  }
  const bounds = [
    bound(">=", field.minimum),
    bound(">", field.exclusiveMinimum),
    bound("<=", field.maximum),
    bound("<", field.exclusiveMaximum),
    bound("multiple of", field.multipleOf),
  ];
  return bounds.filter((each) => each !== null).join(", ");
}

function isNullable(field: Node): boolean {
  return field.anyOf?.some(({ type }) => type === "null") ?? false;
}

function bound(relation: string, value: number | undefined): string | null {
  return value === undefined ? null : `${relation} ${value}`;
}

function sourceRows(): string[][] {
  return [...FEATURE_SOURCES].map(([name, source]) => {
    const params = Object.entries(jsonSchema(source.params).properties ?? {}).map(([param, field]) => {
      const fallback = field.default === undefined ? "" : `, default ${text(field.default)}`;
      return `${code(param)}: ${field.description} (${rangeOf(field)}${fallback}; ${field.unit})`;
    });
    const range = source.range.map((end) =>
      Math.abs(end) === Infinity ? `${end < 0 ? "−" : ""}∞` : String(end)
    );
    return [
      code(name),
      source.summary,
      source.library,
      source.unit,
      range.join(" … "),
      String(source.neutral),
      params.join(" "),
    ];
  });
}

/** A Markdown table whose columns are padded as `deno fmt` pads them. */
function table(header: readonly string[], rows: readonly string[][]): string {
  const used = header.map((_, column) => rows.some((row) => row[column] !== ""));
  const kept = [header, ...rows].map((row) => row.filter((_, column) => used[column]));
  const widths = kept[0]?.map((_, column) => Math.max(...kept.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = kept;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line), ""].join("\n");
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function code(text: string): string {
  return `\`${text}\``;
}

if (import.meta.main) await Deno.writeTextFile(DOC, schemaDoc());
