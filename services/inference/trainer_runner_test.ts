import assert from "node:assert/strict";
import {
  type InferenceRequest,
  type InferenceResult,
  requestStream,
  resultStream,
} from "../core/contracts/model.ts";
import { loadedModel } from "../core/lane/lane_testing.ts";
import { LocalRunner, NoAnswerError, type RunRequest } from "../core/lane/model_runner.ts";
import { MAX_BLOCK_MS, type ReadOptions, type Store } from "../core/redis/store.ts";
import { fakeModel } from "../core/testing/fake_network.ts";
import { ACCOUNT, barAt, DAY_MS, HISTORY, World } from "./inference_testing.ts";
import { TrainerRunner } from "./trainer_runner.ts";

const STATE = Float32Array.of(0.25, -1.5);
const request = (t: number, points: RunRequest["points"] = []): RunRequest => ({
  symbol: "SPX",
  barMs: t * DAY_MS,
  state: STATE,
  points,
});
const NO_VALUES = new Float32Array(0);

/** A store whose readers wait on the world's clock: a read without an entry takes its whole `blockMs`. */
function onWorldClock(world: World, blocks: number[] = []): Store {
  return new Proxy(world.store, {
    get(target, name) {
      if (name !== "openReader") return Reflect.get(target, name).bind(target);
      return () => {
        const reader = target.openReader();
        return {
          async read(positions: ReadonlyMap<never, string>, options: ReadOptions) {
            blocks.push(options.blockMs);
            assert.ok(options.blockMs <= MAX_BLOCK_MS);
            const page = await reader.read(positions, { ...options, blockMs: 0 });
            if (page.entries.length === 0) world.clock.advance(options.blockMs);
            return page;
          },
          [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
        };
      };
    },
  });
}

function trainerRunner(
  world: World,
  options: { deadlineMs?: number; signal?: AbortSignal; blocks?: number[] } = {},
) {
  return new TrainerRunner({
    store: onWorldClock(world, options.blocks),
    clock: world.clock,
    deadlineMs: options.deadlineMs ?? 2_000,
    signal: options.signal ?? new AbortController().signal,
  });
}

/** Answers like the trainer, as soon as a request is there. */
function answering(
  world: World,
  answer: (request: InferenceRequest) => Promise<Pick<InferenceResult, "error" | "outputs" | "values">>,
) {
  const done = new Set<string>();
  return world.keyspace.watch((key) => {
    if (key !== requestStream("SPX").key) return;
    void world.store.newest(requestStream("SPX"), 1).then(async ([{ id, value }]) => {
      if (done.has(id)) return;
      done.add(id);
      const { symbol, barMs, version } = value;
      await world.store.append(resultStream("SPX"), id, { symbol, barMs, version, ...await answer(value) });
    });
  });
}

const requestIds = async (world: World) =>
  (await world.store.range(requestStream("SPX"))).map(({ id }) => id);

Deno.test("TrainerRunner gives the outputs that the local runner gives, bit for bit", async () => {
  const world = new World();
  const model = await loadedModel();
  using _trainer = answering(world, async ({ state, version }) => {
    assert.equal(version, model.version);
    return { error: null, ...await new LocalRunner().run(model, { ...request(1), state }) };
  });
  await using runner = trainerRunner(world);
  for (let t = 1; t <= 3; t++) {
    assert.deepEqual(await runner.run(model, request(t)), await new LocalRunner().run(model, request(t)));
  }
  assert.deepEqual(await requestIds(world), [1, 2, 3].map((t) => `${t * DAY_MS}-0`));
});

Deno.test("both runners value the accounts that they are asked for, bit for bit alike", async () => {
  const world = new World();
  const model = await loadedModel(
    fakeModel([[1, 0.5], [-1, 2], [0, 1]], { SPX: 0.01 }, "schema", [[0, 0], [3, -1]]),
  );
  const points = [
    { class: 0, scalars: Float32Array.of(0, 0) },
    { class: 1, scalars: Float32Array.of(0.5, 0.25) },
    { class: 1, scalars: Float32Array.of(1, 0) },
  ];
  using _trainer = answering(world, async ({ state, classes, scalars }) => {
    const values = new Float32Array(classes.length);
    model.net.evaluate(state, Uint8Array.from(classes), scalars, values);
    const { outputs } = await new LocalRunner().run(model, { ...request(1), state });
    return { error: null, outputs, values };
  });
  await using runner = trainerRunner(world);
  const answer = await runner.run(model, request(1, points));
  // W = weights · (0.25, −1.5) + account weights · scalars
  assert.deepEqual(answer.values, Float32Array.of(-0.5, -3.25 + 1.25, -3.25 + 3));
  assert.deepEqual(answer, await new LocalRunner().run(model, request(1, points)));
});

Deno.test("TrainerRunner has no answer where the trainer valued another number of accounts", async () => {
  const world = new World();
  using _trainer = answering(
    world,
    () => Promise.resolve({ error: null, outputs: NO_VALUES, values: Float32Array.of(1) }),
  );
  await using runner = trainerRunner(world);
  const points = [0, 1].map((each) => ({ class: each, scalars: Float32Array.of(0) }));
  await assert.rejects(runner.run(await loadedModel(), request(1, points)), {
    name: "NoAnswerError",
    message: "the trainer must value 2 accounts: it valued 1",
  });
});

Deno.test("TrainerRunner has no answer where the trainer could not run the version, and says why", async () => {
  const world = new World();
  const model = await loadedModel();
  using _trainer = answering(
    world,
    () => Promise.resolve({ error: "the version is unknown", outputs: NO_VALUES, values: NO_VALUES }),
  );
  await using runner = trainerRunner(world);
  await assert.rejects(runner.run(model, request(1)), (error) => {
    assert.ok(error instanceof NoAnswerError);
    assert.equal(error.message, `the trainer could not run ${model.version}: the version is unknown`);
    return true;
  });
});

Deno.test("TrainerRunner has no answer after its deadline, however long that is", async () => {
  for (const deadlineMs of [50, 60_000]) {
    const world = new World();
    const startedMs = world.clock.nowMs();
    const blocks: number[] = [];
    await using runner = trainerRunner(world, { deadlineMs, blocks });
    await assert.rejects(runner.run(await loadedModel(), request(1)), {
      name: "NoAnswerError",
      message: `the trainer must answer within ${deadlineMs} ms: it did not`,
    });
    assert.equal(world.clock.nowMs() - startedMs, deadlineMs);
    assert.equal(blocks.length, Math.ceil(deadlineMs / MAX_BLOCK_MS));
  }
});

Deno.test("TrainerRunner asks again under the next attempt when another leader has asked the same bar", async () => {
  const world = new World();
  const model = await loadedModel();
  await using first = trainerRunner(world, { deadlineMs: 10 });
  await assert.rejects(first.run(model, request(5)), NoAnswerError);
  // its late answer, which is not the second leader's
  await world.store.append(resultStream("SPX"), `${5 * DAY_MS}-0`, {
    symbol: "SPX",
    barMs: 5 * DAY_MS,
    version: model.version,
    error: null,
    outputs: Float32Array.of(9, 9, 9),
    values: NO_VALUES,
  });
  using _trainer = answering(
    world,
    () => Promise.resolve({ error: null, outputs: Float32Array.of(1, 2, 3), values: NO_VALUES }),
  );
  await using second = trainerRunner(world);
  assert.deepEqual((await second.run(model, request(5))).outputs, Float32Array.of(1, 2, 3));
  assert.deepEqual(await requestIds(world), [`${5 * DAY_MS}-0`, `${5 * DAY_MS}-1`]);
});

Deno.test("TrainerRunner has no answer for a bar that another leader has passed", async () => {
  const world = new World();
  const model = await loadedModel();
  await using first = trainerRunner(world, { deadlineMs: 10 });
  await assert.rejects(first.run(model, request(6)), /within 10 ms/);
  await using second = trainerRunner(world);
  await assert.rejects(second.run(model, request(5)), {
    name: "NoAnswerError",
    message: /was asked for already/,
  });
});

Deno.test("TrainerRunner finds a free attempt behind an entry that breaks its contract", async () => {
  const world = new World();
  world.keyspace.append(requestStream("SPX").key, `${5 * DAY_MS}-2`, { json: "nonsense" });
  using _trainer = answering(
    world,
    () => Promise.resolve({ error: null, outputs: Float32Array.of(1, 2, 3), values: NO_VALUES }),
  );
  await using runner = trainerRunner(world);
  assert.equal((await runner.run(await loadedModel(), request(5))).outputs.length, 3);
  assert.deepEqual(await requestIds(world), [`${5 * DAY_MS}-3`]);
});

Deno.test("TrainerRunner stops waiting when the process stops, and leaves the bar to whoever leads next", async () => {
  const world = new World();
  await world.publish(1, HISTORY + 1, HISTORY);
  const stop = new AbortController();
  await using runner = trainerRunner(world, { signal: stop.signal });
  const agent = await world.agent(await world.lead(), { runner });
  await agent.resume();
  stop.abort(new DOMException("SIGTERM received", "AbortError"));
  const decided = agent.onBar({ phase: "live", bar: barAt(HISTORY + 1) });
  await assert.rejects(decided, (error) => error === stop.signal.reason);
  assert.equal((await requestIds(world)).length, 1);
  assert.equal(await world.ledger.load(ACCOUNT, "SPX"), null);
});
