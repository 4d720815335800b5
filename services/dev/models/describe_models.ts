/** Models for people: one line each, or all that is known of one. Pure. */
import type { ModelEvent } from "../../core/contracts/model.ts";
import type { KnownModel } from "./known_models.ts";
import type { Served } from "./serve_model.ts";

/** @param shown How many of them, the newest first. */
export function describeModels(models: readonly KnownModel[], shown: number): string {
  if (models.length === 0) return "There is no model yet.";
  const rows = models.slice(0, shown).map((model) => [
    markOf(model),
    model.metadata.version,
    model.metadata.parent ?? "-",
    String(model.metadata.updates),
    day(model.metadata.learnedThroughMs),
    verdictOf(model),
    placesOf(model),
  ]);
  const header = ["", "version", "parent", "updates", "learned through", "gate", "in"];
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => row[column].length)));
  const lines = [header, ...rows].map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd()
  );
  const hidden = models.length - rows.length;
  return [...lines, ...(hidden > 0 ? [`and ${hidden} older (--last)`] : [])].join("\n");
}

/** @param events Of this version, oldest first. */
export function describeModel(model: KnownModel, events: readonly ModelEvent[]): string {
  const { metadata } = model;
  const rows: [string, string][] = [
    ["version", metadata.version],
    ["serves", model.isHeld ? "yes, and is held" : model.isCurrent ? "yes" : "no"],
    ["in", placesOf(model)],
    ["parent", metadata.parent ?? "none: it was the first"],
    ["strategy", metadata.strategy],
    ["made", new Date(metadata.createdMs).toISOString()],
    ["updates", String(metadata.updates)],
    ["experiences", `${metadata.experiences}, ${metadata.liveExperiences} of them live`],
    ["learned through", new Date(metadata.learnedThroughMs).toISOString()],
    ["schema", metadata.schemaHash],
    ["SHA-256", `${metadata.sha256} (${metadata.bytes} bytes, checked)`],
    ...Object.entries(metadata.metrics).map(([name, value]): [string, string] => [name, String(value)]),
    ...metadata.gate.map(({ step, passed, reason }): [string, string] => [
      `gate: ${step}`,
      `${passed ? "passed" : "refused"}, ${reason}`,
    ]),
    ...events.map(({ outcome, adoptAfterMs, atMs, gate }): [string, string] => [
      new Date(atMs).toISOString(),
      `${OUTCOMES[outcome]}, after bar ${day(adoptAfterMs)}${refusal(gate)}`,
    ]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
}

export function describeServed({ held, before, reason }: Served): string {
  if (held === null) return `Candidates may take over again (${reason}).`;
  const instead = before === null || before === held ? "" : ` instead of ${before}`;
  return `${held} serves${instead} and is held (${reason}): candidates are judged and stored, and not taken up until ` +
    "deno task models release.";
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

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace("T00:00", "").replace("T", " ");
}
