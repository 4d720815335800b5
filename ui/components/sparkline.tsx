/** A line without axes; its numbers stand beside it. */

interface SparklineProps {
  values: readonly number[];
  label: string;
}

const WIDTH = 120;
const HEIGHT = 28;

export function Sparkline({ values, label }: SparklineProps) {
  const finite = values.filter(Number.isFinite);
  const low = Math.min(...finite);
  const span = Math.max(...finite) - low || 1;
  const step = WIDTH / Math.max(1, finite.length - 1);
  const points = finite.map((value, index) =>
    `${(index * step).toFixed(1)},${(HEIGHT - 2 - (value - low) / span * (HEIGHT - 4)).toFixed(1)}`
  );
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {points.length > 1 && (
        <polyline points={points.join(" ")} fill="none" vector-effect="non-scaling-stroke" />
      )}
    </svg>
  );
}
