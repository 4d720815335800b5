/** A state as shape, text and colour, so that none of the three has to be seen. */
import type { ComponentChildren } from "preact";
import type { Health } from "../live/health.ts";

export type Tone = "good" | "busy" | "warn" | "bad" | "idle";

const SHAPES: Record<Tone, string> = { good: "●", busy: "◐", warn: "▲", bad: "■", idle: "○" };

/** Of processes. */
export const HEALTH_TONES: Record<Health, Tone> = { up: "good", late: "warn", gone: "bad", unknown: "idle" };

export function Badge(
  { tone, title, children }: { tone: Tone; title?: string; children: ComponentChildren },
) {
  return (
    <span class={`badge tone-${tone}`} title={title}>
      <span class="shape" aria-hidden="true">{SHAPES[tone]}</span>
      <span>{children}</span>
    </span>
  );
}
