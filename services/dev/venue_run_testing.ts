/** `deno task dev` on an exchange and a venue of this machine: real processes, real Redis, ccxt's own code in between. The exchange's
 * time runs faster than ours, so that its minutes pass in seconds. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse, stringify } from "yaml";
import { parseMoney } from "../core/account/money.ts";
import type { Stream } from "../core/contracts/define.ts";
import { heartbeats } from "../core/contracts/system.ts";
import { connectRedis } from "../core/redis/connect.ts";
import { RedisStore } from "../core/redis/redis_store.ts";
import { systemClock, until } from "../core/runtime/clock.ts";
import { candleAt, FakeExchange, STEP_MS } from "../core/testing/fake_exchange.ts";
import { FAKE_KEYS, FakeVenue } from "../core/testing/fake_venue.ts";
import { startRedisForTest, type TestRedisServer } from "../core/testing/redis_server.ts";
import type { Summary } from "./summary.ts";

export const ACCOUNT = "main";
export const SYMBOL = "BTC/USDT";
const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** How far the two clocks may be apart; the exchange's starts so much behind and may end so much ahead. */
const APART_MS = 590_000;
const SPEED = 30;
const FEATURES = [
  { name: "rsi_3", source: "rsi", params: { period: 3 }, norm: { kind: "tanh", centre: 50, scale: 15 } },
  {
    name: "return",
    source: "log_return",
    params: { bars: 1 },
    norm: { kind: "rolling_z", window: 30, clip: 5 },
  },
];

/** An exchange that runs beside ours until it is told to hurry. */
class HurryingClock {
  #startedMs = Date.now();
  #baseMs = Date.now() - APART_MS;
  #speed = 1;

  readonly nowMs = (): number => this.#baseMs + (Date.now() - this.#startedMs) * this.#speed;

  hurry(): void {
    [this.#baseMs, this.#startedMs, this.#speed] = [this.nowMs(), Date.now(), SPEED];
  }
}

export interface VenueRunOptions {
  /** Changes of misc.yaml, by section. */
  readonly misc?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly args?: readonly string[];
}

export class VenueRun implements AsyncDisposable {
  readonly #resources: AsyncDisposableStack;
  readonly #output: Promise<Deno.CommandOutput>;
  readonly #child: Deno.ChildProcess;
  readonly #clock: HurryingClock;

  private constructor(
    readonly venue: FakeVenue,
    readonly store: RedisStore,
    readonly server: TestRedisServer,
    child: Deno.ChildProcess,
    clock: HurryingClock,
    resources: AsyncDisposableStack,
  ) {
    this.#child = child;
    this.#output = child.output();
    this.#clock = clock;
    this.#resources = resources;
  }

  static async start({ misc = {}, args = [] }: VenueRunOptions = {}): Promise<VenueRun> {
    await using opening = new AsyncDisposableStack();
    const clock = new HurryingClock();
    const exchange = opening.use(new FakeExchange(clock.nowMs));
    const venue = opening.use(new FakeVenue({ nowMs: Date.now }));
    venue.books.balances.set("USDT", parseMoney("1500"));
    const telling = setInterval(() => {
      venue.books.setPrice(
        "BTCUSDT",
        String(candleAt(SYMBOL, Math.floor(clock.nowMs() / STEP_MS) * STEP_MS).open),
      );
      exchange.tell();
    }, 50);
    opening.defer(() => clearInterval(telling));
    const server = opening.use(await startRedisForTest({ settings: ["--appendfsync", "always"] }));
    const connection = opening.use(await connectRedis({ url: server.url, name: "test", onEvent: () => {} }));
    const store = opening.use(
      new RedisStore({ connection, onBadEntry: (bad) => assert.fail(`${bad.key} ${bad.id}: ${bad.reason}`) }),
    );
    const folder = await Deno.makeTempDir();
    opening.defer(() => Deno.remove(folder, { recursive: true }));
    const [configFile, miscFile] = await writeConfiguration(folder, ccxtOptions(exchange, venue), misc);
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        ...[
          "run",
          "-A",
          `--config=${join(ROOT, "deno.json")}`,
          MAIN,
          "--feed=ccxt:binance",
          `--symbols=${SYMBOL}`,
        ],
        ...["--no-ui", "--json", `--config=${configFile}`, `--misc=${miscFile}`, ...args],
      ],
      env: {
        REDIS_URL: server.url,
        RLTRADER_VENUE_KEY: FAKE_KEYS.key,
        RLTRADER_VENUE_SECRET: FAKE_KEYS.secret,
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    return new VenueRun(venue, store, server, child, clock, opening.move());
  }

