import assert from "node:assert/strict";
import { SeededRandom } from "../../../core/market/seeded_random.ts";
import { EPISODE_STEPS } from "./cart_pole.ts";
import { type ActionValues, CartPoleTrial, FEATURES } from "./cart_pole_trial.ts";

/** Values of a controller that leans against the fall, by rows of features. */
function balancing(rows: Float32Array): Float32Array {
  const out: number[] = [];
  for (let at = 0; at < rows.length; at += FEATURES) {
    const [position, velocity, angle, spin] = rows.subarray(at, at + FEATURES);
    out.push(0, 0.1 * angle + 0.5 * spin + 0.02 * position + 0.05 * velocity);
  }
  return Float32Array.from(out);
}

const pushLeft = (rows: Float32Array) => new Float32Array(rows.length / FEATURES * 2);

function trialOf(values: ActionValues, epsilonAt: (step: number) => number, steps = 1): CartPoleTrial {
  return new CartPoleTrial({ values, epsilonAt, steps, gamma: 0.5 });
}

function lived(trial: CartPoleTrial, steps: number) {
  const random = new SeededRandom(3);
  return trial.path(random).take(steps).flatMap((tick) => trial.live(tick)).toArray();
}

Deno.test("CartPoleTrial scores 100 greedy episodes: 500 for who balances, some 9 for who pushes to one side", () => {
  assert.deepEqual(trialOf(balancing, () => 1).score(), { score: 1, episodeReturn: EPISODE_STEPS });
  const { score, episodeReturn } = trialOf(pushLeft, () => 0).score();
  assert.ok(episodeReturn! > 8 && episodeReturn! < 11 && score === episodeReturn! / 500, `${episodeReturn}`);
});

Deno.test("CartPoleTrial teaches a fall as an end, and starts anew", () => {
  const steps = lived(trialOf(pushLeft, () => 0), 25);
  const ends = steps.flatMap(({ terminals }, index) => terminals[0] === 1 ? [index] : []);
  assert.ok(ends.length >= 2 && ends[0] > 6 && ends[0] < 11, `${ends}`);
  steps.forEach(({ classes, rewards, features, nextFeatures, candidateCosts }, index) => {
    const isEnd = ends.includes(index);
    assert.deepEqual([[...classes], [...rewards]], [[0], [isEnd ? -1 : 0]]);
    assert.deepEqual([...candidateCosts], isEnd ? [] : [0, 0]);
    if (index > 0 && !ends.includes(index - 1)) assert.deepEqual(features, steps[index - 1].nextFeatures);
    assert.equal(Math.abs(nextFeatures[2]) > 12 * Math.PI / 18, isEnd);
  });
});

Deno.test("CartPoleTrial goes on in the values where an episode is out of time, and starts anew", () => {
  const steps = lived(trialOf(balancing, () => 0), EPISODE_STEPS + 1);
  assert.ok(steps.every(({ terminals }) => terminals[0] === 0));
  const [last, first] = steps.slice(-2);
  assert.deepEqual([...last.candidateCosts], [0, 0]);
  assert.ok(first.features.every((value, input) => Math.abs(value) <= (input === 2 ? 0.5001 : 0.05001)));
  assert.notDeepEqual(first.features, last.nextFeatures);
});

Deno.test("CartPoleTrial explores as often as told, by steps", () => {
  const steps = lived(trialOf(pushLeft, (step) => step < 200 ? 1 : 0), 300);
  const right = steps.slice(0, 200).filter(({ classes }) => classes[0] === 1).length;
  assert.ok(right > 70 && right < 130, `${right}`);
  assert.ok(steps.slice(200).every(({ classes }) => classes[0] === 0));
});

Deno.test("CartPoleTrial adds up several steps, and lets none wait beyond a fall", () => {
  const steps = lived(trialOf(pushLeft, () => 0, 3), 25);
  const spans = steps.map(({ span }) => span);
  const end = steps.findIndex(({ terminals }) => terminals[0] === 1);
  assert.deepEqual(spans.slice(end, end + 4), [3, 2, 1, 3]);
  assert.deepEqual(steps.slice(end, end + 4).map(({ rewards }) => rewards[0]), [-0.25, -0.5, -1, 0]);
});
