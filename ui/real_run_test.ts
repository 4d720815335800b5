/** The pages on the whole system and real data: what they show of a run of the S&P 500 equals what a stranger finds in Redis. */
import { deepEqual, equal } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { loadMiscConfig } from "../services/core/config/misc.ts";
import { loadModelConfig } from "../services/core/config/model_config.ts";
import { startRedisForTest } from "../services/core/testing/redis_server.ts";
import { signed } from "./components/format.ts";
import { pageSettings, stateSetup } from "./page_settings.ts";
import {
  checkDecisionsPage,
  checkFills,
  checkLivePage,
  checkReasons,
  checkReplayStep,
} from "./testing/lane_checks.ts";
import { open, pageTest, shows } from "./testing/page_tests.ts";
import { RawRedis } from "./testing/raw_redis.ts";
import { runSystem } from "./testing/run_system.ts";
import { servePage } from "./testing/served_page.ts";
import { Stranger } from "./testing/stranger.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

pageTest("the pages show a real run as Redis holds it", async () => {
  await using redis = await startRedisForTest();
  await runSystem(redis.url, 30);
  const model = await loadModelConfig(`${ROOT}docs/model_config.yaml`);
  const misc = await loadMiscConfig(`${ROOT}docs/misc.yaml`);
  await using server = await servePage(redis.url, {
    settings: pageSettings(model, misc),
    states: stateSetup(model),
  });
  await using raw = new RawRedis(redis.url);
  const stranger = new Stranger(raw, "SPX");
  const decisions = await stranger.decisions();
  equal(decisions.length, 30);

  const live = await open(server.url);
  await checkLivePage(live, stranger);
  if (decisions.at(-1)!.chosen !== null) await checkReasons(live, stranger);
  deepEqual(live.faults, []);
  await live.close();

  const table = await open(`${server.url}decisions`);
  await checkDecisionsPage(table, stranger, "SPX");
  await checkFills(table, stranger, "SPX");
  deepEqual(table.faults, []);
  await table.close();

  const state = await open(`${server.url}state`);
  await shows(state, ".state-marks", "equals what the decision saw");
  const scaled = await stranger.floats("decisions", decisions.at(-1)!.barMs, "state");
  const seen = await state.locator(".state tbody tr td:nth-child(4)").allInnerTexts();
  deepEqual(seen.map((text) => text.split(" ").at(-1)), scaled.map((value) => signed(value, 4)));
  deepEqual(state.faults, []);
  await state.close();

  const replay = await open(`${server.url}replay/SPX/${decisions[11]!.barMs}`);
  await checkReplayStep(replay, stranger, decisions[11]!.barMs);
  deepEqual(replay.faults, []);
  await replay.close();
});
