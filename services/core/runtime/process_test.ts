import assert from "node:assert/strict";
import {
  type Heartbeat,
  heartbeats,
  type LogLine,
  logStream,
  quarantineStream,
} from "../contracts/system.ts";
import { parseExposition, valueOf } from "../telemetry/exposition_testing.ts";
import { serverForTests } from "../testing/redis_server.ts";
import { systemClock, until } from "./clock.ts";
import { mustBe } from "./command_line.ts";
import { runProcess } from "./process.ts";
import type { Host, ProcessContext } from "./process_context.ts";

const server = serverForTests();
const options = {
  bars: { help: "Stop after so many.", value: "N", check: mustBe.integer(1) },
} as const;
type Context = ProcessContext<typeof options>;

/** What a process sees of Deno, and what it did to it. */
class FakeHost {
  readonly exits: number[] = [];
  readonly #written = { stdout: "", stderr: "" };
  readonly #listeners = new Map<string, () => void>();
  readonly input = new TransformStream<Uint8Array, Uint8Array>();

  constructor(readonly args: string[], readonly variables: Record<string, string> = {}) {}

  get out(): string {
    return this.#written.stdout;
  }

  get err(): string {
    return this.#written.stderr;
  }

  get logged(): Record<string, unknown>[] {
    return this.out.trimEnd().split("\n").map((line) => JSON.parse(line));
  }

  signal(name: string): void {
    this.#listeners.get(name)?.();
  }

  asHost(): Host {
    const write = (name: "stdout" | "stderr") => ({
      writeSync: (bytes: Uint8Array) => {
        this.#written[name] += new TextDecoder().decode(bytes);
        return bytes.length;
      },
    });
    return {
      args: this.args,
      env: { get: (name: string) => this.variables[name] },
      pid: 1_234,
      exit: (code: number) => void this.exits.push(code),
      addSignalListener: (name: string, listener: () => void) => void this.#listeners.set(name, listener),
      memoryUsage: () => ({ rss: 50_000_000 }),
      serve: Deno.serve,
      stdin: { readable: this.input.readable },
      stdout: write("stdout"),
      stderr: write("stderr"),
    } as unknown as Host;
  }
}

async function run(host: FakeHost, body: (context: Context) => Promise<void>): Promise<number> {
  await runProcess(host.asHost(), { name: "core", summary: "A process.", options }, body);
  return host.exits[0];
}
const withRedis = (...args: string[]) => new FakeHost(args, { REDIS_URL: server.url() });
const never = () => Promise.reject(new Error("the body must not run"));

Deno.test("runProcess() prints its help and starts nothing", async () => {
  const host = new FakeHost(["--help", "--bars=0"]);
  assert.equal(await run(host, never), undefined);
  assert.match(host.out, /^A process\.\n\nUsage: deno task core/);
  assert.match(host.out, /--bars N/);
  assert.match(host.out, /--id NAME/);
});

