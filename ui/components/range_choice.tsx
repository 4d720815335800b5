/** How many of the last bars a chart shows. */
import { count } from "./format.ts";

interface RangeChoiceProps {
  bars: number;
  choose: (bars: number) => void;
  /** Infinity for all. */
  ranges: readonly number[];
}

export function RangeChoice({ bars, choose, ranges }: RangeChoiceProps) {
  return (
    <div class="ranges" role="group" aria-label="Bars shown">
      {ranges.map((range) => (
        <button
          key={range}
          type="button"
          aria-pressed={bars === range}
          onClick={() => choose(range)}
        >
          {range === Infinity ? "All" : count(range)}
          <span class="sr-only">bars</span>
        </button>
      ))}
    </div>
  );
}
