import assert from "node:assert/strict";
import { openAccount } from "../core/account/account.ts";
import { parseMoney } from "../core/account/money.ts";
import { heldOf } from "../core/decisions/held.ts";
import { weighAfterstates, weighBranches } from "../core/decisions/weigh.ts";
import { SeededRandom } from "../core/market/seeded_random.ts";
import { explore } from "./explore.ts";
import { spaceOf } from "./trainer_testing.ts";

const SPACE = spaceOf({
  actions: ["flat", "long", "short"],
  sizes: [0.5, 1],
  stops: [null, 2],
  scalars: ["exposure", "stop_distance"],
});
const CANDIDATES = SPACE.candidates(
  heldOf(openAccount(parseMoney("1")), { close: 1, atr: 1, sigma: 0.01 }, SPACE.sides),
);
const LABELS = CANDIDATES.map(({ label }) => label);

function drawn(weighing: Parameters<typeof explore>[0], epsilon: number, draws = 3_000): Map<string, number> {
  const random = new SeededRandom(5);
  const counts = new Map<string, number>();
  for (let draw = 0; draw < draws; draw++) {
    const { label } = explore(weighing, epsilon, random);
    counts.set(label, (counts.get(label) ?? 0) + 1 / draws);
  }
  return counts;
}

Deno.test("explore() does what is chosen at epsilon 0, ties and all", () => {
  const values = LABELS.map((_, index) => index === 3 || index === 6 ? 1 : 0);
  const weighing = weighAfterstates(SPACE, CANDIDATES, values, LABELS.map(() => 0));
  assert.deepEqual([...drawn(weighing, 0, 20).keys()], [LABELS[weighing.chosen]]);
});

Deno.test("explore() at epsilon 1 draws each head evenly from what is left of it", () => {
  const weighing = weighAfterstates(SPACE, CANDIDATES, LABELS.map(() => 0), LABELS.map(() => 0));
  const counts = drawn(weighing, 1);
  assert.equal(counts.size, 9);
  for (const [label, share] of counts) {
    const expected = label === "flat" ? 1 / 3 : 1 / 12; // a third each; of a side, two sizes by two stops
    assert.ok(Math.abs(share - expected) < 0.03, `${label}: ${share}, not ${expected}`);
  }
});

Deno.test("explore() takes the best of what a drawn action leaves", () => {
  const best = LABELS.indexOf("short 0.5, stop 2");
  const weighing = weighAfterstates(SPACE, CANDIDATES, LABELS.map((_, index) => index === best ? 0.5 : 0), [
    -1, // flat is chosen
    ...LABELS.slice(1).map(() => 0),
  ]);
  const counts = drawn(weighing, 0.3);
  const shorts = [...counts].filter(([label]) => label.startsWith("short")).toSorted(([, a], [, b]) => b - a);
  assert.equal(shorts[0][0], "short 0.5, stop 2");
  assert.ok(counts.get("flat")! > 0.75 && shorts[0][1] > 0.05);
});

Deno.test("explore() of branches takes the best value of each other head", () => {
  const branches = { action: [1, 0, 0], size: [0, 1], stop: [0, 1] };
  const counts = drawn(weighBranches(SPACE, CANDIDATES, branches), 0.3);
  const longs = [...counts].filter(([label]) => label.startsWith("long")).toSorted(([, a], [, b]) => b - a);
  assert.equal(longs[0][0], "long 1, stop 2");
});
