/** One decision in full: what, how sure, why, why not, how fast and by which model. Pure. */
import type { Timeframe } from "../../services/core/contracts/symbol.ts";
import type { DecisionRow, Reasons } from "../live/messages.ts";
import type { Times } from "../live/times.ts";
import type { PageSettings } from "../page_settings.ts";
import { Badge, type Tone } from "./badge.tsx";
import { Fact } from "./fact.tsx";
import { decimal, percent } from "./format.ts";
import { HeadValues } from "./head_values.tsx";
import { ReasonWeights } from "./reason_weights.tsx";

interface DecisionCardProps {
  decision: DecisionRow;
  reasons: Reasons | null;
  settings: PageSettings;
  timeframe: Timeframe | undefined;
  times: Times;
}

const TONES: Readonly<Record<DecisionRow["verdict"]["outcome"], Tone>> = {
  ordered: "good",
  changed: "warn",
  kept: "idle",
  refused: "bad",
};

export function DecisionCard({ decision, reasons, settings, timeframe, times }: DecisionCardProps) {
  const { action, verdict, confidence, modelVersion, strategy, latencyMs, runner, replica } = decision;
  const { chosen, runnerUp } = decision;
  const lead = chosen === null || runnerUp === null ? null : chosen.q - runnerUp.q;
  return (
    <div class="decision">
      <div class="decision-head">
        <span class={`action-name action-${action ?? "none"}`}>{action ?? "no action"}</span>
        <span class="decision-size">{sizeText(decision)}</span>
        <span class="decision-time">
          {times.bar(decision.barMs, timeframe)} {times.barZone(timeframe)}
        </span>
      </div>
      <p class="decision-verdict">
        <Badge tone={TONES[verdict.outcome]}>{verdict.outcome}</Badge>{" "}
        <span class="reason">{verdict.reason}</span>
      </p>
      <Confidence value={confidence} />
      <HeadValues decision={decision} heads={settings.heads} />
      {reasons === null ? <p class="empty">{whyNoReasons(decision)}</p> : (
        <ReasonWeights
          reasons={reasons}
          lead={lead}
          names={[...settings.features, ...settings.accountInputs.map((name) => `account ${name}`)]}
        />
      )}
      <dl class="facts decision-facts">
        <Fact name="Target">{percent(decision.targetBefore, 0)} → {percent(decision.target, 0)}</Fact>
        <Fact name="Latency">{decimal(latencyMs, 2)} ms</Fact>
        <Fact name="Model">
          <code class="version">{modelVersion ?? "none"}</code>
        </Fact>
        <Fact name="Strategy">{strategy}</Fact>
        <Fact name="Decided by">{replica} ({runner})</Fact>
      </dl>
    </div>
  );
}

function sizeText({ action, size, isKeep, chosen, target, targetBefore }: DecisionRow): string {
  if (action === null) return "";
  if (isKeep) return targetBefore === 0 ? "stays flat" : `kept at ${percent(target, 0)} of equity`;
  return size === null
    ? `to ${percent(target, 0)} of equity`
    : `${percent(size, 0)} of equity · ${chosen?.label ?? ""}`;
}

function Confidence({ value }: { value: number | null }) {
  const title = "Calibrated probability that this choice beats the runner-up; half is a coin toss";
  if (value === null) return <p class="confidence faint" title={title}>Confidence: not fitted yet</p>;
  return (
    <p class="confidence" title={title}>
      <span>Confidence</span> <b>{percent(value, 1)}</b>
      <span class="confidence-scale">
        <meter min={0} max={1} value={value} aria-label={`Confidence ${percent(value, 1)}`} />
      </span>
    </p>
  );
}

function whyNoReasons({ chosen, runnerUp }: DecisionRow): string {
  if (chosen === null) return "Nothing to explain: no model answered.";
  if (runnerUp === null) return "Nothing to explain: there was no other choice.";
  return "Reasons follow when the trader is at rest; under load the oldest are left out.";
}
