/** What the gate made of a candidate, for people. */
import type { ModelEvent } from "../core/contracts/model.ts";
import { moment } from "../core/runtime/texts.ts";

/** One verdict with its reason, in one line. What serves although the gate has refused it was promoted by hand. */
export function describeVerdict({ version, outcome, adoptAfterMs, gate }: ModelEvent): string {
  const refusing = gate.find(({ passed }) => !passed);
  const last = refusing ?? gate.findLast(({ step }) => step === "evidence") ?? gate.at(-1);
  const said = outcome === "adopted" && refusing !== undefined ? " by hand, although the gate has said" : "";
  const reason = last === undefined ? "" : `${said}: ${last.reason}`;
  return `${whenText(adoptAfterMs)}  model ${version.slice(0, 8)} ${OUTCOMES[outcome]}${reason}`;
}

/** A version that serves from the first bar on follows none. */
function whenText(adoptAfterMs: number): string {
  return adoptAfterMs === 0 ? "at the start" : moment(adoptAfterMs);
}

const OUTCOMES: Readonly<Record<ModelEvent["outcome"], string>> = {
  adopted: "serves",
  shadow: "passed the gate so far, and decides without orders now",
  held: "passed the gate, and another one is held",
  refused: "was refused",
};
