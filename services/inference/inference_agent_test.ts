import assert from "node:assert/strict";
import fc from "fast-check";
import { openAccount, toLaneAccount } from "../core/account/account.ts";
import { accountStep } from "../core/account/account_step.ts";
import { orderTo } from "../core/account/order.ts";
import { parseMoney, toNumber } from "../core/account/money.ts";
import { barStream } from "../core/contracts/bar.ts";
import { featureSnapshot } from "../core/contracts/feature_snapshot.ts";
import { type Decision, decisionStream, equityStream, fillStream } from "../core/contracts/lane.ts";
import { SnapshotKeeper } from "../core/features/snapshot_keeper.ts";
import { LANE_RULES, loadedModel, MODEL_BLOB, STRATEGY } from "../core/lane/lane_testing.ts";
import { NoAnswerError } from "../core/lane/model_runner.ts";
import { fakeModel } from "../core/testing/fake_network.ts";
import { InferenceAgent, LaneLostError } from "./inference_agent.ts";
import { ACCOUNT, barAt, DAY_MS, HISTORY, newBuilder, TIMEFRAME, World } from "./inference_testing.ts";

const live = (t: number) => ({ phase: "live", bar: barAt(t) }) as const;
const history = (t: number) => ({ phase: "bootstrap", bar: barAt(t) }) as const;
const unmeasured = ({ latencyMs: _, replica: __, ...rest }: Decision) => rest;

/** An agent that has seen the history, and leads. */
async function ready(world: World, changes: Parameters<World["agent"]>[1] = {}): Promise<InferenceAgent> {
  await world.publish(1, HISTORY, HISTORY);
  const agent = await world.agent(await world.lead(), changes);
  assert.equal(await agent.resume(), `${HISTORY * DAY_MS}-0`);
  return agent;
}

async function decisionsIn(world: World): Promise<Decision[]> {
  return (await world.store.range(decisionStream(ACCOUNT, "SPX"))).map(({ value }) => value);
}

Deno.test("InferenceAgent never decides history", async () => {
  const world = new World();
  const agent = await world.agent(await world.lead());
  for (let t = 1; t <= HISTORY; t++) assert.equal(await agent.onBar(history(t)), null);
  assert.equal(await world.ledger.load(ACCOUNT, "SPX"), null);
  assert.deepEqual(await decisionsIn(world), []);
});

Deno.test("InferenceAgent commits one decision a bar, with state, heads and account", async () => {
  const world = new World();
  const agent = await ready(world);
  const builder = newBuilder();
  for (let t = 1; t <= HISTORY; t++) builder.push(barAt(t));
  const model = await loadedModel();
  for (let t = HISTORY + 1; t <= HISTORY + 10; t++) {
    const decision = (await agent.onBar(live(t)))!;
    const state = builder.push(barAt(t))!;
    const outputs = new Float32Array(3);
    model.net.forward(state, outputs);
    assert.deepEqual(decision.state, state);
    assert.deepEqual(decision.heads.risk, [outputs[2]]);
    const cost = 4e-4 / 0.01; // 3 bp and 1 bp of a whole position, in sigmas
    const [toFlat, toLong] = decision.targetBefore === 0 ? [0, cost] : [cost, 0];
    decision.costs.forEach((value, index) => assert.ok(Math.abs(value! - [toFlat, toLong][index]) < 1e-12));
    assert.deepEqual(decision.heads.action, [
      outputs[0] - decision.costs[0]!,
      outputs[1] - decision.costs[1]!,
    ]);
    assert.equal(decision.modelVersion, model.version);
    assert.equal(decision.latencyMs, 0);
  }
  const decisions = await decisionsIn(world);
  assert.deepEqual(
    decisions.map(({ barMs }) => barMs / DAY_MS),
    Array.from({ length: 10 }, (_, i) => HISTORY + 1 + i),
  );
  assert.ok(
    decisions.some(({ order }) => order?.target === 1) && decisions.some(({ order }) => order?.target === 0),
  );
});

Deno.test("InferenceAgent fills at the next open, and its ledger is that of accountStep()", async () => {
  const world = new World();
  const agent = await ready(world);
  let account = openAccount(parseMoney(STRATEGY.cash));
  let benchmark = account;
  let pending: Decision["order"] = null;
  for (let t = HISTORY + 1; t <= HISTORY + 20; t++) {
    const before: Decision["order"] = pending;
    const decision: Decision = (await agent.onBar(live(t)))!;
    const step = accountStep(account, before, barAt(t), LANE_RULES);
    const hold = t === HISTORY + 1 ? null : orderTo(1, 0);
    const held = accountStep(benchmark, hold, barAt(t), LANE_RULES);
    [account, benchmark, pending] = [step.account, held.account, decision.order];
    assert.deepEqual(decision.laneAccount, toLaneAccount(account));
    const [fill] = (await world.store.newest(fillStream(ACCOUNT, "SPX"), 1)).filter(({ value }) =>
      value.barMs === t * DAY_MS
    );
    assert.equal(fill?.value.decidedAtMs, step.fills.length > 0 ? (t - 1) * DAY_MS : undefined);
    if (fill !== undefined) {
      const paid = barAt(t).open * (fill.value.side === "buy" ? 1.0001 : 0.9999);
      assert.ok(Math.abs(Number(fill.value.price) - paid) < 1e-6);
    }
    const [{ value: equity }] = await world.store.newest(equityStream(ACCOUNT, "SPX"), 1);
    assert.equal(equity.equity, toNumber(step.equityAtClose));
    assert.equal(equity.buyAndHold, toNumber(held.equityAtClose));
    assert.equal(equity.close, barAt(t).close);
  }
  assert.ok((await world.store.length(fillStream(ACCOUNT, "SPX"))) >= 2);
});

