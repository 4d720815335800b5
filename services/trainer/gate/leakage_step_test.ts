import assert from "node:assert/strict";
import { scaledByAll, shiftedByOne } from "../../core/features/proofs/planted_leaks_testing.ts";
import { productStates, type UnderProof } from "../../core/features/proofs/under_proof.ts";
import { sp500Bars } from "../../core/features/testdata/sp500.ts";
import { leakageStep, type LearnedHistory } from "./leakage_step.ts";

const BARS = sp500Bars().slice(0, 300);
const WARM_UP = 40;
const PROOF = productStates(
  [
    { name: "rsi", source: "rsi", params: { period: 5 }, norm: { kind: "tanh", centre: 50, scale: 15 } },
    {
      name: "return",
      source: "log_return",
      params: { bars: 1 },
      norm: { kind: "rolling_z", window: 20, clip: 5 },
    },
  ],
  WARM_UP,
  "1d",
);

/** As a state holds them. */
function rounded({ names, statesOf }: UnderProof): UnderProof {
  return {
    names,
    statesOf: (bars) => statesOf(bars).map((row) => row === null ? null : Float32Array.from(row)),
  };
}

/** What a learner is given of these states. */
function learned(proof = PROOF, symbol = "SPX"): LearnedHistory {
  const states = proof.statesOf(BARS).map((state) => state === null ? null : Float32Array.from(state));
  const experience = states.flatMap((state, row) => {
    const [bar, next, exit] = [BARS[row]!, BARS[row + 1], BARS[row + 2]];
    if (state === null || next === undefined || exit === undefined) return [];
    const { openTimeMs: barMs, close } = bar;
    return [{ barMs, features: state, close, next, exitOpen: exit.open, nextFeatures: states[row + 1]! }];
  });
  return { symbol, bars: BARS, experience };
}

Deno.test("leakageStep() passes what is learned from honest states, and says how many it has looked at", () => {
  const step = leakageStep([learned()], () => PROOF, WARM_UP);
  assert.ok(step.passed, step.reason);
  const warm = PROOF.statesOf(BARS).filter((state) => state !== null).length;
  assert.ok(warm > 200);
  assert.equal(step.figures.learnedStates, warm - 2);
  assert.match(step.reason, /^no future in 215 states that were learned from and \d+ of cut histories$/);
});

Deno.test("leakageStep() refuses a learner that was given the future, though its features are honest, and names where", () => {
  for (const leaking of [shiftedByOne, scaledByAll]) {
    const step = leakageStep([learned(), learned(leaking(PROOF), "LEAK")], () => PROOF, WARM_UP);
    assert.equal(step.passed, false);
    assert.match(
      step.reason,
      /^the learner was given a future: rsi of LEAK at 2000-\d\d-\d\dT00:00 is [-\d.]+, and the bars up to then give [-\d.]+$/,
    );
  }
});

Deno.test("leakageStep() refuses features that look ahead themselves, and names the one", () => {
  for (const leaking of [shiftedByOne, scaledByAll]) {
    const proof = rounded(leaking(PROOF));
    const step = leakageStep([learned(proof)], () => proof, WARM_UP);
    assert.equal(step.passed, false);
    assert.match(
      step.reason,
      /^rsi sees the future: at 2000-\d\d-\d\dT00:00 it is [-\d.]+ with later bars and [-\d.]+ without$/,
    );
  }
});

Deno.test("leakageStep() finds a single value that is off by one bit", () => {
  const history = learned();
  const at = history.experience[200]!;
  at.features[1]! *= 1 + 2 ** -22;
  const step = leakageStep([history], () => PROOF, WARM_UP);
  assert.match(step.reason, /^the learner was given a future: return of SPX/);
});

Deno.test("leakageStep() refuses steps that fill on a bar which the decision saw, or are paid by another price than theirs", () => {
  const history = learned();
  const given = (change: (step: LearnedHistory["experience"][number], row: number) => object) => {
    const experience = history.experience.map((step, row) => ({ ...step, ...change(step, row) }));
    return leakageStep([{ ...history, experience }], () => PROOF, WARM_UP).reason;
  };
  const rowOf = (barMs: number) => BARS.findIndex(({ openTimeMs }) => openTimeMs === barMs);
  assert.match(
    given(({ barMs }) => ({ next: BARS[rowOf(barMs)]! })),
    /^the learner was given a future: the bar after it, of SPX at 2000-\d\d-\d\dT00:00, is \d+, and the bars have \d+$/,
  );
  const better = ({ next }: { next: typeof BARS[number] }) => ({ next: { ...next, open: next.low } });
  assert.match(given(better), /: the open of the bar after it, of SPX at .* and the bars have [\d.]+$/);
  assert.match(
    given(({ next }) => ({ exitOpen: next.high })),
    /: the open where its reward ends, of SPX at /,
  );
  assert.match(given(({ next }) => ({ close: next.open })), /: its close, of SPX at /);
  assert.match(given((_, row) => ({ nextFeatures: history.experience[row]!.features })), /: rsi of SPX at /);
});

Deno.test("leakageStep() proves nothing without experience", () => {
  assert.equal(leakageStep([], () => PROOF, WARM_UP).passed, false);
  assert.match(
    leakageStep([{ ...learned(), experience: [] }], () => PROOF, WARM_UP).reason,
    /there is none$/,
  );
});