Deno.test("runProcess() exits with 1 and one message for a wrong command line or environment", async () => {
  const usage = new FakeHost(["--bars=0"]);
  assert.equal(await run(usage, never), 1);
  assert.match(usage.err, /^core: Cannot start as the command line has 1 fault:\n {2}--bars must be/);
  const environment = new FakeHost([], { REDIS_URL: "http://secret@host" });
  assert.equal(await run(environment, never), 1);
  assert.match(environment.err, /^core: .*REDIS_URL must be a redis:\/\//s);
  assert.ok(!environment.err.includes("secret"));
});

Deno.test("runProcess() gives its body options, id, log and store, and exits with 0 after it", async () => {
  const host = withRedis("--bars=3", "--id=core-7");
  const code = await run(host, async (context) => {
    assert.equal(context.options.bars, "3");
    assert.equal(context.id, "core-7");
    assert.equal(await context.store.getField(heartbeats(), "nobody"), null);
    context.log.info({}, "here");
  });
  assert.equal(code, 0);
  assert.equal(host.err, "");
  assert.deepEqual(host.logged.map(({ msg }) => msg), ["started", "here", "stopped"]);
  assert.ok(host.logged.every((line) => line.process === "core-7"));
});

Deno.test("runProcess() sends a heartbeat at once, with what the process says of itself", async () => {
  let beat: Heartbeat | null = null;
  await run(withRedis("--id=core-beat"), async (context) => {
    context.say("reading", { bars: 5 });
    assert.deepEqual(context.report, { activity: "reading", figures: { bars: 5 } });
    const read = () => context.store.getField(heartbeats(), "core-beat");
    beat = await until(systemClock, "a heartbeat", read, { deadlineMs: 5_000, everyMs: 5 });
  });
  const { process, pid, memoryMb, activity } = beat as unknown as Heartbeat;
  assert.deepEqual({ process, pid, memoryMb, activity }, {
    process: "core",
    pid: 1_234,
    memoryMb: 50,
    activity: "starting",
  });
});

Deno.test("runProcess() keeps a quarantined input with its reason", async () => {
  const host = withRedis("--id=core-quarantine");
  await run(host, async (context) => {
    context.quarantine({ key: "a", id: "7-0", reason: "no bar", content: "{}" });
    const kept = async () =>
      (await context.store.range(quarantineStream())).find(({ value }) =>
        value.process === "core-quarantine"
      );
    const entry = await until(systemClock, "the entry", kept, { deadlineMs: 5_000, everyMs: 5 });
    const { source, entry: id, reason, content } = entry.value;
    assert.deepEqual({ source, id, reason, content }, {
      source: "a",
      id: "7-0",
      reason: "no bar",
      content: "{}",
    });
  });
  assert.equal(host.err, "");
});

Deno.test("runProcess() says why its body failed, and exits with 1", async () => {
  const host = withRedis();
  assert.equal(await run(host, () => Promise.reject(new Error("the feed is broken"))), 1);
  assert.equal(host.err, "core: the feed is broken\n");
  assert.equal(host.logged.at(-1)?.msg, "the feed is broken");
});

// The frame ends a process that does not stop by itself with a timer, which a real exit takes with it.
const ends = { sanitizeOps: false, sanitizeResources: false };

for (const name of ["SIGINT", "SIGTERM"]) {
  Deno.test(
    `runProcess() stops on ${name}: exit code 0, no message, also if the body throws the reason`,
    ends,
    async () => {
      for (const rethrows of [false, true]) {
        const host = withRedis();
        const code = await run(host, async (context) => {
          const stopped = context.untilStopped();
          host.signal(name);
          await stopped;
          await context.untilStopped();
          if (rethrows) context.signal.throwIfAborted();
        });
        assert.equal(code, 0);
        assert.equal(host.err, "");
        assert.deepEqual(host.logged.map(({ msg }) => msg), ["started", "stopped"]);
      }
    },
  );
}

Deno.test(
  "runProcess() says what went wrong while it stopped, which a stop does not excuse",
  ends,
  async () => {
    const host = withRedis();
    const code = await run(host, (context) => {
      host.signal("SIGTERM");
      assert.ok(context.signal.aborted);
      return Promise.reject(new Error("the leases cannot be given back"));
    });
    assert.equal(code, 0);
    const warned = host.logged.filter(({ level }) => level === 40);
    assert.deepEqual(warned.map(({ msg }) => msg), ["the leases cannot be given back"]);
    assert.equal(host.logged.at(-1)?.msg, "stopped");
  },
);

Deno.test("runProcess() stops with its parent if it is told to", ends, async () => {
  const host = withRedis("--end-with-parent");
  const code = await run(host, async (context) => {
    await host.input.writable.close();
    await context.untilStopped();
    assert.match(String(context.signal.reason), /the parent ended/);
  });
  assert.equal(code, 0);
});

/** What `/readyz` says, by the address in the heartbeat. */
async function askAt(url: string, path: string): Promise<{ code: number; text: string }> {
  const response = await fetch(new URL(path, url));
  return { code: response.status, text: await response.text() };
}

Deno.test("runProcess() answers /metrics, /healthz and /readyz where it is told to, and says where in its heartbeat", async () => {
  const host = new FakeHost(["--id=core-asked"], {
    REDIS_URL: server.url(),
    RLTRADER_METRICS: "127.0.0.1:0",
  });
  const code = await run(host, async (context) => {
    const beat = () => context.store.getField(heartbeats(), "core-asked");
    const { metricsUrl } = await until(systemClock, "a heartbeat", beat, { deadlineMs: 5_000, everyMs: 5 });
    const url = metricsUrl!;
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
    const starting = await askAt(url, "readyz");
    assert.equal(starting.code, 503);
    assert.equal(JSON.parse(starting.text).reason, "it is starting");
    context.say("reading", { bars: 5 });
    context.readyUnless(() => null);
    const ready = await askAt(url, "readyz");
    assert.deepEqual([ready.code, JSON.parse(ready.text)], [200, {
      ...{ status: "ready", process: "core", id: "core-asked", activity: "reading", reason: null },
    }]);
    const alive = JSON.parse((await askAt(url, "healthz")).text);
    assert.deepEqual([alive.status, alive.id], ["alive", "core-asked"]);
    context.quarantine({ key: "a", id: "7-0", reason: "jump: too far", content: "{}" });
    context.log.warn({}, "careful");
    const families = parseExposition((await askAt(url, "metrics")).text);
    assert.equal(valueOf(families, "rltrader_quarantined_total", { rule: "jump" }), 1);
    assert.equal(valueOf(families, "rltrader_log_lines_total", { level: "warn" }), 2);
    assert.equal(valueOf(families, "rltrader_ready"), 1);
    assert.equal(valueOf(families, "rltrader_redis_up"), 1);
    assert.equal(valueOf(families, "process_resident_memory_bytes"), 50_000_000);
    assert.equal(valueOf(families, "rltrader_process_info", { process: "core", id: "core-asked" }), 1);
    assert.ok(valueOf(families, "process_cpu_seconds_total") > 0);
    assert.equal((await askAt(url, "else")).code, 404);
    assert.equal((await fetch(new URL("metrics", url), { method: "POST", body: "x" })).status, 405);
  });
  assert.equal(code, 0, host.err);
});

Deno.test("runProcess() serves no metrics where it is not told to, and says which address is taken", async () => {
  await run(withRedis("--id=core-silent"), async (context) => {
    const beat = () => context.store.getField(heartbeats(), "core-silent");
    const silent = await until(systemClock, "a heartbeat", beat, { deadlineMs: 5_000, everyMs: 5 });
    assert.equal("metricsUrl" in silent, false);
  });
  const taken = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => new Response(""));
  const address = `127.0.0.1:${taken.addr.port}`;
  const host = new FakeHost([], { REDIS_URL: server.url(), RLTRADER_METRICS: address });
  assert.equal(await run(host, never), 1);
  assert.match(host.err, new RegExp(`RLTRADER_METRICS must name a free port: on ${address} another program`));
  await taken.shutdown();
});

Deno.test("runProcess() puts its lines into system:log too, with the reason of its end last", async () => {
  const host = withRedis("--id=core-logged");
  await run(host, (context) => {
    context.log.debug({}, "too small");
    context.log.warn({ symbol: "SPX" }, "lane lost");
    return Promise.reject(new Error("the feed is broken"));
  });
  let lines: LogLine[] = [];
  await run(withRedis("--id=core-reader"), async ({ store }) => {
    lines = (await store.range(logStream())).map(({ value }) => value).filter((line) =>
      line.process === "core-logged"
    );
  });
  assert.deepEqual(lines.map(({ level, message }) => [level, message]), [
    ["info", "started"],
    ["warn", "lane lost"],
    ["error", "the feed is broken"],
  ]);
  assert.deepEqual(JSON.parse(lines[1].fields), { symbol: "SPX" });
  assert.ok(Math.abs(lines[1].atMs - Date.now()) < 60_000);
});
