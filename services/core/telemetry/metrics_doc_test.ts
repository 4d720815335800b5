import assert from "node:assert/strict";
import { everyMetric } from "./every_metric.ts";
import { METRICS_DOC, metricsDoc } from "./metrics_doc.ts";

Deno.test("docs/metrics.md is what the processes declare (run services/core/telemetry/metrics_doc.ts)", async () => {
  assert.equal(await Deno.readTextFile(METRICS_DOC), await metricsDoc());
});

Deno.test("everyMetric() names each metric once, with a sentence", async () => {
  const metrics = await everyMetric();
  const names = metrics.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  assert.ok(names.length > 40);
  for (const { name, help } of metrics) assert.match(help, /^[A-Z0-9].*\.$/s, name);
});
