import assert from "node:assert/strict";
import { Gate as GateConfig } from "../../core/config/gate.ts";
import { fakeModelBytes, openFakeNetwork } from "../../core/testing/fake_network.ts";
import { DAY_MS, FakeLearner, FREE } from "../trainer_testing.ts";
import { type Candidate, Gate, passed } from "./gate.ts";
import { policyOf, trackOf, walk } from "./gate_testing.ts";

const PROVEN = { step: "leakage" as const, passed: true, reason: "proven", figures: {} };
const RULES = { ...FREE, takerBps: 3, makerBps: 3 };
/** Days that go up and down, two of each. */
const STEPS = walk(Array.from({ length: 400 }, (_, day) => day % 4 < 2 ? 0.01 : -0.009));
const KNOWING = policyOf(([coming]) => coming! > 0 ? "long" : "flat");
const LAZY = policyOf(() => "long");

function gateOf(level: "off" | "integrity" | "full", leakage = () => Promise.resolve<typeof PROVEN>(PROVEN)) {
  return new Gate({ config: GateConfig.parse({ level }), seed: 1, leakage });
}

/** A candidate whose decisions were those of a policy, beside a champion's. */
async function candidate(
  policy = KNOWING,
  champion: typeof policy | null = LAZY,
  changes: Partial<Candidate> = {},
  steps = STEPS,
): Promise<Candidate> {
  const track = trackOf(policy, () => champion === null ? null : { version: "m-1", policy: champion }, RULES);
  for (const step of steps) await track.see(step);
  const learner = new FakeLearner();
  return {
    load: () => openFakeNetwork(learner.exportModel("{}")),
    learner,
    golden: { states: Float32Array.of(1, 2, 3, 4), points: [] },
    evidence: { rows: track.rows, hasChampion: champion !== null },
    ...changes,
  };
}
const last = async (gate: Gate, of: Candidate) => (await gate.judge(of)).at(-1)!;

Deno.test("Gate.judge() takes every step, and stops at the first that refuses", async () => {
  const whole = await gateOf("full").judge(await candidate());
  assert.deepEqual(whole.map(({ step }) => step), ["integrity", "leakage", "evidence"]);
  assert.ok(passed(whole), whole.at(-1)!.reason);
  const leaking = { ...PROVEN, passed: false, reason: "it sees the future" };
  const stopped = await gateOf("full", () => Promise.resolve(leaking)).judge(await candidate());
  assert.deepEqual(stopped.map(({ step, passed }) => [step, passed]), [["integrity", true], [
    "leakage",
    false,
  ]]);
});

Deno.test("Gate.judge() asks for as much as is configured", async () => {
  assert.deepEqual(await gateOf("off").judge(await candidate(LAZY)), []);
  assert.deepEqual((await gateOf("integrity").judge(await candidate(LAZY))).map(({ step }) => step), [
    "integrity",
  ]);
  assert.deepEqual([gateOf("off"), gateOf("integrity"), gateOf("full")].map((gate) => gate.shadowBars), [
    0,
    0,
    20,
  ]);
});

Deno.test("Gate.judge() proves what was learned from once, and looks again after a refusal", async () => {
  let looked = 0;
  const gate = gateOf("full", () => Promise.resolve({ ...PROVEN, passed: ++looked > 1 }));
  for (let turn = 0; turn < 4; turn++) await gate.judge(await candidate());
  assert.equal(looked, 2);
});

Deno.test("the gate refuses a model with NaN weights", async () => {
  const load = () =>
    openFakeNetwork(
      fakeModelBytes({ schemaHash: "schema", weights: [[0, 0], [0, 0], [0, 0]], metadata: {} }),
    );
  const learner = Object.assign(new FakeLearner(), { forward: () => new Float32Array(6).fill(NaN) });
  const { step, passed, reason } = await last(
    gateOf("full"),
    await candidate(KNOWING, LAZY, { load, learner }),
  );
  assert.deepEqual([step, passed], ["integrity", false]);
  assert.equal(reason, "an output on a golden state is not finite");
});

Deno.test("the gate refuses a model that churns, though each of its trades gains", async () => {
  const restless = walk(Array.from({ length: 400 }, (_, day) => day % 2 === 0 ? 0.01 : -0.009));
  const churner = await candidate(KNOWING, LAZY, {}, restless);
  const { step, passed, reason, figures } = await last(gateOf("full"), churner);
  assert.ok(figures.growth! > figures.championGrowth!);
  assert.deepEqual([step, passed], ["evidence", false]);
  assert.match(
    reason,
    /^it churns: it may trade 0\.5 of its equity a bar, and trades 1\.00 \(over 400 bars it earned /,
  );
});

Deno.test("the gate refuses a model that is worse than the champion, and says by how much", async () => {
  const { step, passed, reason } = await last(gateOf("full"), await candidate(LAZY, KNOWING));
  assert.deepEqual([step, passed], ["evidence", false]);
  assert.match(
    reason,
    /^it must be better than the champion with probability 80 %: it is with 0 % \(over 400 bars it earned 2\d\.\d %, the champion \d+\.\d %, buying and holding 2\d\.\d %\)$/,
  );
});

Deno.test("the gate refuses a first model that loses, and lets one that gains serve provisionally", async () => {
  const loser = policyOf(([coming]) => coming! > 0 ? "flat" : "long");
  const refused = await last(gateOf("full"), await candidate(loser, null));
  assert.match(
    refused.reason,
    /^it must be better than staying flat with probability 50 %: it is with 0 %|^its equity may fall/,
  );
  const first = await last(gateOf("full"), await candidate(LAZY, null));
  assert.ok(first.passed);
  assert.match(first.reason, /provisional, as there is no champion to beat/);
  assert.ok(STEPS[0]!.barMs === 0 && STEPS[1]!.barMs === DAY_MS);
});
