/** What of a stored network means the same in another one: which inputs, and which outputs of each head. Pure.
 *
 * Both networks are told by the texts of their schemas. Features and heads may differ; what must not is refused by its name. */
import { describeSchemaDifference } from "./schema_hash.ts";

/** Raised for a network that this one cannot be started from. */
export class WarmStartError extends Error {
  override name = "WarmStartError";
}

export interface WarmStartPlan {
  /** For each input here its index there, or -1. */
  readonly inputMap: Int32Array;
  /** For each output of each head here its index in the head there, or -1. */
  readonly outputMaps: Readonly<Record<string, readonly number[]>>;
}

/** A head as the schema's text has it. */
type Head =
  & { readonly name: string; readonly type: string }
  & (
    | { readonly type: "branch_q"; readonly values: readonly unknown[] }
    | { readonly type: "regression"; readonly target: string }
  );

/** What of a schema's text is compared here. */
interface Schema {
  readonly features: readonly ({ readonly name: string } & Record<string, unknown>)[];
  readonly account: readonly string[];
  readonly heads: readonly Head[];
  readonly network: {
    readonly trunk: readonly number[];
    readonly dueling?: true;
    readonly quantiles?: number;
  };
  readonly value: "afterstate" | "branching";
}

/** @param version Names the stored network in errors.
 * @param here The schema's text of the network to be started. @param there That of the stored one; null where it has none.
 * @throws {WarmStartError} If they differ in anything but features, heads and what the account shows. */
export function planWarmStart(version: string, here: string, there: string | null): WarmStartPlan {
  if (there === null) {
    throw new WarmStartError(
      `Cannot start from ${version} as a model must hold the text of its schema: it was made before models did`,
    );
  }
  const [mine, theirs] = [parse(version, here), parse(version, there)];
  const differences = describeSchemaDifference(fixedPart(mine, theirs), fixedPart(theirs, mine));
  if (differences.length > 0) {
    throw new WarmStartError(
      `Cannot start from ${version} as it must differ in features and heads alone: ${differences.join("; ")}`,
    );
  }
  const inputsOf = ({ features, account, value }: Schema) => [
    ...features.map(({ name: _, ...meaning }) => meaningOf(meaning)),
    ...(value === "branching" ? account : []),
  ];
  const [inputs, known] = [inputsOf(mine), inputsOf(theirs)];
  return {
    inputMap: Int32Array.from(inputs, (input) => known.indexOf(input)),
    outputMaps: Object.fromEntries(
      networkHeads(mine).map((head) => [head.name, outputMap(head, theirs, areValuesAlike(mine, theirs))]),
    ),
  };
}

function parse(version: string, text: string): Schema {
  try {
    return JSON.parse(text) as Schema;
  } catch (cause) {
    throw new WarmStartError(
      `Cannot start from ${version} as the text of its schema must be JSON: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/** What must be equal. The account's scalars may be more or fewer: their part of the network begins anew then. As many others
 * would be taken for the same. */
function fixedPart(schema: Schema, other: Schema): string {
  const { features: _features, heads: _heads, network, account, ...rest } = schema;
  const isInput = [schema, other].some(({ value }) => value === "branching");
  const mayDiffer = isInput || account.length !== other.account.length;
  return JSON.stringify({ ...rest, network: { trunk: network.trunk }, ...(!mayDiffer && { account }) });
}

/** The heads that are outputs: of an afterstate's value the action alone, and all that predict. */
function networkHeads({ heads, value }: Schema): readonly Head[] {
  return heads.filter(({ name, type }) =>
    type === "regression" || value === "branching" || name === "action"
  );
}

/** A head that is laid out otherwise begins anew. */
function areValuesAlike({ network: a }: Schema, { network: b }: Schema): boolean {
  return a.dueling === b.dueling && a.quantiles === b.quantiles;
}

function outputMap(head: Head, there: Schema, areAlike: boolean): number[] {
  const known = networkHeads(there).find(({ name, type }) => name === head.name && type === head.type);
  if (head.type === "regression") {
    return [known?.type === "regression" && known.target === head.target ? 0 : -1];
  }
  return head.values.map((value) =>
    known?.type === "branch_q" && areAlike ? known.values.indexOf(value) : -1
  );
}

/** Equal for equal content, in whatever order it was written. */
function meaningOf(feature: unknown): string {
  return JSON.stringify(
    feature,
    (_, value) =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1))
        : value,
  );
}
