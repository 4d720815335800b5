/** Finds a head in a row of the network's outputs: all heads one after the other, then the quantiles of those that have more than
 * one. Pure. */
import type { NetSpec } from "./schema_hash.ts";

/** One head of the network, in output order. */
export interface OutputHead {
  readonly name: string;
  readonly size: number;
}

/** What a row of outputs holds. A value head's quantiles are called `NAME_quantiles`: those of the first class come first. */
export function outputHeads({ heads }: NetSpec): readonly OutputHead[] {
  const quantiles = heads.flatMap(({ name, size, quantiles = 1 }) =>
    quantiles > 1 ? [{ name: `${name}_quantiles`, size: size * quantiles }] : []
  );
  return [...heads.map(({ name, size }) => ({ name, size })), ...quantiles];
}

/** Where a head's outputs lie in a row. @throws {RangeError} If the network has no head of that name. */
export function headSpan(
  heads: readonly OutputHead[],
  name: string,
): { readonly start: number; readonly end: number } {
  let start = 0;
  for (const head of heads) {
    if (head.name === name) return { start, end: start + head.size };
    start += head.size;
  }
  throw new RangeError(
    `Cannot read head ${name} as the network must have it: it has ${
      heads.map((head) => head.name).join(", ")
    }`,
  );
}
