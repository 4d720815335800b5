import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { heartbeats } from "../core/contracts/system.ts";
import { connectRedis } from "../core/redis/connect.ts";
import { RedisStore } from "../core/redis/redis_store.ts";
import { systemClock, until } from "../core/runtime/clock.ts";
import { startRedisForTest } from "../core/testing/redis_server.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const DEADLINE_MS = 60_000;

/** The part of an OTLP request that is looked at. */
interface Traces {
  readonly resourceSpans: readonly {
    readonly resource: {
      readonly attributes: readonly {
        readonly key: string;
        readonly value: { readonly stringValue?: string };
      }[];
    };
    readonly scopeSpans: readonly {
      readonly spans: readonly { readonly name: string; readonly traceId: string }[];
    }[];
  }[];
}

Deno.test("OTEL_DENO sends a process's traces to a collector, with no permission beside its own", async () => {
  await using resources = new AsyncDisposableStack();
  const received: Traces[] = [];
  const collector = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const isTraces = new URL(request.url).pathname === "/v1/traces";
    const body = await request.text();
    if (isTraces) received.push(JSON.parse(body));
    return Response.json({});
  });
  resources.defer(() => collector.shutdown());
  const server = resources.use(await startRedisForTest());
  const connection = resources.use(await connectRedis({ url: server.url, name: "test", onEvent: () => {} }));
  const store = resources.use(new RedisStore({ connection, onBadEntry: (bad) => assert.fail(bad.reason) }));
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...[
        "run",
        "--no-prompt",
        "--cached-only",
        `--config=${join(ROOT, "deno.json")}`,
        "--allow-env",
        "--allow-sys=hostname",
      ],
      `--allow-net=127.0.0.1:${server.port},127.0.0.1:0`,
      `--allow-read=${join(ROOT, "docs")},${join(ROOT, "node_modules")}`,
      ...[join(ROOT, "services/core/main.ts"), "--feed=sp500", "--speed=1"],
    ],
    cwd: ROOT,
    env: {
      REDIS_URL: server.url,
      RLTRADER_METRICS: "127.0.0.1:0",
      OTEL_DENO: "true",
      OTEL_SERVICE_NAME: "rltrader-core",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.addr.port}`,
      OTEL_BSP_SCHEDULE_DELAY: "200",
    },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  resources.defer(async () => {
    child.kill("SIGKILL");
    await child.status;
  });
  const beat = await until(systemClock, "a heartbeat", () => store.getField(heartbeats(), "core"), {
    deadlineMs: DEADLINE_MS,
  });
  const answer = await fetch(`${beat.metricsUrl}healthz`);
  assert.equal(answer.status, 200);
  await answer.body?.cancel();
  const spans = () =>
    received.flatMap(({ resourceSpans }) =>
      resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
    );
  await until(systemClock, "a span", () => spans().length > 0, { deadlineMs: DEADLINE_MS });
  assert.match(spans()[0]!.traceId, /^[0-9a-f]{32}$/);
  const names = received[0]!.resourceSpans[0]!.resource.attributes.filter(({ key }) =>
    key === "service.name"
  );
  assert.equal(names[0]!.value.stringValue, "rltrader-core");
});
