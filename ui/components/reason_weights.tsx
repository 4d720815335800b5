/** Why a decision beat its runner-up: signed weights as bars to both sides of a line. What costs and the baseline say comes first,
 * each with a bar of its own; then features by the size of their weight. Pure. */
import type { Reasons } from "../live/messages.ts";
import { plural, signed } from "./format.ts";

interface ReasonWeightsProps {
  reasons: Reasons;
  /** Names of the weights, in order. */
  names: readonly string[];
  /** Q(chosen) − Q(runner-up), in reward units. */
  lead: number | null;
}

interface Term {
  name: string;
  title?: string;
  weight: number;
}

const SHOWN = 8;
const HALF = 100;

export function ReasonWeights({ reasons, names, lead }: ReasonWeightsProps) {
  const { chosen, other, costDifference, baselineDifference, weights, rough, residual } = reasons;
  const own: Term[] = [
    { name: "Δ cost", title: "What the choice costs less than the other", weight: -costDifference },
    {
      name: "baseline",
      title: "The difference where every feature has its mean",
      weight: baselineDifference,
    },
  ];
  const features = weights.map((weight, index) => ({ name: names[index] ?? `input ${index}`, weight }))
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
  const shown = features.slice(0, SHOWN);
  const rest = features.slice(SHOWN);
  const restSum = rest.reduce((sum, { weight }) => sum + weight, 0);
  const others = { name: `${plural(rest.length, "other")}`, title: "Their sum", weight: restSum };
  const largest = Math.max(1e-12, ...[...own, ...features, others].map(({ weight }) => Math.abs(weight)));
  return (
    <div class="reasons">
      <p class="reasons-head">
        <b>{chosen}</b> over <b>{other}</b> by <b class="lead">{signed(lead, 4)}</b> σ
        {rough && (
          <span class="badge rough" title={`The weights miss ${residual.toPrecision(2)} σ of the difference`}>
            ≈ rough
          </span>
        )}
      </p>
      <ol class="weights" aria-label={`What speaks for ${chosen}, in σ`}>
        {own.map((term) => <Bar key={term.name} term={term} largest={largest} isOwn />)}
        {shown.map((term) => <Bar key={term.name} term={term} largest={largest} />)}
        {rest.length > 0 && <Bar term={others} largest={largest} />}
      </ol>
      {rest.length > 0 && (
        <details>
          <summary>All {plural(features.length, "input")}</summary>
          <ol class="weights">
            {rest.map((term) => <Bar key={term.name} term={term} largest={largest} />)}
          </ol>
        </details>
      )}
    </div>
  );
}

function Bar({ term, largest, isOwn }: { term: Term; largest: number; isOwn?: boolean }) {
  const { name, title, weight } = term;
  const length = Math.abs(weight) / largest * HALF;
  const isFor = weight >= 0;
  return (
    <li class={`weight ${isFor ? "for" : "against"} ${isOwn ? "own" : ""}`} title={title}>
      <span class="weight-name">{name}</span>
      <svg viewBox={`0 0 ${2 * HALF} 10`} preserveAspectRatio="none" aria-hidden="true">
        <line x1={HALF} x2={HALF} y1="0" y2="10" vector-effect="non-scaling-stroke" />
        <rect x={isFor ? HALF : HALF - length} y="1" width={length} height="8" />
      </svg>
      <span class="weight-value">{signed(weight, 4)}</span>
    </li>
  );
}
