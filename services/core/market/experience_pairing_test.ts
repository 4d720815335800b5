import assert from "node:assert/strict";
import fc from "fast-check";
import type { Bar, BarPhase } from "../contracts/bar.ts";
import { Experience } from "../contracts/experience.ts";
import type { Decision, LaneAccount } from "../contracts/lane.ts";
import { ExperiencePairing } from "./experience_pairing.ts";

/** Bar t opens at time 10t and at price 100 + t. */
const barAt = (t: number): Bar => ({
  openTimeMs: 10 * t,
  open: 100 + t,
  high: 102 + t,
  low: 99 + t,
  close: 101 + t,
  volume: 5,
});
/** F_t as core computes it; the model saw the same, marked by a second value. */
const coreState = (t: number) => Float32Array.of(t, 0);
const modelState = (t: number) => Float32Array.of(t, 1);
const accountAt = (t: number, feesPaid = `${t}.10000001`): LaneAccount => ({
  cash: `${1000 + t}`,
  quantity: "0.5",
  entryPrice: "100",
  barsInTrade: t,
  feesPaid,
  borrowPaid: "0",
  stopPrice: "0",
  takePrice: "0",
  trailDistance: "0",
  cooldownLeft: 0,
});
const optionAt = (t: number) => ({ label: `action-${t}`, class: 1, scalars: [t], q: t, cost: 0 });
const orderAt = (t: number) => ({
  decidedAtMs: 10 * t,
  target: 0.5,
  stopDistance: 2,
  takeDistance: null,
  isResize: false,
  isTrailing: false,
  limitPrice: null,
});
const decisionAt = (t: number, changes: Partial<Decision> = {}): Decision => ({
  account: "paper",
  symbol: "SPX",
  barMs: 10 * t,
  action: `action-${t}`,
  size: 0.5,
  stop: 2,
  take: null,
  isKeep: false,
  targetBefore: t - 1,
  target: t,
  heads: {},
  costs: [],
  chosen: optionAt(t),
  runnerUp: null,
  confidence: null,
  atr: t + 0.5,
  verdict: { outcome: "ordered", reason: "chosen" },
  order: orderAt(t),
  laneAccount: accountAt(t),
  modelVersion: `m-${"0".repeat(15)}${t % 10}`,
  strategy: "test",
  runner: "local",
  replica: "inference-1",
  latencyMs: 1,
  state: modelState(t),
  ...changes,
});
const pairing = (options: { lastEmittedMs?: number; maxWaiting?: number } = {}) =>
  new ExperiencePairing({ account: "paper", symbol: "SPX", ...options });
const history = (t: number): Experience => ({
  symbol: "SPX",
  barMs: 10 * t,
  phase: "bootstrap",
  close: 101 + t,
  volume: 5,
  next: barAt(t + 1),
  exitOpen: 100 + t + 2,
  exitMs: 10 * (t + 2),
  decision: null,
  atr: null,
  nextAtr: null,
  features: coreState(t),
  nextFeatures: coreState(t + 1),
});
const live = (t: number): Experience => ({
  ...history(t),
  phase: "live",
  atr: t + 0.5,
  nextAtr: t + 1.5,
  features: modelState(t),
  nextFeatures: modelState(t + 1),
  decision: {
    id: `paper:SPX:${10 * t}`,
    action: `action-${t}`,
    size: 0.5,
    stop: 2,
    take: null,
    isKeep: false,
    chosen: optionAt(t),
    targetBefore: t - 1,
    target: t,
    modelVersion: `m-${"0".repeat(15)}${t % 10}`,
    order: orderAt(t),
    laneAccount: accountAt(t),
    nextLaneAccount: accountAt(t + 1),
    fee: "1",
  },
});

Deno.test("ExperiencePairing completes a step of history with the open of the bar after the next", () => {
  const lane = pairing();
  assert.deepEqual(lane.bar("bootstrap", barAt(0), coreState(0)), []);
  assert.deepEqual(lane.bar("bootstrap", barAt(1), coreState(1)), []);
  assert.deepEqual(lane.bar("bootstrap", barAt(2), coreState(2)), [history(0)]);
  assert.deepEqual(lane.bar("bootstrap", barAt(3), coreState(3)), [history(1)]);
});

Deno.test("ExperiencePairing takes history's average true range with its bars, and a live step's from its decisions", () => {
  const lane = pairing();
  for (const t of [0, 1]) lane.bar("bootstrap", barAt(t), coreState(t), t + 0.25);
  assert.deepEqual(lane.bar("live", barAt(2), coreState(2), 2.25), [{
    ...history(0),
    atr: 0.25,
    nextAtr: 1.25,
  }]);
  lane.bar("live", barAt(3), coreState(3), 3.25);
  lane.bar("live", barAt(4), coreState(4), 4.25);
  lane.decision(decisionAt(2));
  assert.deepEqual(lane.decision(decisionAt(3)), [live(2)]);
});

