/** Learning's reports as a curve over its updates. Pure. */

/** A trainer that goes on from its checkpoint makes some updates anew: of those, the later reports count.
 * @param reports Oldest first.  @returns With rising updates. */
export function latestOfEach<Report extends { readonly updates: number }>(
  reports: readonly Report[],
): Report[] {
  let before = Infinity;
  return reports.toReversed().filter(({ updates }) => {
    const isNew = updates < before;
    if (isNew) before = updates;
    return isNew;
  }).reverse();
}
