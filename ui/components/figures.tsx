/** Figures by name, one after the other. */
import { figure } from "./format.ts";

export function Figures({ figures }: { figures: Readonly<Record<string, number>> }) {
  return (
    <span class="figures">
      {Object.entries(figures).map(([name, value]) => (
        <span key={name}>
          <span class="faint">{name}</span> {figure(value)}
        </span>
      ))}
    </span>
  );
}