Deno.test("ExperiencePairing makes no step while features warm up", () => {
  const lane = pairing();
  const complete = [0, 1, 2, 3, 4].flatMap((t) =>
    lane.bar("bootstrap", barAt(t), t < 2 ? null : coreState(t))
  );
  assert.deepEqual(complete, [history(2)]);
  assert.equal(lane.unpaired, 0);
});

Deno.test("ExperiencePairing completes a live step with both decisions and the exit bar, in either order", () => {
  const barsFirst = pairing();
  for (const t of [0, 1, 2]) assert.deepEqual(barsFirst.bar("live", barAt(t), coreState(t)), []);
  assert.deepEqual(barsFirst.decision(decisionAt(0)), []);
  assert.deepEqual(barsFirst.decision(decisionAt(1)), [live(0)]);

  const decisionsFirst = pairing();
  for (const t of [0, 1]) {
    assert.deepEqual(decisionsFirst.bar("live", barAt(t), coreState(t)), []);
    assert.deepEqual(decisionsFirst.decision(decisionAt(t)), []);
  }
  assert.deepEqual(decisionsFirst.bar("live", barAt(2), coreState(2)), [live(0)]);
});

Deno.test("ExperiencePairing holds a decision that is delivered before its bar", () => {
  const lane = pairing();
  assert.deepEqual([0, 1].flatMap((t) => lane.decision(decisionAt(t))), []);
  assert.deepEqual([0, 1, 2].flatMap((t) => lane.bar("live", barAt(t), null)), [live(0)]);
});

Deno.test("ExperiencePairing takes the fee as what was paid between both decisions, exactly", () => {
  const lane = pairing();
  for (const t of [0, 1, 2]) lane.bar("live", barAt(t), null);
  lane.decision(decisionAt(0, { laneAccount: accountAt(0, "90071992547409.93000001") }));
  const [step] = lane.decision(decisionAt(1, { laneAccount: accountAt(1, "90071992547410") }));
  assert.equal(step.decision?.fee, "0.06999999");
});

Deno.test("ExperiencePairing refuses fees that shrink", () => {
  const lane = pairing();
  for (const t of [0, 1, 2]) lane.bar("live", barAt(t), null);
  lane.decision(decisionAt(0, { laneAccount: accountAt(0, "2") }));
  assert.throws(
    () => lane.decision(decisionAt(1, { laneAccount: accountAt(1, "1") })),
    /Cannot pair decision paper:SPX:0 of lane paper:SPX as fees paid must not shrink: they go from 2 to 1/,
  );
});

Deno.test("ExperiencePairing ends history on live bars, without waiting for a decision where core gave features", () => {
  const lane = pairing();
  for (const t of [0, 1]) lane.bar("bootstrap", barAt(t), coreState(t));
  assert.deepEqual(lane.bar("live", barAt(2), coreState(2)), [history(0)]);
  assert.deepEqual(lane.bar("live", barAt(3), coreState(3)), [history(1)]);
  lane.bar("live", barAt(4), coreState(4));
  lane.decision(decisionAt(2));
  assert.deepEqual(lane.decision(decisionAt(3)), [live(2)]);
});

Deno.test("ExperiencePairing takes the last next state of history from the decision where core gave none", () => {
  const lane = pairing();
  for (const t of [0, 1]) lane.bar("bootstrap", barAt(t), coreState(t));
  assert.deepEqual(lane.bar("live", barAt(2), null), [history(0)]);
  assert.deepEqual(lane.bar("live", barAt(3), null), []);
  assert.deepEqual(lane.decision(decisionAt(2)), [{
    ...history(1),
    nextFeatures: modelState(2),
    nextAtr: 2.5,
  }]);
});

Deno.test("ExperiencePairing uses core's features where a decision was made without a state", () => {
  const lane = pairing();
  for (const t of [0, 1, 2]) lane.bar("live", barAt(t), coreState(t));
  lane.decision(decisionAt(0, { state: new Float32Array(0) }));
  const [step] = lane.decision(decisionAt(1));
  assert.deepEqual([step.features, step.nextFeatures], [coreState(0), modelState(1)]);
});

Deno.test("ExperiencePairing copies features, so that the caller may use its buffer again", () => {
  const lane = pairing();
  const buffer = new Float32Array(2);
  const complete = [0, 1, 2].flatMap((t) => {
    buffer.set(coreState(t));
    return lane.bar("bootstrap", barAt(t), buffer);
  });
  assert.deepEqual(complete, [history(0)]);
});

Deno.test("ExperiencePairing gives up and counts the live steps around a decision that was never made", () => {
  const lane = pairing();
  for (const t of [0, 1, 2, 3, 4, 5]) lane.bar("live", barAt(t), coreState(t));
  const complete = [0, 1, 3, 4].flatMap((t) => lane.decision(decisionAt(t)));
  assert.deepEqual(complete, [live(0), live(3)]);
  assert.equal(lane.unpaired, 2);
});

