/** Ends the Redis of a run whose supervisor was killed and could not do it. */
import { readDevAddress, SUPERVISOR } from "./private_redis.ts";

/** A server that ends takes less, a large append-only file included. */
const DEADLINE_MS = 5_000;

/** Ends the server that still has a run's files open, and waits until it is gone. It is known by the run's own password, so nothing
 * else that listens on its port meanwhile is taken for it. @param folder Of its files.
 * @throws {RangeError} If it may be there and does not end. */
export async function endForgottenRedis(folder: string): Promise<void> {
  const address = await readDevAddress(folder);
  if (address === null) return;
  const { port, password } = new URL(address);
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) }).catch((cause) => {
    if (cause instanceof Deno.errors.ConnectionRefused) return null; // it has ended, as nearly always
    throw cause;
  });
  if (connection === null) return;
  const timer = setTimeout(() => connection.close(), DEADLINE_MS);
  try {
    if (!await isKnown(connection, password)) return;
    await say(connection, "SHUTDOWN");
    for await (const _ of connection.readable) continue; // until its process has ended
  } catch (cause) {
    throw new RangeError(
      `Cannot open ${folder} as its Redis, which listens on port ${port}, must have ended: it did not within ` +
        `${DEADLINE_MS / 1_000} s. End it by hand`,
      { cause },
    );
  } finally {
    clearTimeout(timer);
    try {
      connection.close();
    } catch {
      // whoever read it to its end has closed it
    }
  }
}

/** Whether it takes the run's own password. */
async function isKnown(connection: Deno.TcpConn, password: string): Promise<boolean> {
  await say(connection, `AUTH ${SUPERVISOR} ${password}`);
  const answer = new Uint8Array(3);
  const length = await connection.read(answer);
  return new TextDecoder().decode(answer.subarray(0, length ?? 0)) === "+OK";
}

async function say(connection: Deno.TcpConn, line: string): Promise<void> {
  await connection.write(new TextEncoder().encode(`${line}\r\n`));
}
