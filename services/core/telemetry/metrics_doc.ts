/** Makes docs/metrics.md from what is declared: `deno run -A services/core/telemetry/metrics_doc.ts`. */
import { fileURLToPath } from "node:url";
import { type DeclaredMetric, everyMetric } from "./every_metric.ts";

export const METRICS_DOC = fileURLToPath(new URL("../../../docs/metrics.md", import.meta.url));

const HEAD = `# Metrics and probes

Made by \`services/core/telemetry/metrics_doc.ts\` from what the processes declare; a test compares both.

Each process answers on the address of \`RLTRADER_METRICS\` (\`HOST:PORT\`; not set: nowhere; port 0 takes a free one, which the log, the
heartbeat and the System page name). \`deno task dev --metrics\` sets it for every process; in k3s it is \`0.0.0.0:9464\` in each pod.

| address | says | answers |
|---|---|---|
| \`/metrics\` | the metrics below, in Prometheus' text format | 200 |
| \`/healthz\` | the process lives: its event loop answers. Redis plays no part | 200 |
| \`/readyz\` | it can do its work; if not, \`reason\` says why | 200 or 503 |

Ready means: core has published its history; inference takes part in the leases (one that leads nothing, as others lead all, is ready to
take over); the trainer learns; and each has its connection to Redis. The page is ready as soon as it serves, as it says itself what it lacks.

**Who counts what.** A process tells only what it did itself, and counts from 0 when it starts; sums over processes count nothing twice.
What the heartbeat tells too is read from the heartbeat's figures. Gauges of a whole run (\`rltrader_feed_live_bars\`, \`rltrader_experiences\`)
go on after a restart. How far a reader lags: bars by \`rltrader_undecided_bars\`, experience by
\`rltrader_experiences - rltrader_learned_experiences\`, reasons by \`rltrader_explanations_waiting\`.

`;

export async function metricsDoc(): Promise<string> {
  const metrics = await everyMetric();
  const sections = new Map<string, DeclaredMetric[]>();
  for (const metric of metrics) {
    const title = metric.processes.length > 1 ? "every process" : metric.processes[0]!;
    sections.set(title, [...sections.get(title) ?? [], metric]);
  }
  return HEAD + [...sections].map(([title, of]) => section(title, of)).join("\n");
}

function section(title: string, metrics: readonly DeclaredMetric[]): string {
  const rows = metrics.map(({ name, type, labels, help }) =>
    `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(", ")} | ${help} |`
  );
  return [`## Of ${title}`, "", "| name | type | labels | meaning |", "|---|---|---|---|", ...rows, ""].join(
    "\n",
  );
}

if (import.meta.main) await Deno.writeTextFile(METRICS_DOC, await metricsDoc());
