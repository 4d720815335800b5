/** Two ways of cheating that look fine on a chart, planted so that the proofs are seen to find them. */
import type { UnderProof } from "./under_proof.ts";

/** Every value comes one bar early; the last bar, which has no next one, keeps its own. */
export function shiftedByOne(honest: UnderProof): UnderProof {
  return {
    names: honest.names,
    statesOf(bars) {
      const rows = honest.statesOf(bars);
      return rows.map((row, index) => row === null ? null : rows[index + 1] ?? row);
    },
  };
}

/** Scales by mean and deviation of the whole history, the future included. */
export function scaledByAll(honest: UnderProof): UnderProof {
  return {
    names: honest.names,
    statesOf(bars) {
      const rows = honest.statesOf(bars);
      const warm = rows.filter((row) => row !== null && Number.isFinite(row[0]));
      const scaling = honest.names.map((_, index) => {
        const values = warm.map((row) => row![index] as number);
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
        return { mean, deviation: Math.sqrt(square) || 1 };
      });
      return rows.map((row) =>
        row === null
          ? null
          : scaling.map(({ mean, deviation }, index) => ((row[index] as number) - mean) / deviation)
      );
    },
  };
}
