/** Finds a head in the network's outputs, which are all heads one after the other. Pure. */

/** One head of the network, in output order. */
export interface OutputHead {
  readonly name: string;
  readonly size: number;
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
