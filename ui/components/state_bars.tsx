/** A state vector as bars to both sides of zero, with names. Pure. */
import { signed } from "./format.ts";

const HALF = 100;
/** Values beyond it fill the bar. */
const FULL = 3;

export function StateBars({ names, values }: { names: readonly string[]; values: readonly number[] }) {
  return (
    <ul class="state-bars">
      {values.map((value, index) => {
        const length = Math.min(1, Math.abs(value) / FULL) * HALF;
        return (
          <li key={names[index] ?? index}>
            <span class="weight-name">{names[index] ?? `input ${index}`}</span>
            <svg viewBox={`0 0 ${2 * HALF} 10`} preserveAspectRatio="none" aria-hidden="true">
              <line x1={HALF} x2={HALF} y1="0" y2="10" vector-effect="non-scaling-stroke" />
              <rect x={value >= 0 ? HALF : HALF - length} y="1" width={length} height="8" />
            </svg>
            <span class="weight-value">{signed(value, 3)}</span>
          </li>
        );
      })}
    </ul>
  );
}