Deno.test("InferenceAgent decides nothing without a model, an answer or a number; the position stays", async () => {
  const long = await loadedModel(fakeModel([[0, 0], [0, 0], [0, 0]], { SPX: 0.01 }));
  const nobody = fakeModel([[0, 0], [0, 0], [0, 0]], { BTC: 0.01 });
  const outputs = { value: Float32Array.of(0, 9, 0) };
  let model: typeof long | null = long;
  let failure: Error | null = null;
  const world = new World();
  const agent = await ready(world, {
    currentModel: () => Promise.resolve(model),
    runner: {
      name: "local",
      run: () =>
        failure === null
          ? Promise.resolve({ outputs: outputs.value, values: new Float32Array(0) })
          : Promise.reject(failure),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
  });
  let t = HISTORY + 1;
  assert.equal((await agent.onBar(live(t++)))!.order?.target, 1);
  const refusals: [() => void | Promise<void>, RegExp][] = [
    [() => void (model = null), /^no model has passed the gate yet$/],
    [async () => void (model = await loadedModel(nobody)), /^model m-[0-9a-f]{16} was not trained on SPX$/],
    [
      () => void (model = long, failure = new NoAnswerError("the trainer is silent")),
      /^the trainer is silent$/,
    ],
    [() => void (failure = null, outputs.value = Float32Array.of(NaN, 9, 0)), /every Q must be finite/],
    [() => void (outputs.value = Float32Array.of(0)), /every Q must be finite/],
  ];
  for (const [arrange, reason] of refusals) {
    await arrange();
    const decision = (await agent.onBar(live(t++)))!;
    assert.equal(decision.verdict.outcome, "refused");
    assert.match(decision.verdict.reason, reason);
    const { order, action, target, targetBefore, modelVersion } = decision;
    assert.deepEqual([order, action, target, targetBefore, modelVersion], [null, null, 1, 1, null]);
    assert.ok(Number(decision.laneAccount.quantity) > 0);
    assert.deepEqual(decision.heads, { risk: [null], action: [null, null] });
  }
  failure = new Error("a fault of the program");
  await assert.rejects(agent.onBar(live(t)), /a fault of the program/);
});

Deno.test("InferenceAgent refuses to decide while its features warm up", async () => {
  const world = new World();
  const agent = await world.agent(await world.lead());
  const decision = (await agent.onBar(live(1)))!;
  assert.deepEqual(decision.verdict, { outcome: "refused", reason: "the features are still warming up" });
  assert.equal(decision.state.length, 0);
});

Deno.test("InferenceAgent changes nothing by a bar that is committed, and goes on from the stored record", async () => {
  const [world, undisturbed] = [new World(), new World()];
  const first = await ready(world);
  const other = await ready(undisturbed);
  // leads too, but has not seen that the first one goes on
  const second = await world.agent(await world.lead());
  await second.resume();
  for (let t = HISTORY + 1; t <= HISTORY + 6; t++) {
    assert.ok(await first.onBar(live(t)));
    assert.equal(await second.onBar(live(t)), null);
    await other.onBar(live(t));
  }
  assert.ok(await second.onBar(live(HISTORY + 7)));
  await other.onBar(live(HISTORY + 7));
  const [decisions, expected] = [await decisionsIn(world), await decisionsIn(undisturbed)];
  assert.deepEqual(decisions.map(unmeasured), expected.map(unmeasured));
  assert.deepEqual(await world.ledger.load(ACCOUNT, "SPX"), await undisturbed.ledger.load(ACCOUNT, "SPX"));
});

Deno.test("InferenceAgent goes on when its own commit was sent twice and the first answer was lost", async () => {
  const world = new World();
  let isLost = true;
  const agent = await ready(world, {
    ledger: {
      ...world.ledger,
      load: (account, symbol) => world.ledger.load(account, symbol),
      async commit(commit) {
        if (isLost) await world.ledger.commit(commit);
        isLost = false;
        return await world.ledger.commit(commit);
      },
    } as typeof world.ledger,
  });
  assert.equal(await agent.onBar(live(HISTORY + 1)), null);
  assert.ok(await agent.onBar(live(HISTORY + 2)));
  assert.equal((await decisionsIn(world)).length, 2);
});

Deno.test("InferenceAgent raises LaneLostError when another replica leads, and writes nothing", async () => {
  const world = new World();
  const agent = await ready(world);
  await agent.onBar(live(HISTORY + 1));
  world.ledgerMs += 1_001;
  await world.lead("inference-2");
  await assert.rejects(agent.onBar(live(HISTORY + 2)), (error) => {
    assert.ok(error instanceof LaneLostError);
    assert.match(error.message, /the token of SPX must be the current one, 2: it is 1/);
    return true;
  });
  assert.equal((await decisionsIn(world)).length, 1);
});

Deno.test("InferenceAgent.resume() anywhere gives the same bits and decisions as an uninterrupted run", async () => {
  const LIVE = 25;
  const run = async (cuts: ReadonlySet<number>) => {
    const world = new World();
    await world.publish(1, HISTORY + LIVE, HISTORY);
    let agent = await world.agent(await world.lead());
    let position = await agent.resume();
    for (let t = HISTORY + 1; t <= HISTORY + LIVE; t++) {
      if (cuts.has(t)) {
        agent = await world.agent(1);
        position = await agent.resume();
      }
      assert.equal(position, `${(t - 1) * DAY_MS}-0`);
      await agent.onBar(live(t));
      position = `${t * DAY_MS}-0`;
    }
    return {
      decisions: (await decisionsIn(world)).map(unmeasured),
      record: await world.ledger.load(ACCOUNT, "SPX"),
    };
  };
  const uninterrupted = await run(new Set());
  assert.equal(uninterrupted.decisions.length, LIVE);
  assert.ok(uninterrupted.decisions.every(({ state }) => state.length > 0));
  assert.ok(uninterrupted.decisions.some(({ order }) => order !== null));
  const cut = fc.integer({ min: HISTORY + 1, max: HISTORY + LIVE });
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(cut, { minLength: 1, maxLength: 4 }), async (cuts) => {
      assert.deepEqual(await run(new Set(cuts)), uninterrupted);
    }),
    { numRuns: 25 },
  );
});

