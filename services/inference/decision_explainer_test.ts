import assert from "node:assert/strict";
import { attributionStream } from "../core/contracts/attribution.ts";
import { type Decision, decisionStream } from "../core/contracts/lane.ts";
import { loadedModel, STRATEGY } from "../core/lane/lane_testing.ts";
import type { Store } from "../core/redis/store.ts";
import { systemClock, until } from "../core/runtime/clock.ts";
import { silentLog } from "../core/runtime/log.ts";
import { fakeModel } from "../core/testing/fake_network.ts";
import { DecisionExplainer, type DecisionExplainerParts } from "./decision_explainer.ts";
import { ACCOUNT, barAt, DAY_MS, HISTORY, World } from "./inference_testing.ts";

const model = await loadedModel();
const eventually = (what: string, condition: () => boolean) =>
  until(systemClock, what, condition, { deadlineMs: 5_000, everyMs: 1 });
const attributions = (world: World) => world.store.range(attributionStream(ACCOUNT, "SPX"));

/** An explainer that runs until it is disposed. */
function running(world: World, changes: Partial<DecisionExplainerParts> = {}) {
  const stop = new AbortController();
  const explainer = new DecisionExplainer({
    strategy: STRATEGY,
    store: world.store,
    modelOf: (version) => version === model.version ? model : null,
    isDeciding: () => false,
    clock: world.clock,
    log: silentLog,
    ...changes,
  });
  const ended = explainer.run(stop.signal);
  const end = () => (stop.abort(), ended);
  return { explainer, end, [Symbol.asyncDispose]: end };
}

/** Commits so many decisions, and hands in each. */
async function decide(world: World, count: number, take: (decision: Decision) => void): Promise<Decision[]> {
  await world.publish(1, HISTORY, HISTORY);
  const agent = await world.agent(await world.lead());
  await agent.resume();
  const decisions: Decision[] = [];
  for (let t = HISTORY + 1; t <= HISTORY + count; t++) {
    const decision = (await agent.onBar({ phase: "live", bar: barAt(t) }))!;
    decisions.push(decision);
    take(decision);
  }
  return decisions;
}

Deno.test("DecisionExplainer stores each decision's weights, which add up to what the chosen Q is ahead", async () => {
  const world = new World();
  await using run = running(world);
  const decisions = await decide(world, 12, (decision) => run.explainer.add(decision));
  await eventually("all explained", () => run.explainer.counts.explained === 12);
  const stored = await attributions(world);
  assert.deepEqual(stored.map(({ id }) => id), decisions.map(({ barMs }) => `${barMs}-0`));
  stored.forEach(({ value }, index) => {
    const { action, chosen, runnerUp, state, modelVersion } = decisions[index];
    assert.equal(value.chosen, action);
    assert.equal(value.other, action === "long" ? "flat" : "long");
    assert.equal(value.modelVersion, modelVersion);
    assert.equal(value.weights.length, state.length);
    const sum = value.weights.reduce((total, weight) => total + weight, 0);
    const difference = chosen!.q - runnerUp!.q;
    const missed = Math.abs(-value.costDifference + value.baselineDifference + sum - difference);
    assert.ok(missed <= 0.01 * Math.max(Math.abs(difference), 1e-4), `${missed} of ${difference}`);
    assert.ok(!value.rough && difference >= 0);
  });
  assert.ok(new Set(stored.map(({ value }) => value.chosen)).size === 2);
});

Deno.test("DecisionExplainer explains by the record alone: classes, scalars and costs of both options", async () => {
  const world = new World();
  const net = await loadedModel(
    fakeModel([[1, 0], [0, 1], [-1, 2], [9, 9]], { SPX: 0.01 }, "schema", [[0, 0], [4, 8], [2, -2]]),
  );
  await using run = running(world, { modelOf: () => net });
  const [decision] = await decide(world, 1, () => {});
  run.explainer.add({
    ...decision,
    chosen: { label: "short 0.5, stop 2", class: 2, scalars: [0.5, 0.25], q: 0.75, cost: 0.125 },
    runnerUp: { label: "keep long", class: 1, scalars: [1, 0.5], q: 0.5, cost: 0 },
    state: Float32Array.of(2, 3),
  });
  await eventually("it is explained", () => run.explainer.counts.explained === 1);
  const [{ value }] = await attributions(world);
  assert.deepEqual([value.chosen, value.other, value.costDifference], [
    "short 0.5, stop 2",
    "keep long",
    0.125,
  ]);
  // Features times the difference of their weights, then each option's scalars times its own.
  assert.deepEqual([...value.weights], [2 * (-1 - 0), 3 * (2 - 1), 0.5 * 2 - 1 * 4, 0.25 * -2 - 0.5 * 8]);
});

