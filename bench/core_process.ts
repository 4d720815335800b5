/** The side of `core.ts` that is measured: one process that is nothing but core, on a market that closes a bar of every
 * symbol each second, all at once; and, before it, the floor: the same bars, appended with nothing but ioredis.
 * Prints one JSON document. */
import { Redis } from "ioredis";
import process from "node:process";
import { loadModelConfig } from "../services/core/config/model_config.ts";
import { MiscConfig } from "../services/core/config/misc.ts";
import { feedStatus } from "../services/core/contracts/feed_status.ts";
import { stateBuilders } from "../services/core/features/state_builders.ts";
import { LiveMarket } from "../services/core/market/live/live_market.ts";
import type { LiveSource, TakeBar } from "../services/core/market/live/live_source.ts";
import { MarketProcess } from "../services/core/market/market_process.ts";
import { connectRedis } from "../services/core/redis/connect.ts";
import { RedisStore } from "../services/core/redis/redis_store.ts";
import type { BadEntry, Store } from "../services/core/redis/store.ts";
import { systemClock, until } from "../services/core/runtime/clock.ts";
import { silentLog } from "../services/core/runtime/log.ts";
import { BENCH, randomBar } from "./core_market.ts";

/** Of one phase: CPU as a share of one core, and how late each bar was in Redis after it had closed. */
interface Measured {
  readonly cpu: number;
  readonly lateMs: readonly number[];
}
export type CoreBench = { readonly floor: Measured; readonly core: Measured };

const { symbols, timeframe, stepMs, firstMs, historyBars, warmUpRounds, rounds } = BENCH;
const CONFIG = new URL("../docs/model_config.yaml", import.meta.url).pathname;
const DEADLINE_MS = 300_000;

/** Closes a bar of every symbol each second; measures all but the first seconds.
 * @param lateMs Where `close` puts how late its bars were.  @param close Is told when they are due. */
async function measure(lateMs: number[], close: (index: number, dueMs: number) => void): Promise<Measured> {
  const startMs = performance.now() + 500;
  const untilRound = (index: number) =>
    systemClock.wait(Math.max(0, startMs + index * 1_000 - performance.now()));
  let [before, beforeMs] = [process.cpuUsage(), 0];
  for (let index = 0; index < warmUpRounds + rounds; index++) {
    await untilRound(index);
    if (index === warmUpRounds) {
      lateMs.length = 0;
      [before, beforeMs] = [process.cpuUsage(), performance.now()];
    }
    close(index, startMs + index * 1_000);
  }
  await untilRound(warmUpRounds + rounds);
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / 1_000 / (performance.now() - beforeMs), lateMs: [...lateMs] };
}

/** The bars as core writes them, in one pipeline. */
async function floor(url: string): Promise<Measured> {
  const client = new Redis(url, { maxRetriesPerRequest: null });
  const lateMs: number[] = [];
  const measured = await measure(lateMs, (index, dueMs) => {
    const pipeline = client.pipeline();
    for (const [number, symbol] of symbols.entries()) {
      const bar = randomBar(number, index);
      const json = JSON.stringify({ phase: "live", bar });
      pipeline.xadd(`bench:bars:${symbol}`, `${bar.openTimeMs}-0`, "json", json);
    }
    void pipeline.exec().then(() => push(lateMs, symbols.length, performance.now() - dueMs));
  });
  client.disconnect();
  return measured;
}

/** Closes a bar of every symbol when it is told to. */
class BenchSource implements LiveSource {
  readonly name = "bench";
  readonly note = "made up";
  readonly timeframe = timeframe;
  readonly symbols = symbols;
  readonly hasPast = false;
  readonly isCaughtUp = true;
  readonly askAfterMs = 0;
  #take: TakeBar = () => {};
  #closed = 0;

  nowMs(): number {
    return firstMs + this.#closed * stepMs;
  }

  close(): void {
    const index = this.#closed++;
    for (const [number, symbol] of symbols.entries()) this.#take(symbol, randomBar(number, index));
  }

  async follow(_: unknown, take: TakeBar, signal: AbortSignal): Promise<void> {
    this.#take = take;
    while (this.#closed < historyBars) {
      this.close();
      await systemClock.wait(0);
    }
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  }

  open = () => Promise.resolve();
  published = () => Promise.resolve();
  ask = () => Promise.reject(new Error("there is no past"));
  figures = () => ({});
}

/** The store, with a look at when live bars are in Redis. */
function watched(store: Store, onLive: (bars: number) => void): Store {
  const isLive = (stream: { readonly key: string }, value: unknown) =>
    stream.key.startsWith("market:bars:") && (value as { readonly phase?: string }).phase === "live";
  return new Proxy(store, {
    get(target, name) {
      const method = Reflect.get(target, name).bind(target);
      if (name === "appendAll") {
        return async (...[stream, entries]: Parameters<Store["appendAll"]>) => {
          const appended = await method(stream, entries);
          if (entries.length > 0 && isLive(stream, entries[0][1])) onLive(entries.length);
          return appended;
        };
      }
      if (name !== "appendToEach") return method;
      return async (entries: Parameters<Store["appendToEach"]>[0]) => {
        const appended = await method(entries);
        if (entries.length > 0 && isLive(entries[0][0], entries[0][2])) onLive(entries.length);
        return appended;
      };
    },
  });
}

async function core(url: string): Promise<Measured> {
  await using connection = await connectRedis({ url, name: "core", onEvent: () => {} });
  const quarantine = (bad: BadEntry) => {
    throw new Error(`${bad.key} ${bad.id}: ${bad.reason}`);
  };
  await using store = new RedisStore({ connection, onBadEntry: quarantine });
  const config = await loadModelConfig(CONFIG);
  const source = new BenchSource();
  const lateMs: number[] = [];
  let dueMs = 0;
  const market = new LiveMarket({
    ...{ source, historyBars, leastBars: historyBars, gapDeadlineMs: 10_000 },
    ...{ rules: MiscConfig.parse({}), clock: systemClock, log: silentLog, quarantine },
  });
  const stop = new AbortController();
  const running = new MarketProcess({
    ...{ market, lockstep: false, frozen: false, sharesLimits: false, account: "paper", maxLeadBars: 256 },
    days: {},
    terms: { schema: "{}", rules: "{}" },
    archivist: null,
    makeStateBuilder: stateBuilders(config, MiscConfig.parse({})),
    store: watched(store, (bars) => push(lateMs, bars, performance.now() - dueMs)),
    clock: systemClock,
    log: silentLog,
    onProgress: () => {},
  }).run(stop.signal).catch((cause) => stop.signal.aborted ? undefined : Promise.reject(cause));
  const isLive = async () => (await store.get(feedStatus()))?.state === "live";
  await Promise.race([until(systemClock, "a live core", isLive, { deadlineMs: DEADLINE_MS }), running]);
  const measured = await measure(lateMs, (_, closedMs) => {
    dueMs = closedMs;
    source.close();
  });
  stop.abort();
  await running;
  return measured;
}

function push(values: number[], count: number, value: number): void {
  for (let index = 0; index < count; index++) values.push(value);
}

const [url] = Deno.args;
const result: CoreBench = { floor: await floor(url), core: await core(url) };
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(result)));
Deno.exit(0);