Deno.test("InferenceAgent says what it held and what it costs in the reward's unit, which the model brings", async () => {
  const world = new World();
  const wide = await loadedModel(fakeModel([[0, 0], [0, 0], [0, 0]], { SPX: 0.04 }));
  const agent = await ready(world, { currentModel: () => Promise.resolve(wide) });
  const decision = (await agent.onBar(live(HISTORY + 1)))!;
  assert.ok(Math.abs(decision.costs[1]! - 0.01) < 1e-12); // 4 bp of a sigma of 4 %
  assert.deepEqual([decision.verdict.outcome, decision.action, decision.target], ["kept", "flat", 0]);
  assert.notDeepEqual(wide.version, (await loadedModel(MODEL_BLOB)).version);
});

Deno.test("InferenceAgent.resume() from a snapshot decides as one that read every bar", async () => {
  const bars = 600; // more than two snapshots
  const worlds = [new World(), new World()];
  const decided: Decision[][] = [];
  for (const [index, world] of worlds.entries()) {
    const first = await ready(world);
    await world.publish(HISTORY + 1, HISTORY + bars, HISTORY);
    for (let t = HISTORY + 1; t <= HISTORY + bars - 20; t++) await first.onBar(live(t));
    const snapshot = featureSnapshot("SPX", TIMEFRAME);
    assert.equal((await world.store.get(snapshot))?.barMs, (HISTORY + 500) * DAY_MS);
    if (index === 1) await world.store.delete(snapshot.key);
    else await world.store.trimBefore(barStream("SPX", TIMEFRAME), `${(HISTORY + 501) * DAY_MS}-0`);
    const next = await world.agent(await world.lead());
    assert.equal(await next.resume(), `${(HISTORY + bars - 20) * DAY_MS}-0`);
    for (let t = HISTORY + bars - 19; t <= HISTORY + bars; t++) await next.onBar(live(t));
    decided.push((await decisionsIn(world)).slice(-20));
  }
  assert.deepEqual(decided[0]!.map(unmeasured), decided[1]!.map(unmeasured));
});

Deno.test("InferenceAgent.resume() before the first commit takes up features of history, and none that have seen a live bar", async () => {
  const bars = 400;
  const after = async (seen: number): Promise<[position: string, decision: Decision]> => {
    const world = new World();
    await world.publish(1, bars + 3, bars);
    const builder = newBuilder();
    for (let t = 1; t <= seen; t++) builder.push(barAt(t));
    const keeper = new SnapshotKeeper({ store: world.store, symbol: "SPX", timeframe: TIMEFRAME });
    await keeper.caughtUp(builder, seen, seen * DAY_MS);
    if (seen <= bars) await world.store.trimBefore(barStream("SPX", TIMEFRAME), `${(bars - 1) * DAY_MS}-0`);
    const agent = await world.agent(await world.lead());
    return [await agent.resume(), (await agent.onBar(live(bars + 1)))!];
  };
  const [position, decision] = await after(bars); // all bars before are gone
  assert.equal(position, `${bars * DAY_MS}-0`);
  const [other, same] = await after(bars + 2);
  assert.equal(other, position);
  assert.deepEqual(unmeasured(same), unmeasured(decision));
});
