import assert from "node:assert/strict";
import { Redis } from "ioredis";
import { serverForTests } from "../../core/testing/redis_server.ts";
import { KillProxy, type Passing, type Side } from "./kill_proxy.ts";

const server = serverForTests();

/** A client behind a proxy that ends its connection once, at a SET, and one that sees what Redis holds. */
async function connectBehind(side: Side) {
  const resources = new AsyncDisposableStack();
  const port = Number(new URL(server.url()).port);
  const replies: string[] = [];
  let isOver = false;
  const proxy = resources.use(
    new KillProxy({
      port,
      isLast({ kind }: Passing, at: Side) {
        const isLast = !isOver && at === side && kind === "SET ?";
        isOver ||= isLast;
        return isLast;
      },
      onReply: ({ kind }, reply) => replies.push(`${kind} ${new TextDecoder().decode(reply).trim()}`),
    }),
  );
  const options = { lazyConnect: true, maxRetriesPerRequest: null, retryStrategy: () => null };
  const client = new Redis(proxy.port, "127.0.0.1", options);
  const other = new Redis(port, "127.0.0.1");
  resources.defer(() => {
    client.disconnect();
    other.disconnect();
  });
  client.on("error", () => {});
  await client.connect();
  return { client, other, replies, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

for (const [side, held] of [["before", "1"], ["after", "2"]] as const) {
  Deno.test(`KillProxy ends a connection ${side} Redis has seen a command, and never answers it`, async () => {
    await using behind = await connectBehind(side);
    const { client, other, replies } = behind;
    const key = `proxy-${side}`;
    assert.equal(await client.set(`${key}-x`, "1").catch(() => "refused"), "refused", "the first SET");
    await client.connect();
    await client.set(key, "1");
    const large = "x".repeat(300_000);
    assert.deepEqual(await client.pipeline().get(key).set(`${key}-large`, large).get(`${key}-large`).exec(), [
      [null, "1"],
      [null, "OK"],
      [null, large],
    ]);
    assert.ok(replies.includes("SET ? +OK"));
    assert.equal(await other.exists(`${key}-x`), held === "2" ? 1 : 0);
  });
}

Deno.test("KillProxy lets a client see that Redis is gone, and serves it again", async () => {
  await using gone = new KillProxy({ port: 1, isLast: () => false, onReply: () => {} });
  const client = new Redis(gone.port, "127.0.0.1", { lazyConnect: true, retryStrategy: () => null });
  client.on("error", () => {});
  await assert.rejects(client.connect());
  client.disconnect();
});
