import assert from "node:assert/strict";
import { type Decision, decisionStream, leaseKey } from "../core/contracts/lane.ts";
import { SnapshotKeeper } from "../core/features/snapshot_keeper.ts";
import { loadedModel, STRATEGY } from "../core/lane/lane_testing.ts";
import { LocalRunner } from "../core/lane/model_runner.ts";
import { systemClock, until } from "../core/runtime/clock.ts";
import { silentLog } from "../core/runtime/log.ts";
import type { InferenceAgentParts } from "./inference_agent.ts";
import { InferenceAgent } from "./inference_agent.ts";
import { ACCOUNT, DAY_MS, HISTORY, newBuilder, TIMEFRAME, World } from "./inference_testing.ts";
import { Leadership, type LeadershipParts } from "./leadership.ts";

const SYMBOLS = ["BTC", "ETH", "SPX"];
const TTL_MS = 1_000;
const eventually = (what: string, condition: () => boolean | Promise<boolean>) =>
  until(systemClock, what, condition, { deadlineMs: 5_000, everyMs: 1 });

/** A replica that runs until it is stopped, or killed: then its leases stay. */
class Replica {
  leads: readonly string[] = [];
  made = 0;
  readonly decisions: Decision[] = [];
  readonly #stop = new AbortController();
  readonly leadership: Leadership;
  readonly running: Promise<void>;

