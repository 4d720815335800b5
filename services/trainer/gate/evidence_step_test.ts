import assert from "node:assert/strict";
import { Gate } from "../../core/config/gate.ts";
import { SeededRandom } from "../../core/market/seeded_random.ts";
import { type Evidence, evidenceStep } from "./evidence_step.ts";
import type { TrackRow } from "./track_record.ts";

const RULES = Gate.parse({ evidence_bars: 100, first_bars: 60 });

/** So many days, on which the learner earns its edge beside what both have. */
function rowsOf(bars: number, parts: Partial<TrackRow> & { edge?: number; noise?: number } = {}): TrackRow[] {
  const random = new SeededRandom(7);
  const { edge = 0.001, noise = 0.005, ...others } = parts;
  return Array.from({ length: bars }, (_, bar) => {
    const market = 0.01 * random.normal();
    const own = market + edge + noise * random.normal();
    return {
      barMs: bar,
      own,
      ownDoubled: own,
      champion: market,
      championDoubled: market,
      holding: market,
      traded: 0.1,
      differs: true,
      ...others,
    };
  });
}
const judge = (rows: readonly TrackRow[], changes: Partial<Evidence> = {}) =>
  evidenceStep({ rows: new Map([["X", rows]]), hasChampion: true, seed: 1, ...changes }, RULES);

Deno.test("evidenceStep() passes a challenger that is surely better, with all its figures", () => {
  const { passed, reason, figures } = judge(rowsOf(300));
  assert.ok(passed, reason);
  assert.match(
    reason,
    /^better than the champion with probability \d+ %, and with \d+ % at doubled costs \(over 300 bars it earned /,
  );
  assert.deepEqual(Object.keys(figures), [
    "bars",
    "differing",
    "growth",
    "championGrowth",
    "holdingGrowth",
    "betterThanChampion",
    "betterAtDoubleCosts",
    "betterThanHolding",
    "turnover",
    "drawdown",
  ]);
  assert.ok(figures.betterThanChampion! >= 0.8);
});

Deno.test("evidenceStep() refuses for each rule by itself, and says which and by how much", () => {
  const cases: [ReturnType<typeof judge>, RegExp][] = [
    [
      judge(rowsOf(99)),
      /^it takes 100 bars that were decided before they were learned from: there are 99 \(over/,
    ],
    [judge([]), /there are 0$/],
    [
      judge(rowsOf(300, { traded: 1 })),
      /^it churns: it may trade 0\.5 of its equity a bar, and trades 1\.00 /,
    ],
    [judge(rowsOf(300, { own: -0.003 })), /^its equity may fall 50 % below its peak: it fell 59 %/],
    [
      judge(rowsOf(300).map((row, bar) => ({ ...row, differs: bar < 19 }))),
      /^it must decide otherwise than the champion on 20 bars or more: it did on 19/,
    ],
    [
      judge(rowsOf(300, { edge: 0 })),
      /^it must be better than the champion with probability 80 %: it is with \d+ %/,
    ],
    [judge(rowsOf(300, { edge: -0.001 })), /with probability 80 %: it is with [0-9] %/],
    [
      judge(rowsOf(300, { ownDoubled: -0.01 })),
      /^it must be better than the champion with probability 50 % at doubled costs: it is with 0 %/,
    ],
  ];
  for (const [{ step, passed, reason }, expected] of cases) {
    assert.deepEqual([step, passed], ["evidence", false], reason);
    assert.match(reason, expected);
  }
});

Deno.test("evidenceStep() compares the first model with staying flat, over fewer bars, and calls it provisional", () => {
  const first = (edge: number, bars = 60) =>
    judge(rowsOf(bars, { edge, noise: 0, champion: 0, championDoubled: 0 }), { hasChampion: false });
  const passed = first(0.01);
  assert.ok(passed.passed);
  assert.match(
    passed.reason,
    /^better than staying flat with probability \d+ %; provisional, as there is no champion to beat \(/,
  );
  assert.match(
    first(-0.01).reason,
    /^it must be better than staying flat with probability 50 %: it is with \d %/,
  );
  assert.match(first(0.01, 59).reason, /^it takes 60 bars/);
});

Deno.test("evidenceStep() does not ask anybody to beat buying and holding", () => {
  const { passed, figures } = judge(rowsOf(300, { holding: 0.02 }));
  assert.ok(passed && figures.betterThanHolding === 0);
});

Deno.test("evidenceStep() takes the mean of the symbols at each bar time, and counts a time once", () => {
  const [x, y] = [rowsOf(300), rowsOf(300, { edge: -0.004 })];
  const rows = new Map([["X", x], ["Y", y.filter((_, bar) => bar >= 100)]]);
  const { figures, passed } = judge([], { rows });
  assert.deepEqual([figures.bars, figures.differing, passed], [300, 500, false]);
});

Deno.test("evidenceStep() gives the same verdict for the same seed", () => {
  assert.deepEqual(judge(rowsOf(150)), judge(rowsOf(150)));
});

Deno.test("evidenceStep() lets one in five challengers pass that are no better than the champion, as its level of 0.8 says", () => {
  const rules = Gate.parse({ draws: 200 });
  const random = new SeededRandom(11);
  const passes = Array.from({ length: 200 }, () => {
    const rows = rowsOf(252).map((row) => {
      const [own, champion] = [0.01 * random.normal(), 0.01 * random.normal()];
      return { ...row, own, ownDoubled: own, champion, championDoubled: champion };
    });
    return evidenceStep({ rows: new Map([["X", rows]]), hasChampion: true, seed: 1 }, rules).passed;
  });
  const share = passes.filter(Boolean).length / passes.length;
  assert.ok(share > 0.12 && share < 0.28, `${share} passed`); // 0.2, three standard errors around it
});
