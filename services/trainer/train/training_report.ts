/** What a batch training did, for people. Pure. */
import type { Confidence, GateStep } from "../../core/contracts/model.ts";
import type { CurvePoint } from "./batch_training.ts";

export interface TrainingReport {
  readonly feed: string;
  readonly version: string;
  readonly archive: string;
  readonly endedEarly: boolean;
  readonly curve: readonly CurvePoint[];
  readonly confidence: Confidence | null;
  /** What the gate says of the model. */
  readonly gate: readonly GateStep[];
  /** The command that decides with it. */
  readonly next: string;
  /** What could not be written; the model is not kept then. */
  readonly faults: readonly string[];
}

const ROWS = 12;

/** The learning curve as a short table, and the model that was kept. */
export function describeTraining(report: TrainingReport): string {
  const { feed, endedEarly, curve } = report;
  const best = curve.findLast((point) => point.isBest);
  if (best === undefined) {
    throw new RangeError("Cannot describe a training as it must hold an evaluation: it holds none");
  }
  const every = Math.max(1, Math.ceil(curve.length / ROWS));
  const shown = curve.filter((point, index) =>
    index % every === 0 || point === best || index === curve.length - 1
  );
  const rows = shown.map((point) =>
    [
      String(point.updates).padStart(9),
      point.loss.toFixed(4).padStart(9),
      point.growthBp.toFixed(2).padStart(12),
      String(point.orders).padStart(8),
      `${Math.round(point.exposure * 100)} %`.padStart(9),
      point === best ? "  best" : "",
    ].join("")
  );
  return [
    `${feed}: ${best.bars} validation bars, buy and hold ${best.buyAndHoldBp.toFixed(2)} bp/bar`,
    "The best of these was chosen by these very bars: its score is an upper guess, and no test.",
    "  updates     loss  validation  orders  invested",
    ...rows,
    describeConfidence(report.confidence),
    ...report.gate.map(({ step, passed, reason }) =>
      `gate, ${step}: ${passed ? "" : "would not serve it: "}${reason}`
    ),
    endedEarly ? "Ended early: nothing got better." : "",
    whatNow(report),
  ].filter((line) => line !== "").join("\n") + "\n";
}

function whatNow({ version, archive, gate, next, faults }: TrainingReport): string {
  if (faults.length > 0) return `${version} may be lost.`;
  return gate.every(({ passed }) => passed)
    ? `${version} is kept in ${archive}. Decide with it: ${next}`
    : `${version} is kept in ${archive}, to look at: it would not be served.`;
}

/** Empty where too few decisions were judged. */
function describeConfidence(confidence: Confidence | null): string {
  if (confidence === null) return "";
  const { fittedOn, ece, horizon } = confidence;
  return `${fittedOn} decisions were followed against their runner-up for up to ${horizon} bars: how sure it says to be is off by ` +
    `${(ece * 100).toFixed(1)} % on average (ECE).`;
}
