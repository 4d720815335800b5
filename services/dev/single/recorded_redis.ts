/** The Redis of a run that has ended, started again on the files that it left, for as long as somebody reads them. */
import { join } from "node:path";
import type { Clock } from "../../core/runtime/clock.ts";
import { Child } from "../child.ts";
import { configurePrivateRedis } from "../private_redis.ts";
import type { RunFolder } from "../run_folder.ts";

export interface RecordedRedis extends AsyncDisposable {
  /** Its address, for who may read all. */
  readonly url: string;
}

/** @param server The program. */
export async function startRecordedRedis(
  folder: RunFolder,
  server: string,
  environment: Readonly<Record<string, string>>,
  clock: Clock,
): Promise<RecordedRedis> {
  const { configPath, url } = await configurePrivateRedis(folder.redis);
  const logPath = join(folder.logs, "redis.log");
  const spec = { name: "redis", program: server, args: [configPath], env: environment, logPath };
  const child = new Child(spec, clock, () => {});
  child.run().catch(() => {}); // whoever reads learns that it is not there
  return { url: url("dev"), [Symbol.asyncDispose]: () => child.stop() };
}
