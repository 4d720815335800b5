/** The real core on a real server, killed again and again while another process puts ticks in. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { loadModelConfig } from "../../config/model_config.ts";
import type { Bar } from "../../contracts/bar.ts";
import { barStream } from "../../contracts/bar.ts";
import { feedStatus } from "../../contracts/feed_status.ts";
import { currentModel } from "../../contracts/model.ts";
import { quarantineStream } from "../../contracts/system.ts";
import { type Tick, tickStream } from "../../contracts/tick.ts";
import { connectRedis } from "../../redis/connect.ts";
import { RedisStore } from "../../redis/redis_store.ts";
import { systemClock, until } from "../../runtime/clock.ts";
import { startRedisForTest } from "../../testing/redis_server.ts";
import { barOpenMs } from "../../contracts/bar_grid.ts";
import { leastHistory } from "../schedule.ts";

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
const MINUTE = 60_000;
const LIVE = 120;
const DEADLINE_MS = 60_000;

/** Three ticks a bar; what they make of it. */
function ticksOf(openMs: number): Tick[] {
  const price = 100 + openMs / MINUTE % 17;
  return [0, 20_000, 59_999].map((afterMs, index) => ({
    timeMs: openMs + afterMs,
    price: price + [0, 2, 1][index],
    size: 1,
    tradeId: `${openMs}-${index}`,
  }));
}
const barOf = (openTimeMs: number): Bar => {
  const [open, high, close] = ticksOf(openTimeMs).map(({ price }) => price);
  return { openTimeMs, open, high, low: open, close, volume: 3 };
};

Deno.test("core that is killed while ticks come goes on after the last bar, with every bar once and whole", async () => {
  await using server = await startRedisForTest();
  await using connection = await connectRedis({ url: server.url, name: "test", onEvent: () => {} });
  await using store = new RedisStore({ connection, onBadEntry: (bad) => assert.fail(bad.reason) });
  const folder = await Deno.makeTempDir({ prefix: "rltrader-core-" });
  const config = `${folder}/model.yaml`;
  const text = await Deno.readTextFile(`${ROOT}/docs/model_config.yaml`);
  await Deno.writeTextFile(config, text.replace("timeframe: 1d", "timeframe: 1m"));
  const history = leastHistory((await loadModelConfig(config)).data.warmup_bars) + 20;
  const start = () =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", `--config=${ROOT}/deno.json`, `${ROOT}/services/core/main.ts`, "--feed=ticks:redis"]
        .concat(["--symbols=A", `--config=${config}`, `--misc=${ROOT}/docs/misc.yaml`]),
      env: { REDIS_URL: server.url },
      stdin: "null",
      stdout: "null",
      stderr: "inherit",
    }).spawn();
  const firstMs = barOpenMs(Date.now(), MINUTE) - history * MINUTE;
  const put = async (index: number) => {
    for (const tick of ticksOf(firstMs + index * MINUTE)) {
      await store.append(tickStream("A"), `${tick.timeMs}-0`, tick);
    }
  };
  const bars = barStream("A", "1m");
  const isLive = async () => (await store.get(feedStatus()))?.state === "live";
  await store.set(currentModel(), { version: "m-0123456789abcdef", adoptAfterMs: 0, sequence: 1 });
  let core = start();
  try {
    for (let index = 0; index <= history; index++) await put(index);
    await until(systemClock, "a live core", isLive, { deadlineMs: DEADLINE_MS });
    for (let index = history + 1; index <= history + LIVE; index++) {
      await put(index);
      if (index % 40 !== 0) continue;
      core.kill("SIGKILL");
      await core.status;
      core = start();
    }
    const lastMs = firstMs + (history + LIVE - 1) * MINUTE;
    const isThere = async () => (await store.newest(bars, 1))[0]?.value.bar.openTimeMs === lastMs;
    await until(systemClock, "the last bar", isThere, { deadlineMs: DEADLINE_MS });
  } finally {
    core.kill("SIGKILL");
    await core.status;
    await Deno.remove(folder, { recursive: true });
  }
  const published = (await store.range(bars)).map(({ value }) => value.bar);
  // The first interval is left out: nobody saw its beginning.
  const expected = Array.from(
    { length: history + LIVE - 1 },
    (_, index) => barOf(firstMs + (index + 1) * MINUTE),
  );
  assert.deepEqual(published, expected);
  assert.deepEqual(await store.range(quarantineStream()), []);
});
