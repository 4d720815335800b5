/** Fills a Redis with a made-up run and keeps it going, to look at the page:
 * `deno run -A ui/testing/demo.ts <redis url> [bars a second] [symbols]`. */
import { connectRedis } from "../../services/core/redis/connect.ts";
import { RedisStore } from "../../services/core/redis/redis_store.ts";
import { FixtureRun } from "./fixture_run.ts";

const [url = "redis://127.0.0.1:6379", rate = "10", symbols = "SPX", history = "320"] = Deno.args;
await using connection = await connectRedis({ url, name: "demo", onEvent: () => {} });
await using store = new RedisStore({ connection, onBadEntry: () => {} });
const run = new FixtureRun(store, { symbols: symbols.split(",") });
await run.setup(true);
await run.quarantine("field high must be a number: it is nan");
await run.learn();
for (let bar = 0; bar < Number(history); bar++) {
  await run.bar();
  if (bar % 80 === 79) await run.learn();
}
for (;;) {
  await run.feed("live");
  for (const id of ["core", "trainer", "inference-1"]) await run.heartbeat(id, "at work");
  await run.bar();
  await new Promise((resolve) => setTimeout(resolve, 1_000 / Number(rate)));
}
