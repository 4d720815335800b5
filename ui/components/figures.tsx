/** Figures by name, one after the other, as a person would say them. */
import { figureName, figureText } from "./figure_text.ts";

export function Figures({ figures }: { figures: Readonly<Record<string, number>> }) {
  return (
    <span class="figures">
      {Object.entries(figures).map(([name, value]) => (
        <span key={name}>
          <span class="faint">{figureName(name)}</span> {figureText(name, value)}
        </span>
      ))}
    </span>
  );
}
