/** The other side of the ping-pong: reads entries of one stream and appends each to another, with nothing but ioredis. */
import { Redis } from "ioredis";

const [port, pings, pongs] = Deno.args;
const reader = new Redis({ host: "127.0.0.1", port: Number(port), maxRetriesPerRequest: null });
const writer = new Redis({ host: "127.0.0.1", port: Number(port), maxRetriesPerRequest: null });
let last = "$";
for (;;) {
  const page = await reader.xread("COUNT", 64, "BLOCK", 1_000, "STREAMS", pings, last);
  for (const [id, fields] of page?.[0][1] ?? []) {
    last = id;
    await writer.xadd(pongs, id, ...fields);
  }
}