  /** Minutes pass in seconds from now on. */
  hurry(): void {
    this.#clock.hurry();
  }

  /** Polls until a condition holds; fails with what the run printed where that ends first. */
  async until(what: string, condition: () => Promise<boolean> | boolean): Promise<void> {
    let isOver = false;
    void this.#output.then(() => isOver = true);
    await until(systemClock, what, async () => {
      if (isOver) assert.fail(`${what}: ${new TextDecoder().decode((await this.#output).stderr)}`);
      return await condition();
    }, { everyMs: 20, deadlineMs: 120_000 });
  }

  async all<T>(stream: Stream<T>): Promise<T[]> {
    return (await this.store.range(stream)).map(({ value }) => value);
  }

  async pidOf(id: string): Promise<number> {
    const beat = await this.store.getField(heartbeats(), id);
    assert.ok(beat, `${id} has no heartbeat`);
    return beat.pid;
  }

  /** Stops it as Ctrl-C does. */
  async stop(): Promise<Summary> {
    this.#child.kill("SIGTERM");
    const { stdout, stderr } = await this.#output;
    const text = new TextDecoder().decode(stdout);
    assert.ok(text.startsWith("{"), new TextDecoder().decode(stderr));
    return JSON.parse(text);
  }

  /** What it printed, once it has ended by itself. */
  async end(): Promise<{ readonly code: number; readonly stderr: string }> {
    const { code, stderr } = await this.#output;
    return { code, stderr: new TextDecoder().decode(stderr) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGTERM");
    } catch {
      // it has ended
    }
    await this.#output;
    await this.#resources.disposeAsync();
  }
}

function ccxtOptions(exchange: FakeExchange, venue: FakeVenue): Record<string, unknown> {
  const { urls, options, ...others } = exchange.overrides as Record<string, Record<string, object>>;
  return {
    ...others,
    urls: { api: { ...urls.api, private: venue.url }, test: { ...urls.test, private: venue.url } },
    options: { ...options, adjustForTimeDifference: false }, // the venue's clock is ours, the market's hurries
  };
}

async function writeConfiguration(
  folder: string,
  ccxt: Record<string, unknown>,
  changes: NonNullable<VenueRunOptions["misc"]>,
): Promise<[config: string, misc: string]> {
  const read = async (name: string) => parse(await Deno.readTextFile(join(ROOT, "docs", name)));
  const config = await read("model_config.yaml");
  config.data = { ...config.data, timeframe: "1m", warmup_bars: 250 };
  config.features = FEATURES;
  config.account = ["position", "stop_distance"];
  config.heads.stop = { type: "branch_q", values: [4], unit: "atr", active_when: "entering" };
  config.learner.bootstrap_updates = 500;
  const misc = await read("misc.yaml");
  const ours: Record<string, Record<string, unknown>> = {
    account: { name: ACCOUNT, currency: "USDT", cash_per_lane: 1_000 },
    gate: { level: "integrity" },
    live: { history_bars: 700 },
    risk: { stale_after_ms: null },
    exchange: { clock_warn_ms: 60_000, clock_refuse_ms: 600_000, ccxt },
    venue: {
      broker: "ccxt",
      poll_ms: 500,
      look_ms: 100,
      receive_window_ms: 1_000,
      settle_ms: 4_000,
      send_within_ms: 3_600_000,
    },
  };
  for (const changed of [ours, changes]) {
    for (const [section, fields] of Object.entries(changed)) misc[section] = { ...misc[section], ...fields };
  }
  const paths: [string, string] = [join(folder, "model_config.yaml"), join(folder, "misc.yaml")];
  await Deno.writeTextFile(paths[0], stringify(config));
  await Deno.writeTextFile(paths[1], stringify(misc));
  return paths;
}
