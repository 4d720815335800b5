/** Compares the models page with what a stranger finds in Redis: raw entries, and the header of a model's bytes. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { figureName, figureText } from "../components/figure_text.ts";
import { count, moment, percent, plural, signedPercent } from "../components/format.ts";
import { asCell, factsOf, iso, text, untilRows } from "./cells.ts";
import { type OpenPage, shows } from "./page_tests.ts";
import { downloadedRows } from "./page_tables.ts";
import type { RawEntry, RawRedis } from "./raw_redis.ts";

interface Step {
  readonly step: string;
  readonly passed: boolean;
  readonly reason: string;
  readonly figures: Record<string, number>;
}
interface Bin {
  readonly predicted: number;
  readonly observed: number;
  readonly count: number;
}

/** Every verdict with its reason, each stored version in whole, and champion against challenger. */
export async function checkModelsPage(page: OpenPage, url: string, raw: RawRedis): Promise<void> {
  const events = await raw.newest("model:events", 300);
  await untilRows(page, "verdicts", events.length);
  const verdicts = await downloadedRows(page, "verdicts");
  for (const [index, { value }] of events.entries()) {
    const { ece: _ece, ...rest } = verdicts[index]!;
    deepEqual(rest, await verdictRow(value, raw));
  }
  const stored = [...new Map(events.filter(isStored).map((event) => [event.value.version, event])).values()];
  for (const event of stored.slice(0, 3)) await checkVersion(page, url, event, raw);
  await checkChallenge(page, events, raw);
}

/** What the candidate in the shadow has decided. */
export async function checkShadow(page: OpenPage, symbols: readonly string[], raw: RawRedis): Promise<void> {
  const { bars } = (await raw.document("model:gate"))!.shadow as { bars: number };
  const decided = (await Promise.all(symbols.map((symbol) => raw.newest(`model:shadow:${symbol}`, 100))))
    .flat();
  const times = new Set(decided.map(({ value }) => value.barMs)).size;
  const differing = decided.filter(({ value }) => value.differs).length;
  await shows(
    page,
    ".shadow .reason",
    `It has decided ${count(times)} of ${plural(bars, "bar")} without orders; ${count(differing)} of ${
      plural(decided.length, "decision")
    } differ`,
  );
  const rows = await downloadedRows(page, "shadow decisions");
  equal(rows.length, decided.length);
  for (const row of rows) {
    const entry = decided.find(({ value }) =>
      value.symbol === row.symbol && iso(value.barMs) === row.bar
    )!.value;
    deepEqual([row.choice, row.reason], [entry.choice ?? "none", asCell(entry.reason)]);
  }
}

function isStored({ value }: RawEntry): boolean {
  return value.outcome !== "refused";
}

async function verdictRow(value: RawEntry["value"], raw: RawRedis): Promise<Record<string, string>> {
  const metadata = await raw.document(`model:metadata:${value.version}`);
  const gate = value.gate as Step[];
  const { step, reason } = gate.find(({ passed }) => !passed) ?? gate.at(-1)!;
  return {
    at: iso(value.atMs),
    bar: iso(value.adoptAfterMs),
    version: text(value.version),
    outcome: text(value.outcome),
    strategy: text(metadata?.strategy ?? ""),
    parent: text(metadata?.parent ?? ""),
    updates: text(value.updates),
    why: `${step}: ${reason}`,
  };
}

async function checkVersion(page: OpenPage, url: string, event: RawEntry, raw: RawRedis): Promise<void> {
  const version = text(event.value.version);
  await page.goto(`${url}models?version=${version}`);
  await shows(page, ".connection", "Connected");
  await shows(page, ".version-line code", version);
  const metadata = (await raw.document(`model:metadata:${version}`))!;
  const facts = await factsOf(page, ".model-details");
  const metrics = metadata.metrics as Record<string, number>;
  const expected = {
    "SHA-256": metadata.sha256,
    "Schema hash": metadata.schemaHash,
    Strategy: metadata.strategy,
    Parent: metadata.parent ?? "none: the first",
    Made: `${moment(Number(metadata.createdMs))} UTC`,
    Updates: count(Number(metadata.updates)),
    Bytes: count(Number(metadata.bytes)),
    ...Object.fromEntries(
      Object.entries(metrics).map(([name, of]) => [capital(figureName(name)), figureText(name, of)]),
    ),
  };
  for (const [name, of] of Object.entries(expected)) equal(facts[name], of, `${name} of ${version}`);
  const newest = (await raw.newest("model:events", 300)).find(({ value }) => value.version === version)!;
  const steps = (await page.locator(".model-details .gate-step").allInnerTexts()).join("\n");
  for (const { reason, figures } of newest.value.gate as Step[]) {
    ok(steps.includes(reason.replace(/\s+/g, " ")) || reason.includes("\n"), `${reason}: ${steps}`);
    for (const [name, of] of Object.entries(figures)) {
      ok(steps.includes(`${figureName(name)} ${figureText(name, of)}`), `${name}: ${steps}`);
    }
  }
  await checkReliability(page, version, raw);
}

function capital(name: string): string {
  return name[0]!.toUpperCase() + name.slice(1);
}

async function checkReliability(page: OpenPage, version: string, raw: RawRedis): Promise<void> {
  const blob = (await raw.client.getBuffer(`model:blob:${version}`))!;
  const header = JSON.parse(blob.subarray(8, 8 + Number(blob.readBigUInt64LE(0))).toString());
  const { confidence } = JSON.parse(header.__metadata__.passport) as {
    confidence: { ece: number; fittedOn: number; reliability: Bin[] };
  };
  const bins = confidence.reliability.toSorted((a, b) => a.predicted - b.predicted);
  const table = await downloadedRows(page, `reliability of ${version}`);
  deepEqual(
    table.map(({ predicted, observed, count: of }) => [predicted, observed, of]),
    bins.map(({ predicted, observed, count: of }) => [text(predicted), text(observed), text(of)]),
  );
  await shows(
    page,
    ".model-confidence figcaption",
    `Off by ${percent(confidence.ece)} on average (ECE), on ${plural(confidence.fittedOn, "decision")}`,
  );
}

async function checkChallenge(page: OpenPage, events: readonly RawEntry[], raw: RawRedis): Promise<void> {
  const current = await raw.document("model:current");
  const challenger = events.find(({ value }) => value.version !== current?.version);
  const evidence = (challenger?.value.gate as Step[] | undefined)?.find(({ step }) => step === "evidence")
    ?.figures;
  if (evidence === undefined) return;
  const { growth, championGrowth, holdingGrowth } = evidence;
  equal(
    await page.locator(".versus tbody tr").first().innerText(),
    ["Growth", ...[growth, championGrowth, holdingGrowth].map((of) => signedPercent(of))].join("\t"),
  );
}
