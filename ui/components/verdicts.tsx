/** What the gate said, in words, with its figures. */
import type { GateStep, ModelEvent } from "../../services/core/contracts/model.ts";
import { Badge, type Tone } from "./badge.tsx";
import { figure } from "./format.ts";

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

export function GateSteps({ steps }: { steps: readonly GateStep[] }) {
  return (
    <div class="gate">
      {steps.map(({ step, passed, reason, figures }) => (
        <div key={step} class="gate-step">
          <Badge tone={passed ? "good" : "bad"}>{step} {passed ? "passed" : "failed"}</Badge>
          <span class="reason">{reason}</span>
          <span class="figures">
            {Object.entries(figures).map(([name, value]) => (
              <span key={name}>
                <span class="faint">{name}</span> {figure(value)}
              </span>
            ))}
          </span>
        </div>
      ))}
    </div>
  );
}
