/** What the gate made of a candidate, for people. */
import type { ModelEvent } from "../core/contracts/model.ts";

/** One verdict with its reason, in one line. */
export function describeVerdict({ version, outcome, adoptAfterMs, gate }: ModelEvent): string {
  const refusing = gate.find(({ passed }) => !passed);
  const last = refusing ?? gate.findLast(({ step }) => step === "evidence") ?? gate.at(-1);
  const reason = last === undefined ? "" : `: ${last.reason}`;
  const day = new Date(adoptAfterMs).toISOString().slice(0, 16).replace("T00:00", "").replace("T", " ");
  return `${day}  model ${version.slice(0, 8)} ${OUTCOMES[outcome]}${reason}`;
}

const OUTCOMES: Readonly<Record<ModelEvent["outcome"], string>> = {
  adopted: "serves",
  shadow: "passed the gate so far, and decides without orders now",
  held: "passed the gate, and another one is held",
  refused: "was refused",
};