  constructor(
    world: World,
    readonly name: string,
    changes: Partial<LeadershipParts> = {},
    agentChanges: Partial<InferenceAgentParts> = {},
    keeperOf = (symbol: string) => new SnapshotKeeper({ store: world.store, symbol, timeframe: TIMEFRAME }),
  ) {
    const { store, ledger, clock } = world;
    const runner = new LocalRunner();
    this.leadership = new Leadership({
      account: ACCOUNT,
      replica: name,
      symbols: SYMBOLS,
      timeframe: TIMEFRAME,
      ttlMs: TTL_MS,
      renewMs: 5,
      store,
      ledger,
      clock,
      log: silentLog,
      makeAgent: (symbol, fence) => {
        this.made++;
        const agent = new InferenceAgent({
          account: ACCOUNT,
          symbol,
          replica: name,
          fence,
          strategy: STRATEGY,
          store,
          snapshots: keeperOf(symbol),
          ledger,
          builder: newBuilder(),
          runner,
          confidenceAt: () => 1,
          controls: world.controls(),
          isRealTime: false,
          shadow: { observe: () => Promise.resolve() },
          currentModel: () => model,
          clock,
          ...agentChanges,
        });
        return { agent, [Symbol.asyncDispose]: () => Promise.resolve() };
      },
      onDecision: (decision) => this.decisions.push(decision),
      onLeading: (symbols) => this.leads = [...symbols].sort(),
      ...changes,
    });
    this.running = this.leadership.run(this.#stop.signal);
    this.running.catch(() => {});
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.running;
  }
}
const model = loadedModel();

async function publish(world: World, from: number, to: number): Promise<void> {
  for (const symbol of SYMBOLS) await world.publish(from, to, HISTORY, symbol);
}

async function decidedThrough(world: World, t: number): Promise<boolean> {
  for (const symbol of SYMBOLS) {
    const [last] = await world.store.newest(decisionStream(ACCOUNT, symbol), 1);
    if (last?.id !== `${t * DAY_MS}-0`) return false;
  }
  return true;
}

/** Each bar of each symbol is decided, once, in order. */
async function checkDecisions(world: World, through: number): Promise<void> {
  for (const symbol of SYMBOLS) {
    const decisions = await world.store.range(decisionStream(ACCOUNT, symbol));
    const expected = Array.from({ length: through - HISTORY }, (_, index) => HISTORY + 1 + index);
    assert.deepEqual(decisions.map(({ value }) => value.barMs / DAY_MS), expected, symbol);
  }
}

Deno.test("Leadership of one replica leads every symbol and decides each live bar once, history never", async () => {
  const world = new World();
  await publish(world, 1, HISTORY + 3);
  const replica = new Replica(world, "inference-1");
  await eventually("the first bars", () => decidedThrough(world, HISTORY + 3));
  await publish(world, HISTORY + 4, HISTORY + 150); // more than one read takes
  await eventually("all bars", () => decidedThrough(world, HISTORY + 150));
  assert.deepEqual(replica.leads, SYMBOLS);
  await replica.stop();
  assert.equal(replica.made, SYMBOLS.length);
  assert.equal(replica.decisions.length, SYMBOLS.length * 150);
  await checkDecisions(world, HISTORY + 150);
});

Deno.test("Leadership of two replicas shares the symbols; a stopped one's move at once, and no bar is decided twice or missed", async () => {
  const world = new World();
  await publish(world, 1, HISTORY + 5);
  const first = new Replica(world, "inference-1");
  await eventually("the first bars", () => decidedThrough(world, HISTORY + 5));
  const second = new Replica(world, "inference-2");
  await eventually("both lead", () => first.leads.length === 2 && second.leads.length === 1);
  assert.deepEqual([...first.leads, ...second.leads].sort(), SYMBOLS);
  await publish(world, HISTORY + 6, HISTORY + 20);
  await eventually("the shared bars", () => decidedThrough(world, HISTORY + 20));
  assert.ok(second.decisions.length >= 15);
  await publish(world, HISTORY + 21, HISTORY + 60);
  await first.stop(); // somewhere in the middle
  await eventually("the rest", () => decidedThrough(world, HISTORY + 60));
  assert.deepEqual(second.leads, SYMBOLS);
  await second.stop();
  await checkDecisions(world, HISTORY + 60);
  assert.equal(first.decisions.length + second.decisions.length, SYMBOLS.length * 60);
});

Deno.test("Leadership decides a symbol that it gains at once, though it waits for bars of another", async () => {
  const world = new World();
  await publish(world, 1, HISTORY);
  const busy = await world.ledger.renewLeases({
    account: ACCOUNT,
    replica: "inference-1",
    symbols: SYMBOLS,
    ttlMs: TTL_MS,
  });
  const second = new Replica(world, "inference-2", { renewMs: 20_000 }); // of the world's clock, which jumps
  await world.ledger.renewLeases({
    account: ACCOUNT,
    replica: "inference-1",
    symbols: SYMBOLS,
    ttlMs: TTL_MS,
  });
  await eventually("it leads one", () => second.leads.length === 1);
  assert.equal(busy.size, 3);
  await publish(world, HISTORY + 1, HISTORY + 2);
  await eventually("its bars", () => second.decisions.length === 2);
  await world.ledger.releaseLeases({ account: ACCOUNT, replica: "inference-1" });
  await eventually("all bars", () => decidedThrough(world, HISTORY + 2));
  await second.stop();
});

Deno.test("Leadership goes on with its lanes while another one is brought up to date, those with waiting bars first", async () => {
  const world = new World();
  await publish(world, 1, HISTORY);
  await world.publish(HISTORY + 1, HISTORY + 1, HISTORY, "SPX"); // the only one to wait
  const joined: string[] = [];
  const held = Promise.withResolvers<void>();
  class SlowKeeper extends SnapshotKeeper {
    constructor(readonly symbol: string) {
      super({ store: world.store, symbol, timeframe: TIMEFRAME });
    }

    override async restore(...args: Parameters<SnapshotKeeper["restore"]>) {
      joined.push(this.symbol);
      if (this.symbol === "BTC") await held.promise;
      return await super.restore(...args);
    }
  }
  const replica = new Replica(world, "inference-1", {}, {}, (symbol) => new SlowKeeper(symbol));
  await eventually(
    "SPX decides",
    async () => (await world.store.newest(decisionStream(ACCOUNT, "SPX"), 1)).length === 1,
  );
  await world.publish(HISTORY + 1, HISTORY + 1, HISTORY, "ETH");
  await eventually(
    "ETH decides",
    async () => (await world.store.newest(decisionStream(ACCOUNT, "ETH"), 1)).length === 1,
  );
  assert.deepEqual(joined, ["SPX", "BTC", "ETH"]);
  held.resolve();
  await world.publish(HISTORY + 1, HISTORY + 1, HISTORY, "BTC");
  await eventually("BTC decides", () => decidedThrough(world, HISTORY + 1));
  await replica.stop();
  await checkDecisions(world, HISTORY + 1);
});

Deno.test("Leadership takes over a killed replica's symbols when their leases have run out, not before", async () => {
  const world = new World();
  await publish(world, 1, HISTORY + 5);
  const killed = await world.ledger.renewLeases({
    account: ACCOUNT,
    replica: "inference-1",
    symbols: SYMBOLS,
    ttlMs: TTL_MS,
  });
  assert.equal(killed.size, 3);
  let renewals = 0;
  const second = new Replica(world, "inference-2", {
    ledger: new Proxy(world.ledger, {
      get(target, name) {
        if (name === "renewLeases") renewals++;
        return Reflect.get(target, name).bind(target);
      },
    }),
  });
  await eventually("some renewals", () => renewals > 5);
  assert.deepEqual(second.leads, []);
  world.ledgerMs += TTL_MS;
  await eventually("all bars", () => decidedThrough(world, HISTORY + 5));
  assert.deepEqual(second.leads, SYMBOLS);
  await second.stop();
  await checkDecisions(world, HISTORY + 5);
});

Deno.test("Leadership of a replica that lost its lanes unknowingly commits nothing, and waits for its next renewal", async () => {
  const world = new World();
  await publish(world, 1, HISTORY);
  const answers = Promise.withResolvers<void>();
  let renewals = 0;
  const first = new Replica(world, "inference-1", {
    ledger: new Proxy(world.ledger, {
      get(target, name) {
        const method = Reflect.get(target, name).bind(target);
        if (name !== "renewLeases") return method;
        return async (request: unknown) => {
          if (++renewals > 1) await answers.promise;
          return await method(request);
        };
      },
    }),
  });
  await eventually("it leads", () => first.leads.length === SYMBOLS.length);
  const leases = world.keyspace.hash(leaseKey(ACCOUNT));
  for (const symbol of SYMBOLS) leases.set(symbol, `inference-9|77|${world.ledgerMs + TTL_MS}`);
  await publish(world, HISTORY + 1, HISTORY + 3);
  await eventually("it leads no more", () => first.leads.length === 0);
  assert.equal(first.made, SYMBOLS.length);
  assert.equal(first.decisions.length, 0);
  world.ledgerMs += TTL_MS;
  answers.resolve();
  await eventually("it leads again", () => decidedThrough(world, HISTORY + 3));
  assert.equal(first.made, 2 * SYMBOLS.length);
  await first.stop();
  await checkDecisions(world, HISTORY + 3);
});

Deno.test("Leadership hands its leases back when it cannot decide, and fails", async () => {
  const world = new World();
  await publish(world, 1, HISTORY + 3);
  const broken = new Replica(world, "inference-1", {}, {
    currentModel: () => Promise.reject(new Error("broken")),
  });
  let failure: unknown = null;
  broken.running.catch((cause) => failure = cause);
  await eventually("it fails", () => failure !== null);
  assert.match(String(failure), /broken/);
  const second = new Replica(world, "inference-2"); // no lease has to run out
  await eventually("the other decides", () => decidedThrough(world, HISTORY + 3));
  await second.stop();
  await checkDecisions(world, HISTORY + 3);
});

Deno.test("Leadership goes on with its leases when one renewal fails", async () => {
  const world = new World();
  await publish(world, 1, HISTORY + 2);
  let failures = 3;
  const replica = new Replica(world, "inference-1", {
    ledger: new Proxy(world.ledger, {
      get(target, name) {
        const method = Reflect.get(target, name).bind(target);
        return name === "renewLeases" && failures-- > 0
          ? () => Promise.reject(new Error("no answer"))
          : method;
      },
    }),
  });
  await eventually("the bars", () => decidedThrough(world, HISTORY + 2));
  await replica.stop();
});

Deno.test("Leadership.isDeciding tells while a lane has bars at hand, also after a lane was lost", async () => {
  const world = new World();
  await publish(world, 1, HISTORY + 1);
  const gate = Promise.withResolvers<void>();
  const replica = new Replica(world, "inference-1", {}, {
    currentModel: () => gate.promise.then(() => model),
  });
  await eventually("it decides", () => replica.leadership.isDeciding);
  gate.resolve();
  await eventually("it rests", () => !replica.leadership.isDeciding);
  assert.ok(await decidedThrough(world, HISTORY + 1));
  const leases = world.keyspace.hash(leaseKey(ACCOUNT));
  leases.set("SPX", `inference-9|77|${world.ledgerMs + TTL_MS}`);
  await publish(world, HISTORY + 2, HISTORY + 2);
  await eventually("it has lost one", () => replica.leads.length === 2 && !replica.leadership.isDeciding);
  await replica.stop();
});
