/** What the page's server tells. */
import type { Registry } from "prom-client";
import { readGauge } from "./metric_makers.ts";

export function pageMetrics(registry: Registry, openPages: () => number): void {
  readGauge(
    registry,
    { name: "rltrader_pages_open", help: "Pages that follow the event stream." },
    openPages,
  );
}
