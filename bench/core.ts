/** 1,000 symbols × 1 bar a second through core: how much of one CPU core it takes, and how late a bar is in Redis, against
 * the bare XADD of the same bars: `deno run -A bench/core.ts [--json]`. Every bar is decided, too, so that core pairs
 * and keeps as much experience as it does in earnest. */
import { join } from "node:path";
import { openAccount, toLaneAccount } from "../services/core/account/account.ts";
import { parseMoney } from "../services/core/account/money.ts";
import { barStream } from "../services/core/contracts/bar.ts";
import { experienceStream } from "../services/core/contracts/experience.ts";
import { type Decision, decisionStream } from "../services/core/contracts/lane.ts";
import { currentModel } from "../services/core/contracts/model.ts";
import { connectRedis } from "../services/core/redis/connect.ts";
import { RedisStore } from "../services/core/redis/redis_store.ts";
import { startRedisForTest } from "../services/core/testing/redis_server.ts";
import type { CoreBench } from "./core_process.ts";
import { BENCH } from "./core_market.ts";
import { randomFloats, report, round } from "./measure.ts";

const MOST_CPU = 0.5;
const MOST_LATE_MS = 100;
const ROOT = new URL("..", import.meta.url).pathname;
const VERSION = "m-0123456789abcdef";

await using resources = new AsyncDisposableStack();
const server = resources.use(await startRedisForTest());
const connection = resources.use(await connectRedis({ url: server.url, name: "bench", onEvent: () => {} }));
const store = resources.use(new RedisStore({ connection, onBadEntry: () => {} }));
await store.set(currentModel(), { version: VERSION, adoptAfterMs: 0, sequence: 1 });

const child = new Deno.Command(Deno.execPath(), {
  args: ["run", "-A", `--config=${join(ROOT, "deno.json")}`, join(ROOT, "bench/core_process.ts"), server.url],
  stdin: "null",
  stdout: "piped",
  stderr: "inherit",
}).spawn();
const ended = new AbortController();
const deciding = decide(ended.signal);
const { stdout, success } = await child.output();
ended.abort();
const decided = await deciding;
if (!success) throw new Error("core must end well: it did not");
const measured = JSON.parse(new TextDecoder().decode(stdout)) as CoreBench;
const experiences = await store.length(experienceStream("paper", BENCH.symbols[0]));
const rows = (["floor", "core"] as const).map((name) => ({
  name: name === "floor" ? "XADD alone" : "core",
  "CPU %": round(measured[name].cpu * 100),
  "late p50 ms": round(quantile(measured[name].lateMs, 0.5)),
  "late p99 ms": round(quantile(measured[name].lateMs, 0.99)),
  "late most ms": round(Math.max(...measured[name].lateMs)),
}));
const [cpu, late] = [measured.core.cpu, quantile(measured.core.lateMs, 0.99)];
const bars = BENCH.rounds * BENCH.symbols.length;
const failures = [
  measured.core.lateMs.length === bars
    ? ""
    : `Missed: ${bars} bars must be published, ${measured.core.lateMs.length} are`,
  cpu <= MOST_CPU
    ? ""
    : `Missed: core must take at most ${MOST_CPU * 100} % of a core, it takes ${round(cpu * 100)} %`,
  late <= MOST_LATE_MS
    ? ""
    : `Missed: a bar must be at most ${MOST_LATE_MS} ms late at p99, it is ${round(late)} ms`,
].filter((failure) => failure !== "");
report(
  `1,000 symbols × 1 bar/s, all at once (${decided} decisions read, ${experiences} steps kept of each symbol)`,
  rows,
  failures,
);
if (failures.length > 0) Deno.exitCode = 1;

/** Decides every live bar, once the last symbol's is there; spread over half a second. */
async function decide(signal: AbortSignal): Promise<number> {
  const state = randomFloats(1, 30);
  const last = barStream(BENCH.symbols.at(-1)!, BENCH.timeframe);
  await using reader = store.openReader();
  let positions = new Map([[last, "0-0"]]);
  let decided = 0;
  while (!signal.aborted) {
    const page = await reader.read(positions, { count: 100, blockMs: 500, signal });
    positions = page.positions;
    for (const { value: { phase, bar } } of page.entries) {
      if (phase !== "live") continue;
      for (let from = 0; from < BENCH.symbols.length; from += 100) {
        const some = BENCH.symbols.slice(from, from + 100);
        await Promise.all(
          some.map((symbol) =>
            store.append(
              decisionStream("paper", symbol),
              `${bar.openTimeMs}-0`,
              decisionOn(symbol, bar.openTimeMs, state),
            )
          ),
        );
        decided += some.length;
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
    }
  }
  return decided;
}

function decisionOn(symbol: string, barMs: number, state: Float32Array): Decision {
  return {
    ...{ account: "paper", symbol, barMs, action: "flat", size: null, stop: null, take: null, isKeep: true },
    ...{ targetBefore: 0, target: 0, chosen: null, runnerUp: null, confidence: null, atr: 1, state },
    heads: { action: [0.1, 0.2], risk: [0.01] },
    costs: [0, 0.02],
    verdict: { outcome: "kept", reason: "already there" },
    order: null,
    laneAccount: toLaneAccount(openAccount(parseMoney("100000"))),
    modelVersion: VERSION,
    strategy: "bench",
    runner: "local",
    replica: "inference-1",
    latencyMs: 0.2,
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))];
}
