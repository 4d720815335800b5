/** Linear equations whose matrix has a band about its diagonal. Pure. */

/** Solves `matrix · x = right` by elimination without pivoting, which is stable as every column's diagonal outweighs its other
 * entries together (Golub & Van Loan 2013, section 4.1.1), as in `1 − Tᵀ` of a Markov chain. Both arguments are overwritten.
 * @throws {RangeError} If the matrix is singular. */
export function solveBanded(matrix: readonly Float64Array[], right: Float64Array): Float64Array {
  const size = matrix.length;
  const band = bandOf(matrix);
  for (let pivot = 0; pivot < size; pivot++) {
    const upper = matrix[pivot];
    if (!(Math.abs(upper[pivot]) > Number.MIN_VALUE)) {
      throw new RangeError(
        `Cannot solve the equations as no pivot may vanish: number ${pivot} is ${upper[pivot]}`,
      );
    }
    const end = Math.min(size, pivot + band + 1);
    for (let row = pivot + 1; row < end; row++) {
      const lower = matrix[row];
      if (lower[pivot] === 0) continue;
      const factor = lower[pivot] / upper[pivot];
      for (let column = pivot + 1; column < end; column++) lower[column] -= factor * upper[column];
      right[row] -= factor * right[pivot];
    }
  }
  for (let row = size - 1; row >= 0; row--) {
    const coefficients = matrix[row];
    let value = right[row];
    for (let column = Math.min(size, row + band + 1) - 1; column > row; column--) {
      value -= coefficients[column] * right[column];
    }
    right[row] = value / coefficients[row];
  }
  return right;
}

/** How far from the diagonal an entry is that is not 0. */
function bandOf(matrix: readonly Float64Array[]): number {
  let band = 0;
  matrix.forEach((row, index) => {
    const first = row.findIndex((value) => value !== 0);
    const last = row.findLastIndex((value) => value !== 0);
    if (first >= 0) band = Math.max(band, index - first, last - index);
  });
  return band;
}
