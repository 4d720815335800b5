import assert from "node:assert/strict";
import { storedModel } from "../core/testing/stored_model.ts";
import { type InferenceRequest, requestStream, resultStream } from "../core/contracts/model.ts";
import { RedisModelStore } from "../core/model/redis_model_store.ts";
import { MemoryKeyspace } from "../core/redis/memory_keyspace.ts";
import { MemoryStore } from "../core/redis/memory_store.ts";
import { systemClock, until } from "../core/runtime/clock.ts";
import { silentLog } from "../core/runtime/log.ts";
import { fakeModel, type FakeNetwork, openFakeNetwork } from "../core/testing/fake_network.ts";
import { InferenceServer } from "./inference_server.ts";

const STATE = Float32Array.of(0.5, -2);
const NONE = new Float32Array();

class World {
  readonly store = new MemoryStore({ keyspace: new MemoryKeyspace(), onBadEntry: () => {} });
  readonly models = new RedisModelStore(this.store);
  readonly opened: FakeNetwork[] = [];
  served = 0;

  async putModel(weights: number[][], accountWeights?: number[][]): Promise<string> {
    const blob = fakeModel(weights, undefined, undefined, accountWeights);
    const stored = await storedModel(blob);
    await this.models.put(stored);
    return stored.metadata.version;
  }

  async ask(
    symbol: string,
    id: string,
    version: string,
    changes: Partial<InferenceRequest> = {},
  ): Promise<void> {
    const request = { symbol, barMs: parseInt(id), version, state: STATE, classes: [], scalars: NONE };
    await this.store.append(requestStream(symbol), id, { ...request, ...changes });
  }

  async results(symbol: string) {
    return (await this.store.range(resultStream(symbol))).map(({ id, value }) => ({ id, ...value }));
  }

  /** Serves until so many answers are there. */
  async serve(answers: Record<string, number>): Promise<void> {
    const server = new InferenceServer({
      store: this.store,
      models: this.models,
      openModel: (blob) => {
        const net = openFakeNetwork(blob);
        this.opened.push(net);
        return net;
      },
      symbols: ["SPX", "BTC"],
      log: silentLog,
      onServed: (served) => this.served = served,
    });
    const stop = new AbortController();
    const serving = server.run(stop.signal);
    const done = async () => {
      for (const [symbol, count] of Object.entries(answers)) {
        if ((await this.results(symbol)).length < count) return false;
      }
      return true;
    };
    try {
      await until(systemClock, "the answers", done, { deadlineMs: 5_000, everyMs: 1 });
    } finally {
      stop.abort();
      await serving;
    }
  }
}

Deno.test("InferenceServer answers each symbol's requests with the outputs of the named version", async () => {
  const world = new World();
  const [one, two] = [await world.putModel([[1, 2], [3, 4]]), await world.putModel([[-1, 0], [0, 1]])];
  await world.ask("SPX", "10-0", one);
  await world.ask("SPX", "20-0", two);
  await world.ask("BTC", "10-3", one);
  await world.serve({ SPX: 2, BTC: 1 });
  assert.deepEqual(await world.results("SPX"), [
    {
      id: "10-0",
      symbol: "SPX",
      barMs: 10,
      version: one,
      error: null,
      outputs: Float32Array.of(-3.5, -6.5),
      values: NONE,
    },
    {
      id: "20-0",
      symbol: "SPX",
      barMs: 20,
      version: two,
      error: null,
      outputs: Float32Array.of(-0.5, -2),
      values: NONE,
    },
  ]);
  assert.deepEqual((await world.results("BTC")).map(({ id, outputs }) => [id, ...outputs]), [[
    "10-3",
    -3.5,
    -6.5,
  ]]);
  assert.equal(world.served, 3);
});

Deno.test("InferenceServer answers with the value of each account that was asked for", async () => {
  const world = new World();
  const version = await world.putModel([[1, 2], [3, 4]], [[1, 10], [100, 1000]]);
  await world.ask("SPX", "10-0", version, { classes: [1, 0, 1], scalars: Float32Array.of(0, 0, 1, 1, 2, 3) });
  await world.serve({ SPX: 1 });
  const [{ outputs, values }] = await world.results("SPX");
  assert.deepEqual([[...outputs], [...values]], [[-3.5, -6.5], [-6.5, -3.5 + 11, -6.5 + 3_200]]);
});

Deno.test("InferenceServer answers what it cannot run with the reason, and serves on", async () => {
  const world = new World();
  const version = await world.putModel([[1, 2]]);
  await world.ask("SPX", "10-0", "m-0000000000000000");
  await world.ask("SPX", "20-0", version, { state: Float32Array.of(1, 2, 3) });
  await world.ask("SPX", "30-0", version);
  await world.serve({ SPX: 3 });
  const [unknown, wrongWidth, fine] = await world.results("SPX");
  assert.match(
    unknown.error!,
    /^Cannot load model m-0000000000000000 as it must be in Redis: it is not there$/,
  );
  assert.match(wrongWidth.error!, /rows must be 2 wide/);
  assert.deepEqual([unknown.outputs.length, wrongWidth.outputs.length, wrongWidth.values.length], [0, 0, 0]);
  assert.deepEqual([fine.error, ...fine.outputs], [null, -3.5]);
});

Deno.test("InferenceServer goes on behind the last answer after a restart", async () => {
  const world = new World();
  const version = await world.putModel([[1, 2]]);
  await world.ask("SPX", "10-0", version);
  await world.serve({ SPX: 1 });
  await world.ask("SPX", "20-0", version);
  await world.ask("SPX", "20-1", version);
  await world.serve({ SPX: 3 });
  assert.equal(world.served, 2);
  assert.deepEqual((await world.results("SPX")).map(({ id }) => id), ["10-0", "20-0", "20-1"]);
});

Deno.test("InferenceServer opens a version once, holds at most four open, and closes all at its end", async () => {
  const world = new World();
  let mostOpen = 0;
  const versions: string[] = [];
  for (let index = 0; index < 6; index++) versions.push(await world.putModel([[index, 1]]));
  for (const [index, version] of [...versions, ...versions.slice(3)].entries()) {
    await world.ask("SPX", `${index + 1}-0`, version);
  }
  const { opened } = world;
  const push = opened.push.bind(opened);
  opened.push = (net) => {
    const count = push(net);
    mostOpen = Math.max(mostOpen, opened.filter(({ isClosed }) => !isClosed).length);
    return count;
  };
  await world.serve({ SPX: 9 });
  assert.equal(opened.length, 6);
  assert.equal(mostOpen, 5); // the new one is there before the oldest goes
  assert.ok(opened.every(({ isClosed }) => isClosed));
});
