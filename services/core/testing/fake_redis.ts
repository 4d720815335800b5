/** A server that speaks just enough RESP to misbehave in ways that a real one does rarely. */

/** Returns the raw reply to a command, e.g. `+OK\r\n`, or null to stay silent. */
export type FakeReply = (name: string, args: readonly string[]) => string | null;

export interface FakeRedis extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
}

/** Listens on a free loopback port until it is disposed. */
export function startFakeRedis(reply: FakeReply): FakeRedis {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections = new Set<Deno.Conn>();
  const close = (connection: Deno.Conn) => {
    if (connections.delete(connection)) connection.close();
  };
  const serving = (async () => {
    const serves: Promise<void>[] = [];
    for await (const connection of listener) {
      connections.add(connection);
      serves.push(serve(connection, reply).finally(() => close(connection)));
    }
    await Promise.all(serves);
  })();
  return {
    port: listener.addr.port,
    url: `redis://127.0.0.1:${listener.addr.port}`,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of [...connections]) close(connection);
      await serving;
    },
  };
}

async function serve(connection: Deno.Conn, reply: FakeReply): Promise<void> {
  let pending = "";
  const bytes = new Uint8Array(65_536);
  try {
    for (let length = await connection.read(bytes); length !== null; length = await connection.read(bytes)) {
      pending += new TextDecoder("latin1").decode(bytes.subarray(0, length));
      for (let command = takeCommand(pending); command !== null; command = takeCommand(pending)) {
        pending = pending.slice(command.length);
        const [name = "", ...args] = command.words;
        const answer = reply(name.toUpperCase(), args);
        if (answer !== null) await connection.write(new TextEncoder().encode(answer));
      }
    }
  } catch { // a connection that breaks off is the client's affair
  }
}

/** The first whole command, `*2\r\n$3\r\nGET\r\n$1\r\nk\r\n`; null while it is incomplete. */
function takeCommand(text: string): { words: string[]; length: number } | null {
  const head = /^\*(\d+)\r\n/.exec(text);
  if (head === null) return null;
  const words: string[] = [];
  let at = head[0].length;
  for (let count = Number(head[1]); count > 0; count--) {
    const size = /^\$(\d+)\r\n/.exec(text.slice(at, at + 20));
    if (size === null) return null;
    const start = at + size[0].length;
    at = start + Number(size[1]) + 2;
    if (at > text.length) return null;
    words.push(text.slice(start, at - 2));
  }
  return { words, length: at };
}