Deno.test("DecisionExplainer explains branching values by the account before the decision, as features", async () => {
  const world = new World();
  const net = await loadedModel(fakeModel([[1, 0, 5], [0, 1, 7]]));
  await using run = running(world, { strategy: { value: "branching" }, modelOf: () => net });
  const [decision] = await decide(world, 1, () => {});
  run.explainer.add({
    ...decision,
    chosen: { label: "long", class: 1, scalars: [-1], q: 0.75, cost: 0 },
    runnerUp: { label: "flat", class: 0, scalars: [-1], q: 0.5, cost: 0 },
    state: Float32Array.of(2, 3),
  });
  await eventually("it is explained", () => run.explainer.counts.explained === 1);
  const [{ value }] = await attributions(world);
  assert.deepEqual([...value.weights], [-2, 3, -1 * (7 - 5)]);
});

Deno.test("DecisionExplainer waits while bars are being decided", async () => {
  const world = new World();
  let [isDeciding, asked] = [true, 0];
  await using run = running(world, { isDeciding: () => (asked++, isDeciding) });
  await decide(world, 3, (decision) => run.explainer.add(decision));
  await eventually("some questions", () => asked > 20);
  assert.deepEqual([run.explainer.waiting, run.explainer.counts.explained], [3, 0]);
  isDeciding = false;
  await eventually("all explained", () => run.explainer.counts.explained === 3);
});

Deno.test("DecisionExplainer keeps the newest decisions when too many wait, and counts what it drops", async () => {
  const world = new World();
  let isDeciding = true;
  const counted: number[] = [];
  const run = running(world, {
    isDeciding: () => isDeciding,
    capacity: 4,
    onCount: ({ unexplained }) => void counted.push(unexplained),
  });
  const decisions = await decide(world, 10, (decision) => run.explainer.add(decision));
  assert.equal(run.explainer.waiting, 4);
  assert.deepEqual(counted, [1, 2, 3, 4, 5, 6]);
  isDeciding = false;
  await eventually("the rest", () => run.explainer.counts.explained === 4);
  const kept = decisions.slice(6).map(({ barMs }) => `${barMs}-0`);
  assert.deepEqual((await attributions(world)).map(({ id }) => id), kept);
  isDeciding = true;
  run.explainer.add({ ...decisions[9], barMs: 99 * DAY_MS });
  await run.end();
  assert.deepEqual(
    run.explainer.counts,
    { explained: 4, unexplained: 7 },
    "what waits at the end is dropped",
  );
});

Deno.test("DecisionExplainer counts what it cannot explain, and neither it nor trading stops", async () => {
  const world = new World();
  const warnings: string[] = [];
  const faults: (() => void)[] = [];
  const store: Store = new Proxy(world.store, {
    get(target, name) {
      const method = Reflect.get(target, name).bind(target);
      if (name !== "append") return method;
      return async (...request: unknown[]) => (faults.shift()?.(), await method(...request));
    },
  });
  let open: typeof model | null = model;
  await using run = running(world, {
    store,
    modelOf: () => open,
    log: { ...silentLog, warn: (fields) => warnings.push(String((fields as { err: Error }).err.message)) },
  });
  const [first] = await decide(world, 30, () => {});
  const explain = async (decision: Decision) => {
    const { explained, unexplained } = run.explainer.counts;
    run.explainer.add(decision);
    const before = explained + unexplained;
    await eventually("it is counted", () => {
      const counts = run.explainer.counts;
      return counts.explained + counts.unexplained > before;
    });
    return run.explainer.counts.unexplained > unexplained ? "unexplained" : "explained";
  };
  const at = (day: number) => ({ ...first, barMs: day * DAY_MS });
  assert.equal(await explain(at(1)), "explained");
  assert.equal(await explain(at(1)), "unexplained", "another replica was first");
  faults.push(() => {
    throw new Error("no connection");
  });
  assert.equal(await explain(at(2)), "unexplained");
  assert.equal(await explain({ ...at(3), state: Float32Array.of(1) }), "unexplained");
  open = null;
  assert.equal(await explain(at(4)), "unexplained");
  assert.equal(await explain(at(5)), "unexplained");
  open = {
    ...model,
    net: { ...model.net, attribute: () => ({ baseline: NaN, residual: 0, steps: 1, rough: false }) },
  };
  assert.equal(await explain(at(6)), "unexplained");
  open = model;
  assert.equal(await explain(at(7)), "explained");
  assert.deepEqual(warnings.map((text) => text.split(" ").slice(0, 2).join(" ")), [
    "no connection",
    "rows must",
    "Cannot explain",
    "Cannot write",
  ]);
  assert.equal((await world.store.range(decisionStream(ACCOUNT, "SPX"))).length, 30);
});

Deno.test("DecisionExplainer has nothing to say where no model answered, or there was no choice", async () => {
  const world = new World();
  await using run = running(world);
  const [decision] = await decide(world, 1, () => {});
  run.explainer.add({ ...decision, chosen: null });
  run.explainer.add({ ...decision, modelVersion: null });
  run.explainer.add({ ...decision, runnerUp: null });
  assert.equal(run.explainer.waiting, 0);
});
