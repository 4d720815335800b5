import assert from "node:assert/strict";
import { join } from "node:path";
import { parse } from "yaml";
import { ROOT } from "./rendered_testing.ts";

const FOLDERS = ["services/core/telemetry", "services/inference", "services/trainer", "ui"];
/** What a histogram of the name is asked by. */
const OF_HISTOGRAM = /_(?:bucket|sum|count)$/;
/** Prometheus' own words, functions and the labels that it or a metric of ours gives. */
const METRIC = /\b(?:rltrader|process)_[a-z_]+\b/g;

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly annotations: { readonly summary: string };
    }[];
  }[];
}
interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly y: number };
    readonly targets: readonly { readonly expr: string }[];
  }[];
}

/** Every metric that the code declares. */
async function declared(): Promise<Set<string>> {
  const names = new Set<string>();
  for (const folder of FOLDERS) {
    for await (const { name, isFile } of Deno.readDir(join(ROOT, folder))) {
      if (!isFile || !/\.tsx?$/.test(name) || name.includes("_test")) continue;
      const source = await Deno.readTextFile(join(ROOT, folder, name));
      for (const [, metric] of source.matchAll(/"((?:rltrader|process)_[a-z_]+)"/g)) names.add(metric!);
    }
  }
  return names;
}

/** Those of an expression that the code does not declare. */
function unknownIn(expr: string, known: ReadonlySet<string>): string[] {
  return [...expr.matchAll(METRIC)].map(([name]) => name.replace(OF_HISTOGRAM, "")).filter((name) =>
    !known.has(name)
  );
}

Deno.test("alerts and dashboard ask only for metrics that the code declares", async () => {
  const known = await declared();
  assert.ok(known.size > 40, `${known.size} metrics are declared`);
  const { groups } = parse(await Deno.readTextFile(join(ROOT, "k3s/observability/alerts.yaml"))) as Rules;
  const { panels } = JSON.parse(
    await Deno.readTextFile(join(ROOT, "k3s/observability/dashboard.json")),
  ) as Dashboard;
  const alerts = groups.flatMap(({ rules }) => rules);
  const asked = [
    ...alerts.map(({ alert, expr }) => [alert, expr] as const),
    ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
  ];
  for (const [name, expr] of asked) assert.deepEqual(unknownIn(expr, known), [], `${name}: ${expr}`);
  assert.ok(alerts.every(({ annotations }) => annotations.summary.length > 0));
  assert.equal(new Set(alerts.map(({ alert }) => alert)).size, alerts.length);
  assert.equal(
    new Set(panels.map(({ gridPos: { x, y } }) => `${x} ${y}`)).size,
    panels.length,
    "panels must not lie on each other",
  );
  assert.deepEqual(unknownIn("rate(rltrader_decisions_totl[5m])", known), ["rltrader_decisions_totl"]);
});
