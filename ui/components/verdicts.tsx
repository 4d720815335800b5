/** What the gate said, in words, with its figures. */
import type { GateStep, ModelEvent } from "../../services/core/contracts/model.ts";
import { Badge, type Tone } from "./badge.tsx";
import { Figures } from "./figures.tsx";

const VERDICTS: Readonly<Record<ModelEvent["outcome"], readonly [Tone, string]>> = {
  adopted: ["good", "adopted"],
  shadow: ["busy", "in the shadow"],
  held: ["idle", "passed, another is held"],
  refused: ["bad", "refused"],
};

export function VerdictBadge({ outcome }: { outcome: ModelEvent["outcome"] }) {
  const [tone, text] = VERDICTS[outcome];
  return <Badge tone={tone}>{text}</Badge>;
}

/** What decided: the step that was not passed, or else the last one. */
export function decidingStep(gate: readonly GateStep[]): GateStep | undefined {
  return gate.find(({ passed }) => !passed) ?? gate.at(-1);
}

/** @param title Stands above them, where there is one. */
export function GateSteps({ steps, title }: { steps: readonly GateStep[]; title?: string }) {
  return (
    <div class="gate">
      {title !== undefined && <h3>{title}</h3>}
      {steps.map(({ step, passed, reason, figures }) => (
        <div key={step} class="gate-step">
          <Badge tone={passed ? "good" : "bad"}>{step} {passed ? "passed" : "failed"}</Badge>
          <span class="reason">{reason}</span>
          <Figures figures={figures} />
        </div>
      ))}
    </div>
  );
}
