/** The Redis of a run that has ended, started again on the files that it left, for as long as somebody reads them. */
import { join } from "node:path";
import type { Clock } from "../../core/runtime/clock.ts";
import { Child } from "../child.ts";
import { configurePrivateRedis } from "../private_redis.ts";
import { watchRedis } from "../redis_watch.ts";
import { type RunFolder, takeRedisFiles } from "../run_folder.ts";

export interface RecordedRedis extends AsyncDisposable {
  /** Its address, for who may read all. */
  readonly url: string;
}

/** @param server The program.
 * @throws {RangeError} If another command reads the run, or its Redis was forgotten and does not end. */
export async function startRecordedRedis(
  folder: RunFolder,
  server: string,
  environment: Readonly<Record<string, string>>,
  clock: Clock,
): Promise<RecordedRedis> {
  await using resources = new AsyncDisposableStack();
  resources.use(await takeRedisFiles(folder));
  const redis = await configurePrivateRedis(folder.redis);
  resources.use(watchRedis(redis));
  const logPath = join(folder.logs, "redis.log");
  const spec = { name: "redis", program: server, args: [redis.configPath], env: environment, logPath };
  const child = new Child(spec, clock, () => {});
  child.run().catch(() => {}); // whoever reads learns that it is not there
  resources.defer(() => child.stop());
  const kept = resources.move();
  return { url: redis.url("dev"), [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
