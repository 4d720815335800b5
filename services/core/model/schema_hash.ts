/** The identity of a network: what must be equal for a model to mean the same. Pure. */
import { createHash } from "node:crypto";
import project from "../../../deno.json" with { type: "json" };
import type { ModelConfig } from "../config/model_config.ts";
import { branchHeads, regressionHeads } from "../config/heads.ts";

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
    /** Of value heads; false. */
    readonly dueling?: true;
    /** Of value heads; 1. */
    readonly quantiles?: number;
  }[];
  /** The part that reads the account after a decision; none where its position class is all. */
  readonly account?: { readonly scalars: number; readonly hidden: number };
}

/** The network that a configuration declares. Of an afterstate's value, the action head alone is an output, one for each
 * position class: the other heads that decide are candidates, told apart by the account's scalars. Branching values have one
 * head for each of them, and read the account before the decision behind the features. */
export function netSpec(config: ModelConfig): NetSpec {
  const { trunk, dueling, quantiles, account_hidden } = config.network;
  const { actions, sizes, stops, takes } = branchHeads(config.heads);
  const isBranching = config.learner.value === "branching";
  const branches = { action: actions, size: sizes, stop: stops, take: takes };
  const deciding = Object.entries(isBranching ? branches : { action: actions })
    .flatMap(([name, values]) =>
      values === null ? [] : [{
        name,
        kind: "value" as const,
        size: values.length,
        ...(dueling && { dueling }),
        ...(quantiles > 1 && { quantiles }),
      }]
    );
  const predicting = regressionHeads(config.heads)
    .map(([name]) => ({ name, kind: "regression" as const, size: 1 }));
  const scalars = config.account.length - 1;
  return {
    inputs: config.features.length + (isBranching ? config.account.length : 0),
    trunk,
    heads: [...deciding, ...predicting],
    ...(!isBranching && scalars > 0 && { account: { scalars, hidden: account_hidden } }),
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
    heads: headsMeaning(config),
    network: networkMeaning(config),
    reward: rewardMeaning(config),
    value: config.learner.value,
  });
}

/** What is as it was before it could be configured is left out, so that older models keep their hash: here, and below. */
function headsMeaning({ heads }: ModelConfig): object[] {
  return Object.entries(heads).map(([name, head]) => {
    if (head.type === "regression") return { name, type: head.type, target: head.target };
    if (!("stop_kind" in head) || head.stop_kind !== "fixed") return { name, ...head };
    const { stop_kind: _fixed, ...older } = head;
    return { name, ...older };
  });
}

function networkMeaning({ network, account, learner }: ModelConfig): object {
  const { trunk, dueling, quantiles, account_hidden } = network;
  const readsAccount = learner.value === "afterstate" && account.length > 1;
  return {
    trunk,
    ...(dueling && { dueling }),
    ...(quantiles > 1 && { quantiles }),
    ...(readsAccount && { account_hidden }),
  };
}

function rewardMeaning({ reward: { terms, ...base } }: ModelConfig): object {
  return terms.length === 0 ? base : { ...base, terms };
}

/** The hash of a configuration's schema. */
export function schemaHash(config: ModelConfig): string {
  return hashOf(schemaText(config));
}

/** Sixteen hex digits of the SHA-256 of a {@link schemaText}. */
export function hashOf(schema: string): string {
  return createHash("sha256").update(schema).digest("hex").slice(0, 16);
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
