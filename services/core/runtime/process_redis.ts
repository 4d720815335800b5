/** How a service process comes to its Redis. */
import type { Environment } from "../config/environment.ts";
import { certificateOf } from "../redis/certificate.ts";
import { connectRedis } from "../redis/connect.ts";
import { RedisUnavailableError } from "../redis/connection_errors.ts";
import type { RedisConnection } from "../redis/redis_connection.ts";
import type { Log } from "./log.ts";

/** How long a server that nobody named may take. */
const UNNAMED_MS = 1_000;

/** @param isNamed Whether REDIS_URL is set: a server that nobody named may well not be there, and is not waited for.
 * @throws {RedisUnavailableError | RedisRefusedError} */
export async function connectProcess(
  { redisUrl, redisCaFile }: Pick<Environment, "redisUrl" | "redisCaFile">,
  id: string,
  log: Log,
  isNamed: boolean,
): Promise<RedisConnection> {
  const connecting = connectRedis({
    url: redisUrl,
    name: `rltrader-${id}`,
    onEvent: (event) => log.info(event, "redis connection"),
    ...(isNamed ? {} : { deadlineMs: UNNAMED_MS }),
    ...await certificateOf({ redisCaFile }),
  });
  return await connecting.catch((cause) => {
    if (isNamed || !(cause instanceof RedisUnavailableError)) throw cause;
    throw new RedisUnavailableError(
      `Cannot reach Redis as REDIS_URL must name it, or one must answer at ${redisUrl}: neither is so. ` +
        "deno task dev starts one of its own",
      { cause },
    );
  });
}