Deno.test("ExperiencePairing does not emit again what was emitted before it was resumed", () => {
  for (const from of [0, 3]) {
    const lane = pairing({ lastEmittedMs: 20 });
    const bars = [0, 1, 2, 3, 4, 5].slice(from);
    const complete = bars.flatMap((t) => lane.bar("live", barAt(t), coreState(t)));
    const decided = [0, 1, 2, 3, 4, 5].flatMap((t) => lane.decision(decisionAt(t)));
    assert.deepEqual([...complete, ...decided], [live(3)], `bars from ${from}`);
    assert.equal(lane.unpaired, 0);
  }
});

Deno.test("ExperiencePairing names what is out of order", () => {
  const lane = pairing();
  lane.bar("bootstrap", barAt(1), coreState(1));
  lane.bar("live", barAt(3), coreState(3));
  lane.decision(decisionAt(3));
  const cases: [() => unknown, RegExp][] = [
    [() => lane.bar("live", barAt(3), null), /bar 30 of lane paper:SPX as it must open after .*: that is 30/],
    [() => lane.bar("live", barAt(2), null), /bar 20 .* must open after the bar before: that is 30/],
    [() => lane.bar("bootstrap", barAt(4), null), /no bootstrap bar may follow a live one: that is 30/],
    [() => lane.decision(decisionAt(3)), /decision paper:SPX:30 .* must follow the decision before: .* 30/],
    [() => lane.decision(decisionAt(1)), /decision paper:SPX:10 .* must follow the decision before: .* 30/],
    [() => lane.decision(decisionAt(9, { account: "other" })), /decision other:SPX:90 .* be of this lane/],
    [() => lane.decision(decisionAt(9, { symbol: "BTC" })), /decision paper:BTC:90 .* be of this lane/],
  ];
  for (const [action, message] of cases) assert.throws(action, { name: "RangeError", message });
  // Nothing of what was refused has left a trace.
  lane.bar("live", barAt(4), coreState(4));
  lane.bar("live", barAt(5), coreState(5));
  assert.deepEqual(lane.decision(decisionAt(4)), [live(3)]);
});

Deno.test("ExperiencePairing refuses a decision on history, or on a bar that is not there", () => {
  const onHistory = pairing();
  onHistory.bar("bootstrap", barAt(0), coreState(0));
  assert.throws(() => onHistory.decision(decisionAt(0)), /its bar must be live: it is bootstrap/);

  const between = pairing();
  for (const t of [0, 2]) between.bar("live", barAt(t), null);
  assert.throws(() => between.decision(decisionAt(1)), /its bar must wait for it: bars 0 to 20 do/);

  const early = pairing();
  early.decision(decisionAt(1));
  assert.throws(() => early.bar("live", barAt(2), null), /paper:SPX:10 .* the next bar is 20/);
});

Deno.test("ExperiencePairing holds a bounded number of bars and decisions", () => {
  const lane = pairing({ maxWaiting: 4 });
  for (const t of [0, 1, 2, 3]) lane.bar("live", barAt(t), null);
  assert.ok(lane.isFull);
  assert.throws(
    () => lane.bar("live", barAt(4), null),
    /at most 4 bars may wait for decisions: the oldest is 0/,
  );
  lane.decision(decisionAt(0));
  lane.decision(decisionAt(1));
  assert.equal(lane.waiting, 3);
  lane.bar("live", barAt(4), null);

  const early = pairing({ maxWaiting: 3 });
  for (const t of [0, 1, 2]) early.decision(decisionAt(t));
  assert.throws(() => early.decision(decisionAt(3)), /at most 3 decisions may wait for their bars/);
});

Deno.test("ExperiencePairing emits the same steps in whatever order bars and decisions arrive, from where it left off", () => {
  const schedule = fc.record({
    bars: fc.integer({ min: 1, max: 40 }),
    firstLive: fc.nat(40),
    warmUp: fc.nat(6),
    lastEmitted: fc.integer({ min: -1, max: 40 }),
    order: fc.infiniteStream(fc.boolean()),
  });
  fc.assert(fc.property(schedule, ({ bars, firstLive, warmUp, lastEmitted, order }) => {
    const lane = pairing(lastEmitted < 0 ? {} : { lastEmittedMs: 10 * lastEmitted });
    const complete: Experience[] = [];
    let bar = 0;
    let decision = firstLive;
    for (const barFirst of order) {
      if (bar >= bars && decision >= bars) break;
      if ((barFirst && bar < bars) || decision >= bars || decision > bar + 2) {
        const phase: BarPhase = bar < firstLive ? "bootstrap" : "live";
        complete.push(...lane.bar(phase, barAt(bar), bar < warmUp ? null : coreState(bar)));
        bar++;
      } else complete.push(...lane.decision(decisionAt(decision++)));
    }
    const expected = Array.from({ length: Math.max(0, bars - 2) }, (_, t) => t)
      .filter((t) => t > lastEmitted && (t >= firstLive || t >= warmUp));
    assert.deepEqual(complete.map((step) => step.barMs), expected.map((t) => 10 * t));
    for (const step of complete) {
      assert.deepEqual(Experience.parse(step), step);
      const t = step.barMs / 10;
      if (t >= firstLive) assert.deepEqual(step, live(t));
      else assert.deepEqual(step, history(t));
    }
    assert.ok(lane.waiting <= 2);
  }));
});
