/** The identity of a network: what must be equal for a model to mean the same. Pure. */
import { createHash } from "node:crypto";
import project from "../../../deno.json" with { type: "json" };
import type { ModelConfig } from "../config/model_config.ts";
import { actionValues } from "../config/model_config.ts";

/** Counts the changes of what a state's bits mean that neither the configuration nor a library's version shows. */
const STATE_FORMAT = 1;
/** Libraries whose every version may compute features with other bits. */
const FEATURE_LIBRARIES = ["indicatorts", "trading-signals"] as const;

/** The declaration of a network as the native engines read it. */
export interface NetSpec {
  /** Width of the state vector. */
  readonly inputs: number;
  /** Widths of the hidden layers. */
  readonly trunk: readonly number[];
  /** In the order of the outputs. */
  readonly heads: readonly {
    readonly name: string;
    readonly kind: "value" | "regression";
    readonly size: number;
  }[];
}

/** The network that a configuration declares. The action head has one output for each choice. */
export function netSpec(config: ModelConfig): NetSpec {
  return {
    inputs: config.features.length,
    trunk: config.network.trunk,
    heads: Object.entries(config.heads).map(([name, head]) =>
      head.type === "branch_q"
        ? { name, kind: "value", size: actionValues(config).length }
        : { name, kind: "regression", size: 1 }
    ),
  };
}

/** What the hash covers, as one line of JSON with sorted keys. Weights of the loss are left out: they shape how a model
 * is learned, not what it means. */
export function schemaText(config: ModelConfig): string {
  return canonical({
    stateFormat: STATE_FORMAT,
    libraries: Object.fromEntries(FEATURE_LIBRARIES.map((name) => [name, project.imports[name]])),
    data: {
      timeframe: config.data.timeframe,
      decide_on: config.data.decide_on,
      fill_on: config.data.fill_on,
    },
    features: config.features,
    account: config.account,
    heads: Object.entries(config.heads).map(([name, head]) =>
      head.type === "branch_q" ? { name, ...head } : { name, type: head.type, target: head.target }
    ),
    network: config.network,
    reward: config.reward,
    value: config.learner.value,
  });
}

/** Sixteen hex digits of the SHA-256 of {@link schemaText}. */
export function schemaHash(config: ModelConfig): string {
  return createHash("sha256").update(schemaText(config)).digest("hex").slice(0, 16);
}

/** Names each difference between two schema texts, e.g. `features[2].params.period: 14 here, 21 there`.
 * @throws {SyntaxError} If a text is not JSON. */
export function describeSchemaDifference(here: string, there: string): string[] {
  return differences("", JSON.parse(here), JSON.parse(there));
}

function differences(path: string, here: unknown, there: unknown): string[] {
  if (isBranch(here) && isBranch(there) && Array.isArray(here) === Array.isArray(there)) {
    const keys = new Set([...Object.keys(here), ...Object.keys(there)]);
    return [...keys].flatMap((key) => differences(stepInto(path, here, key), here[key], there[key]));
  }
  return Object.is(here, there) ? [] : [`${path}: ${show(here)} here, ${show(there)} there`];
}

function stepInto(path: string, parent: object, key: string): string {
  if (Array.isArray(parent)) return `${path}[${key}]`;
  return path === "" ? key : `${path}.${key}`;
}

function isBranch(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function show(value: unknown): string {
  return value === undefined ? "nothing" : canonical(value);
}

/** JSON whose object keys are sorted, so that equal values give equal text. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isBranch(value)) return JSON.stringify(value);
  const members = Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
  return `{${members.join(",")}}`;
}
