/** All that any process tells, as it is declared: for the document, and for what is built on the names. */
import { Registry } from "prom-client";
import type { Heartbeat } from "../contracts/system.ts";
import { DecisionMetrics } from "./decision_metrics.ts";
import { LearningMetrics } from "./learning_metrics.ts";
import { MarketMetrics } from "./market_metrics.ts";
import { pageMetrics } from "./page_metrics.ts";
import { ProcessMetrics } from "./process_metrics.ts";

export interface DeclaredMetric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
  /** Which processes tell it. */
  readonly processes: readonly Heartbeat["process"][];
}

const PROCESSES = ["core", "trainer", "inference", "ui"] as const satisfies readonly Heartbeat["process"][];
const nothing = () => ({});

/** By process in this order, common ones first; each in the order of its declaration. */
export async function everyMetric(): Promise<DeclaredMetric[]> {
  const common = new Registry();
  using _metrics = new ProcessMetrics(common, {
    ...{ process: "core", id: "core", startedMs: 0 },
    residentBytes: () => 0,
    cpuSeconds: () => 0,
    notReady: () => null,
    redis: () => null,
    linesDropped: () => 0,
  });
  const own: [Heartbeat["process"], (registry: Registry) => unknown][] = [
    [
      "core",
      (of) =>
        new MarketMetrics(of, { figures: nothing, memory: () => Promise.resolve(null), archived: () => 0 }),
    ],
    ["trainer", (of) => new LearningMetrics(of, { figures: nothing })],
    [
      "inference",
      (of) => new DecisionMetrics(of, { figures: nothing, model: () => null, unexplained: () => 0 }),
    ],
    ["ui", (of) => pageMetrics(of, () => 0)],
  ];
  const declared = await declaredIn(common, PROCESSES);
  for (const [process, declare] of own) {
    const registry = new Registry();
    declare(registry);
    declared.push(...await declaredIn(registry, [process]));
  }
  return declared;
}

async function declaredIn(
  registry: Registry,
  processes: DeclaredMetric["processes"],
): Promise<DeclaredMetric[]> {
  const metrics = await registry.getMetricsAsJSON();
  return metrics.map(({ name, help, type }) => ({
    ...{ name, help, processes },
    type: String(type) as DeclaredMetric["type"],
    labels: labelsOf(registry, name),
  }));
}

/** The library keeps them, and its types hide them. */
function labelsOf(registry: Registry, name: string): readonly string[] {
  const metric = registry.getSingleMetric(name) as unknown as { labelNames?: readonly string[] } | undefined;
  return (metric?.labelNames ?? []).filter((label) => label !== "le");
}
