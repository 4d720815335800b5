/** Puts vectors of one length under each other, as the engine takes a batch. @returns `[rows, width]` row-major. */
export function stackRows(rows: readonly Float32Array[]): Float32Array {
  const width = rows[0]?.length ?? 0;
  const stacked = new Float32Array(width * rows.length);
  rows.forEach((row, index) => stacked.set(row, index * width));
  return stacked;
}
