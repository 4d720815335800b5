import assert from "node:assert/strict";
import type { LearningRun } from "../learning_run.ts";
import type { AblationCell } from "./ablation.ts";
import { ablationDocument, describeCell, tablesOf, withTables } from "./ablation_report.ts";

function runOf(seed: number, score: number, reached: number | null, earned: number | null): LearningRun {
  return {
    seed,
    final: { score },
    curve: [],
    ticksTo: [100, 200, reached],
    earned: { expected: earned, withLuck: null },
    updates: 6,
    seconds: 2,
  };
}

const CELLS: readonly AblationCell[] = [
  {
    market: "A",
    variant: "plain DQN",
    runs: [runOf(1, 0.5, null, -1), runOf(2, 0.7, 900, -2), runOf(3, 0.6, null, 0)],
  },
  { market: "A", variant: "+ double", runs: [runOf(1, 0.8, 300, 0.5)] },
  { market: "D", variant: "plain DQN", runs: [runOf(1, 0.9, 300, null)] },
];

Deno.test("tablesOf() makes a table a market: median and range, measures that it has", () => {
  assert.equal(
    tablesOf(CELLS),
    `**A**: median (worst to best) of 3

| variant | score | ticks to 80 % | ticks to 90 % | ticks to 95 % | earned while learning |
| --- | --- | --- | --- | --- | --- |
| plain DQN | 0.600 (0.500 to 0.700) | 100 | 200 | never (never to 900) | -1.000 (-2.000 to 0.000) |
| + double | 0.800 | 100 | 200 | 300 | 0.500 |

**D**: median (worst to best) of 1

| variant | score | ticks to 80 % | ticks to 90 % | ticks to 95 % |
| --- | --- | --- | --- | --- |
| plain DQN | 0.900 | 100 | 200 | 300 |`,
  );
});

Deno.test("withTables() replaces the tables of a document and nothing else", () => {
  const document = withTables(
    "# Title\n\n<!-- tables: written by deno task yardstick --ablation -->\nold\n<!-- end of tables -->\n\nText\n",
    CELLS.slice(1, 2),
  );
  assert.match(
    document,
    /^# Title\n\n<!-- tables: .* -->\n\n\*\*A\*\*.*\n\n<!-- end of tables -->\n\nText\n$/s,
  );
  assert.doesNotMatch(document, /old/);
  assert.equal(withTables(document, CELLS.slice(1, 2)), document);
  assert.throws(() => withTables("# Title", CELLS), /Cannot write the tables as the document must hold/);
});

Deno.test("ablationDocument() is plain JSON, and describeCell() a line", () => {
  const { cells } = JSON.parse(JSON.stringify(ablationDocument(CELLS)));
  assert.deepEqual(cells[0].runs[1].ticksTo, { "0.8": 100, "0.9": 200, "0.95": 900 });
  assert.equal(cells[2].runs[0].earnedWhileLearning, null);
  assert.equal(describeCell(CELLS[0]), "A, plain DQN: 0.500 0.700 0.600 in 6 s");
});
