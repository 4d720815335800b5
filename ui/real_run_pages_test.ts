/** The pages Learning, Models and System on the whole system and real data: what they show of a run of the S&P 500 equals what a
 * stranger finds in Redis. */
import { deepEqual, ok } from "node:assert/strict";
import { startRedisForTest } from "../services/core/testing/redis_server.ts";
import { checkLearningPage } from "./testing/learning_checks.ts";
import { checkModelsPage } from "./testing/models_checks.ts";
import { downloadedRows } from "./testing/page_tables.ts";
import { open, pageTest, shows } from "./testing/page_tests.ts";
import { RawRedis } from "./testing/raw_redis.ts";
import { runSystem } from "./testing/run_system.ts";
import { servePage } from "./testing/served_page.ts";
import { checkSystemPage } from "./testing/system_checks.ts";

/** Enough for a first model, its time in the shadow, and a challenger. */
const BARS = 220;

pageTest("Learning, Models and System show a real run as Redis holds it", async () => {
  await using redis = await startRedisForTest();
  await runSystem(redis.url, BARS, "--replicas", "2");
  await using server = await servePage(redis.url);
  await using raw = new RawRedis(redis.url);
  ok((await raw.newest("model:events", 10)).length >= 2, "the gate has judged");

  const learning = await open(`${server.url}learning`);
  await checkLearningPage(learning, raw);
  const models = await open(`${server.url}models`);
  await shows(models, ".connection", "Connected");
  await checkModelsPage(models, server.url, raw);
  const system = await open(`${server.url}system`);
  await shows(system, ".connection", "Connected");
  const bars = (await raw.newest("market:bars:SPX:1d", 1))[0]!.id;
  const streams = await downloadedRows(system, "streams");
  const ofBars = streams.find(({ stream }) => stream === "bars")!;
  deepEqual([ofBars.newest, ofBars.done, ofBars.lag], [bars, bars, "0"]);
  deepEqual(
    streams.map(({ stream, entries }) => [stream, entries]),
    await Promise.all(
      streams.map(async ({ stream }) => [stream, String(await raw.client.xlen(keyOf(stream!)))]),
    ),
  );
  await checkSystemPage(system, raw);
  for (const page of [learning, models, system]) {
    deepEqual(page.faults, []);
    await page.close();
  }
});

function keyOf(stream: string): string {
  const keys: Record<string, string> = {
    bars: "market:bars:SPX:1d",
    decisions: "{paper}:decisions:SPX",
    explanations: "{paper}:decisions:SPX",
    experience: "experience:paper:SPX",
    requests: "model:requests:SPX",
  };
  return keys[stream]!;
}
