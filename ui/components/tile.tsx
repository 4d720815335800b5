/** One figure at a glance, with its unit and a note. */
import type { ComponentChildren } from "preact";

interface TileProps {
  name: string;
  value: ComponentChildren;
  unit?: string;
  /** Ties the tile to a line of the chart. */
  mark?: "agent" | "benchmark";
  children: ComponentChildren;
}

export function Tile({ name, value, unit, mark, children }: TileProps) {
  return (
    <div class={`tile ${mark ?? ""}`}>
      <dt>{name} {unit !== undefined && <small>{unit}</small>}</dt>
      <dd class="tile-value">{value}</dd>
      <dd class="tile-note" title={typeof children === "string" ? children : undefined}>{children}</dd>
    </div>
  );
}
