/** Starts a private Redis or Valkey server for a test: loopback only, free port, own folder, gone afterwards. */
import { createServer } from "node:net";
import { join } from "node:path";

export interface TestServerOptions {
  /** Text of an ACL file. */
  readonly acl?: string;
  /** Of the default user. */
  readonly password?: string;
  /** More settings as the server's command line takes them, e.g. `["--maxmemory", "10mb"]`. */
  readonly settings?: readonly string[];
}

const START_DEADLINE_MS = 10_000;
const STARTS = 5;

/** A running server. Its data are in an append-only file, so they survive {@link kill} and {@link start}. */
export class TestRedisServer implements AsyncDisposable {
  #process: Deno.ChildProcess | undefined;

  constructor(
    readonly binary: string,
    readonly folder: string,
    readonly port: number,
    readonly options: TestServerOptions,
  ) {}

  get url(): string {
    const user = this.options.password === undefined ? "" : `:${encodeURIComponent(this.options.password)}@`;
    return `redis://${user}127.0.0.1:${this.port}`;
  }

  urlFor(user: string, password: string): string {
    return `redis://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:${this.port}`;
  }

  /** Starts the server, again after {@link kill}, and waits until it answers. */
  async start(): Promise<void> {
    const { acl, password, settings = [] } = this.options;
    const aclFile = join(this.folder, "users.acl");
    if (acl !== undefined) await Deno.writeTextFile(aclFile, acl);
    const child = new Deno.Command(this.binary, {
      args: [
        ...["--port", String(this.port), "--bind", "127.0.0.1", "--dir", this.folder],
        // Not everysec: while a sync is running it answers first and writes up to 2 s later, so a kill loses answered
        // writes. With "no" each write reaches the kernel before its answer, which is all that a kill needs.
        ...["--appendonly", "yes", "--appendfsync", "no", "--save", "", "--maxmemory-policy", "noeviction"],
        ...["--logfile", join(this.folder, "server.log")],
        ...(password === undefined ? [] : ["--requirepass", password]),
        ...(acl === undefined ? [] : ["--aclfile", aclFile]),
        ...settings,
      ],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    this.#process = child;
    let status: Deno.CommandStatus | undefined;
    void child.status.then((ended) => status = ended);
    const deadline = performance.now() + START_DEADLINE_MS;
    while (!await answers(this.port)) {
      if (status !== undefined) throw new Error(await this.#failure(`it ended with code ${status.code}`));
      if (performance.now() > deadline) throw new Error(await this.#failure("it does not answer"));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Ends it like a power cut of the process: no time to clean up. */
  kill(): Promise<void> {
    return this.#end("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end("SIGKILL");
    await Deno.remove(this.folder, { recursive: true });
  }

  async #end(signal: Deno.Signal): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    try {
      child?.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended already
    }
    await child?.status;
  }

  async #failure(reason: string): Promise<string> {
    const log = await Deno.readTextFile(join(this.folder, "server.log")).catch(() => "(no log)");
    return `Cannot start ${this.binary} on port ${this.port} as it must answer PING: ${reason}\n${
      log.slice(-2000)
    }`;
  }
}

/** Starts a server with a folder of its own. @throws {Error} If no server is installed: tests on it must not be skipped. */
export async function startRedisForTest(options: TestServerOptions = {}): Promise<TestRedisServer> {
  const binary = await findServer();
  let fault: unknown;
  for (let attempt = 0; attempt < STARTS; attempt++) {
    const folder = await Deno.makeTempDir({ prefix: "rltrader-redis-" });
    const server = new TestRedisServer(binary, folder, await freePort(), options);
    try {
      await server.start();
      return server;
    } catch (error) { // another process may have taken the port in between
      fault = error;
      await server[Symbol.asyncDispose]();
    }
  }
  throw fault;
}

async function findServer(): Promise<string> {
  const named = Deno.env.get("RLTRADER_REDIS_SERVER");
  if (named) return named;
  const folders = (Deno.env.get("PATH") ?? "").split(":").filter((folder) => folder !== "");
  for (const name of ["valkey-server", "redis-server"]) {
    for (const folder of folders) if (await isFile(join(folder, name))) return join(folder, name);
  }
  const cache = cacheFolder();
  const cached = cache === null ? null : await serverBelow(join(cache, "redis"), 6);
  if (cached !== null) return cached;
  throw new Error(
    "Cannot test on Redis as a server must be installed: none is at RLTRADER_REDIS_SERVER, as valkey-server or " +
      `redis-server on PATH, or below ${cache}/redis; "deno task dev" fetches one, or set RLTRADER_REDIS_SERVER`,
  );
}

function cacheFolder(): string | null {
  const own = Deno.env.get("RLTRADER_CACHE");
  if (own) return own;
  const xdg = Deno.env.get("XDG_CACHE_HOME");
  if (xdg) return join(xdg, "rltrader");
  const home = Deno.env.get("HOME");
  return home ? join(home, ".cache", "rltrader") : null;
}

async function serverBelow(folder: string, depth: number): Promise<string | null> {
  const folders: string[] = [];
  try {
    for await (const item of Deno.readDir(folder)) {
      const path = join(folder, item.name);
      if (item.isFile && (item.name === "valkey-server" || item.name === "redis-server")) return path;
      if (item.isDirectory) folders.push(path);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  for (const path of depth > 0 ? folders.sort().reverse() : []) {
    const found = await serverBelow(path, depth - 1);
    if (found !== null) return found;
  }
  return null;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => typeof address === "object" && address ? resolve(address.port) : reject(new Error()));
    });
  });
}

/** Whether a server answers PING; one that asks for a password answers too, one that is loading does not. */
async function answers(port: number): Promise<boolean> {
  try {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await connection.write(new TextEncoder().encode("PING\r\n"));
    const bytes = new Uint8Array(64);
    const length = await connection.read(bytes) ?? 0;
    const reply = new TextDecoder().decode(bytes.subarray(0, length));
    return reply.startsWith("+PONG") || reply.startsWith("-NOAUTH");
  } catch {
    return false;
  }
}

/** One server for all tests of a file: `RLTRADER_TEST_REDIS_URL` if it is set, else a private one. */
export function serverForTests(options: TestServerOptions = {}): { url(): string } {
  let url = Deno.env.get("RLTRADER_TEST_REDIS_URL");
  let server: TestRedisServer | undefined;
  Deno.test.beforeAll(async () => {
    if (url) return;
    server = await startRedisForTest(options);
    url = server.url;
  });
  Deno.test.afterAll(() => server?.[Symbol.asyncDispose]());
  return {
    url() {
      if (!url) throw new Error("Cannot use the test server as a test must be running: none is");
      return url;
    },
  };
}
