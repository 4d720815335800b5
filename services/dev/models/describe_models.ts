/** Models for people: one line each, or all that is known of one. Pure. */
import type { ModelEvent } from "../../core/contracts/model.ts";
import { moment } from "../../core/runtime/texts.ts";
import type { KnownModel } from "./known_models.ts";
import type { Served } from "./serve_model.ts";

/** A model as a list shows it. */
export interface ListedModel extends KnownModel {
  /** Symbols and feed. */
  readonly learnedOn: string;
}

/** @param models The newest first. @param hidden How many older ones there are. */
export function describeModels(models: readonly ListedModel[], hidden: number): string {
  if (models.length === 0) return "There is no model yet.";
  const rows = models.map((model) => [
    markOf(model),
    model.metadata.version,
    model.metadata.parent ?? "-",
    String(model.metadata.updates),
    model.learnedOn,
    moment(model.metadata.learnedThroughMs),
    verdictOf(model),
    placesOf(model),
  ]);
  const header = ["", "version", "parent", "updates", "learned on", "through", "gate", "in"];
  return [...table([header, ...rows]), ...(hidden > 0 ? [`and ${hidden} older (--last)`] : [])].join("\n");
}

/** @param candidates The gate's last word on each, the newest first. @param hidden How many older ones there are. */
export function describeRefused(candidates: readonly ModelEvent[], hidden: number): string {
  if (candidates.length === 0) return "The gate has refused no candidate.";
  const rows = candidates.map(({ version, updates, adoptAfterMs, gate }) => [
    version,
    String(updates),
    moment(adoptAfterMs),
    gate.find(({ passed }) => !passed)?.reason ?? "",
  ]);
  const header = ["version", "updates", "after bar", "refused as"];
  return [...table([header, ...rows]), ...(hidden > 0 ? [`and ${hidden} older (--last)`] : [])].join("\n");
}

/** A candidate that the gate has refused is not stored: its verdicts are what is known of it.
 * @param events Of this version, oldest first. */
export function describeCandidate(version: string, events: readonly ModelEvent[]): string {
  const { updates, gate } = events.at(-1)!;
  return aligned([
    ["version", version],
    ["in", "nowhere: what the gate refuses is not stored"],
    ["updates", String(updates)],
    ...gateRows(gate),
    ...events.map(eventRow),
  ]);
}

/** @param events Of this version, oldest first. */
export function describeModel(model: ListedModel, events: readonly ModelEvent[]): string {
  const { metadata } = model;
  return aligned([
    ["version", metadata.version],
    ["serves", model.isHeld ? "yes, and is held" : model.isCurrent ? "yes" : "no"],
    ["in", placesOf(model)],
    ["parent", metadata.parent ?? "none: it was the first"],
    ["strategy", metadata.strategy],
    ["made", new Date(metadata.createdMs).toISOString()],
    ["updates", String(metadata.updates)],
    ["experiences", `${metadata.experiences}, ${metadata.liveExperiences} of them live`],
    ["learned on", model.learnedOn],
    ["learned through", new Date(metadata.learnedThroughMs).toISOString()],
    ["schema", metadata.schemaHash],
    ["SHA-256", `${metadata.sha256} (${metadata.bytes} bytes, checked)`],
    ...Object.entries(metadata.metrics).map(([name, value]): [string, string] => [name, String(value)]),
    ...gateRows(metadata.gate),
    ...events.map(eventRow),
  ]);
}

export function describeServed({ held, before, reason, notes }: Served): string {
  if (held === null) return `Candidates may take over again (${reason}).`;
  const instead = before === null || before === held ? "" : ` instead of ${before}`;
  const served =
    `${held} serves${instead} and is held (${reason}): candidates are judged and stored, and not taken up until ` +
    "deno task models release.";
  return [served, ...notes.map((note) => `Note: ${note}.`)].join("\n");
}

type Row = readonly [name: string, value: string];

function gateRows(gate: ModelEvent["gate"]): Row[] {
  return gate.map((
    { step, passed, reason },
  ) => [`gate: ${step}`, `${passed ? "passed" : "refused"}, ${reason}`]);
}

function eventRow({ outcome, adoptAfterMs, atMs, gate }: ModelEvent): Row {
  return [
    new Date(atMs).toISOString(),
    `${OUTCOMES[outcome]}, ${adoptAfterMs === 0 ? "at the start" : `after bar ${moment(adoptAfterMs)}`}${
      refusal(gate)
    }`,
  ];
}

function aligned(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd());
}

const OUTCOMES: Readonly<Record<ModelEvent["outcome"], string>> = {
  adopted: "taken up",
  shadow: "decides without orders",
  held: "passed, and not taken up as another is held",
  refused: "refused",
};

function refusal(gate: ModelEvent["gate"]): string {
  const step = gate.find(({ passed }) => !passed);
  return step === undefined ? "" : `: ${step.reason}`;
}

function markOf({ isCurrent, isHeld }: KnownModel): string {
  return isHeld ? "held" : isCurrent ? "serves" : "";
}

function verdictOf({ metadata: { gate } }: KnownModel): string {
  const failed = gate.find(({ passed }) => !passed);
  if (failed !== undefined) return `refused: ${failed.step}`;
  return gate.length === 0 ? "none" : "passed";
}

function placesOf({ inRedis, inFolder }: KnownModel): string {
  return [...inRedis ? ["Redis"] : [], ...inFolder ? ["folder"] : []].join(", ");
}
