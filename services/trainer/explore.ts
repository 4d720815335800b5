/** Decides at random now and then, each head by itself, so that a learner of what was done sees more than it would do. Pure. */
import type { Candidate, DecidingHead } from "../core/decisions/candidate.ts";
import type { Weighing } from "../core/decisions/weigh.ts";
import type { SeededRandom } from "../core/market/seeded_random.ts";

/** With the chance `epsilon` a head's value is drawn from those that can still be had, else it is that of the best decision left.
 * The heads follow each other in their order. */
export function explore(weighing: Weighing, epsilon: number, random: SeededRandom): Candidate {
  const { candidates, chosen } = weighing;
  let left = candidates.map((_, index) => index);
  for (const head of Object.keys(weighing.heads) as DecidingHead[]) {
    const values = [...new Set(left.map((index) => candidates[index].choices[head]))];
    const best = left.includes(chosen) ? chosen : bestOf(weighing, left);
    const value = random.uniform() < epsilon
      ? values[Math.floor(random.uniform() * values.length)]
      : candidates[best].choices[head];
    left = left.filter((index) => candidates[index].choices[head] === value);
  }
  return candidates[left.includes(chosen) ? chosen : bestOf(weighing, left)];
}

/** The best Q; where it is that of an action alone, the best values of the other heads. */
function bestOf(weighing: Weighing, indices: readonly number[]): number {
  const { q } = weighing;
  return indices.reduce((best, index) =>
    q[index] > q[best] || (q[index] === q[best] && detailOf(weighing, index) > detailOf(weighing, best))
      ? index
      : best
  );
}

function detailOf({ candidates, heads }: Weighing, index: number): number {
  return Object.entries(candidates[index].choices).reduce(
    (sum, [head, choice]) => sum + (choice === null ? 0 : heads[head]?.[choice] ?? 0),
    0,
  );
}
