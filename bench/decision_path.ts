// deno-lint-ignore-file no-console -- a bench prints
/** From a bar in Redis to its decision committed in Redis, through a real inference replica (state, every candidate
 * decision, executor, the one commit), against a bare ioredis stream ping-pong between two processes on the same server:
 * `deno run -A bench/decision_path.ts [--json]`. The two alternate, so that a busy machine slows both alike. */
import { Redis } from "ioredis";
import { join } from "node:path";
import { barStream } from "../services/core/contracts/bar.ts";
import { feedStatus } from "../services/core/contracts/feed_status.ts";
import { decisionStream } from "../services/core/contracts/lane.ts";
import { connectRedis } from "../services/core/redis/connect.ts";
import { RedisStore } from "../services/core/redis/redis_store.ts";
import type { Store, StreamReader } from "../services/core/redis/store.ts";
import { systemClock, until } from "../services/core/runtime/clock.ts";
import { startRedisForTest } from "../services/core/testing/redis_server.ts";
import { addonPath, randomFloats, report, round } from "./measure.ts";

const ROUNDS = 3_000;
const WARM_UP = 300;
const MOST_TIMES_PING_PONG = 4;
const DAY_MS = 86_400_000;
const ROOT = new URL("..", import.meta.url).pathname;

await using resources = new AsyncDisposableStack();
const server = resources.use(await startRedisForTest());
const connection = resources.use(await connectRedis({ url: server.url, name: "bench", onEvent: () => {} }));
const store: Store = resources.use(
  new RedisStore({ connection, onBadEntry: (bad) => console.error(bad.reason) }),
);

// Every whole model serves at once: what is measured is the way of a decision, not the gate's.
const misc = await Deno.makeTempFile({ suffix: ".yaml" });
resources.defer(() => Deno.remove(misc));
await Deno.writeTextFile(misc, "gate: {level: integrity}\n");

const addon = `--inference-addon=${addonPath("RLTRADER_ADDON_INFERENCE")}`;
start("services/core/main.ts", "--bars=1", "--speed=max", `--misc=${misc}`);
const learns = `--trainer-addon=${addonPath("RLTRADER_ADDON_TRAINER")}`;
start("services/trainer/main.ts", addon, learns, `--misc=${misc}`);
start("services/inference/main.ts", addon, `--misc=${misc}`);
await until(systemClock, "a live system", async () => (await store.get(feedStatus()))?.state === "ended", {
  deadlineMs: 120_000,
});
start("bench/ping_pong_peer.ts", String(server.port), "bench:pings", "bench:pongs");

const decided = await decisionPath(store);
const bounced = await pingPong();
const times = { decision: [] as number[], pingPong: [] as number[] };
for (let turn = -WARM_UP; turn < ROUNDS; turn++) {
  const decisionMs = await decided();
  const pingPongMs = await bounced();
  if (turn < 0) continue;
  times.decision.push(decisionMs);
  times.pingPong.push(pingPongMs);
}
const rows = Object.entries(times).map(([name, values]) => ({
  name,
  "p50 µs": round(quantile(values, 0.5) * 1_000),
  "p99 µs": round(quantile(values, 0.99) * 1_000),
}));
const ratio = quantile(times.decision, 0.5) / quantile(times.pingPong, 0.5);
const failures = ratio <= MOST_TIMES_PING_PONG ? [] : [
  `Missed: a decision must take at most ${MOST_TIMES_PING_PONG} ping-pongs at p50, it takes ${round(ratio)}`,
];
report(`Bar in Redis → decision committed in Redis: ${round(ratio)} ping-pongs at p50`, rows, failures);
if (failures.length > 0) Deno.exitCode = 1;

/** One more bar for the replica, until its decision can be read. */
async function decisionPath(store: Store): Promise<() => Promise<number>> {
  const bars = barStream("SPX", "1d");
  const decisions = decisionStream("paper", "SPX");
  const reader: StreamReader = resources.use(store.openReader());
  let bar = (await store.newest(bars, 1))[0].value.bar;
  let positions = new Map([[decisions, (await store.newest(decisions, 1))[0].id]]);
  const moves = randomFloats(1, ROUNDS + WARM_UP);
  let turn = 0;
  return async () => {
    const close = Math.round(bar.close * (1 + 0.01 * moves[turn++]) * 100) / 100;
    const [high, low] = [Math.max(bar.close, close), Math.min(bar.close, close)];
    bar = { ...bar, openTimeMs: bar.openTimeMs + DAY_MS, open: bar.close, high, low, close };
    const startedMs = performance.now();
    const read = reader.read(positions, { count: 1, blockMs: 10_000 });
    await store.append(bars, `${bar.openTimeMs}-0`, { phase: "live", bar });
    const page = await read;
    const tookMs = performance.now() - startedMs;
    positions = page.positions;
    if (page.entries[0]?.value.barMs !== bar.openTimeMs) {
      throw new Error(`bar ${bar.openTimeMs} was not decided`);
    }
    return tookMs;
  };
}

/** One entry there and back, of about a decision's size. */
async function pingPong(): Promise<() => Promise<number>> {
  const reader = new Redis({ host: "127.0.0.1", port: server.port, maxRetriesPerRequest: null });
  const writer = new Redis({ host: "127.0.0.1", port: server.port, maxRetriesPerRequest: null });
  resources.defer(() => (reader.disconnect(), writer.disconnect()));
  const payload = "x".repeat(120);
  const once = async (turn: number) => {
    const startedMs = performance.now();
    const read = reader.xread("COUNT", 1, "BLOCK", 10_000, "STREAMS", "bench:pongs", `${turn}-0`);
    await writer.xadd("bench:pings", `${turn + 1}-0`, "bar", payload);
    if (await read === null) throw new Error("no pong came back");
    return performance.now() - startedMs;
  };
  let turn = 1;
  await until(systemClock, "the ping-pong peer", async () => {
    await writer.xadd("bench:pings", `${turn++}-0`, "bar", payload);
    return await writer.xlen("bench:pongs") > 0;
  }, { everyMs: 100, deadlineMs: 30_000 });
  await systemClock.wait(200);
  turn = Number((await writer.xrevrange("bench:pongs", "+", "-", "COUNT", 1))[0][0].split("-")[0]);
  return () => once(turn++);
}

function start(script: string, ...args: string[]): void {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `--config=${join(ROOT, "deno.json")}`, join(ROOT, script), ...args],
    cwd: ROOT,
    env: { REDIS_URL: server.url },
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  resources.defer(async () => {
    child.kill("SIGKILL");
    await child.status;
  });
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))];
}
