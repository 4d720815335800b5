/** Stands between one process and Redis, on loopback: passes whole commands and replies on, tells what passes, and holds one back
 * for good where a kill waits for it. Product code knows nothing of it. */
import { ARGUMENTS, commandKind } from "./command_kind.ts";
import { argumentsOf, isPush, RespFrames } from "./resp_frames.ts";

/** `before`: Redis has not seen the command. `after`: Redis has answered, and the answer has not arrived. */
export type Side = "before" | "after";

/** A command that passed. */
export interface Passing {
  readonly kind: string;
  /** Its first arguments. */
  readonly args: readonly string[];
  /** When its connection was opened, by `performance.now()`: a dead process's commands may still be answered. */
  readonly connectedMs: number;
}

export interface KillProxyParts {
  /** Port of Redis. */
  readonly port: number;
  /** Asked before anything is passed on. True: it is never passed on, and the connection ends. */
  readonly isLast: (passing: Passing, side: Side) => boolean;
  /** Redis has answered, and the answer goes on to the process. */
  readonly onReply: (passing: Passing, reply: Uint8Array) => void;
}

export class KillProxy implements AsyncDisposable {
  readonly #parts: KillProxyParts;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections = new Set<Deno.TcpConn>();
  readonly #serving: Promise<void>;

  constructor(parts: KillProxyParts) {
    this.#parts = parts;
    this.#serving = this.#serve();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) close(connection);
    await this.#serving;
  }

  async #serve(): Promise<void> {
    const served = new Set<Promise<void>>();
    try {
      for await (const client of this.#listener) {
        const done = this.#connect(client);
        served.add(done);
        void done.then(() => served.delete(done));
      }
    } finally {
      await Promise.all(served);
    }
  }

  async #connect(client: Deno.TcpConn): Promise<void> {
    this.#connections.add(client);
    const connectedMs = performance.now();
    let server: Deno.TcpConn | null = null;
    try {
      server = await Deno.connect({ hostname: "127.0.0.1", port: this.#parts.port });
      this.#connections.add(server);
      for (const connection of [client, server]) connection.setNoDelay(true);
      const asked: Passing[] = [];
      await Promise.race([
        this.#askAll(client, server, asked, connectedMs),
        this.#answerAll(server, client, asked),
      ]);
    } catch {
      // one of both has gone: the other one sees its connection end
    } finally {
      for (const connection of [client, server]) {
        if (connection === null) continue;
        this.#connections.delete(connection);
        close(connection);
      }
    }
  }

  async #askAll(
    client: Deno.TcpConn,
    server: Deno.TcpConn,
    asked: Passing[],
    connectedMs: number,
  ): Promise<void> {
    const frames = new RespFrames();
    for await (const chunk of chunks(client)) {
      const whole = frames.push(chunk);
      const last = whole.findIndex((frame) => {
        const args = argumentsOf(frame, ARGUMENTS);
        const passing = { kind: commandKind(args), args, connectedMs };
        if (this.#parts.isLast(passing, "before")) return true;
        asked.push(passing);
        return false;
      });
      await writeAll(server, last < 0 ? whole : whole.slice(0, last));
      if (last >= 0) return;
    }
  }

  async #answerAll(server: Deno.TcpConn, client: Deno.TcpConn, asked: Passing[]): Promise<void> {
    const frames = new RespFrames();
    for await (const chunk of chunks(server)) {
      const whole = frames.push(chunk);
      const last = whole.findIndex((frame) => {
        if (isPush(frame)) return false;
        const passing = asked.shift();
        if (passing === undefined) return false;
        if (this.#parts.isLast(passing, "after")) return true;
        this.#parts.onReply(passing, frame);
        return false;
      });
      await writeAll(client, last < 0 ? whole : whole.slice(0, last));
      if (last >= 0) return;
    }
  }
}

async function* chunks(connection: Deno.TcpConn): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(65_536);
  for (let read = await connection.read(buffer); read !== null; read = await connection.read(buffer)) {
    yield buffer.subarray(0, read);
  }
}

/** @param frames Neighbours in one buffer. */
async function writeAll(connection: Deno.TcpConn, frames: readonly Uint8Array<ArrayBuffer>[]): Promise<void> {
  const [first] = frames;
  if (first === undefined) return;
  const length = frames.reduce((sum, frame) => sum + frame.length, 0);
  const bytes = new Uint8Array(first.buffer, first.byteOffset, length);
  for (let sent = 0; sent < length;) sent += await connection.write(bytes.subarray(sent));
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch (cause) {
    if (!(cause instanceof Deno.errors.BadResource)) throw cause; // it is closed
  }
}
