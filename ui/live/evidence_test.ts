import { deepEqual } from "node:assert/strict";
import { evidenceOf } from "./evidence.ts";
import type { ModelRow } from "./run_views.ts";

function row(
  version: string,
  adoptAfterMs: number,
  outcome: ModelRow["outcome"],
  growth: number | null,
): ModelRow {
  const figures: Record<string, number> = growth === null ? {} : { growth, bars: 60, betterThanFlat: 0.7 };
  return {
    id: `${adoptAfterMs}-0`,
    ...{ version, adoptAfterMs, outcome },
    atMs: 1,
    updates: 1,
    gate: [{ step: "integrity", passed: true, reason: "", figures: {} }, {
      ...{ step: "evidence", passed: growth !== null, reason: "", figures },
    }],
    metadata: null,
    reliability: null,
  };
}

Deno.test("evidenceOf() tells each candidate once, oldest first, and leaves out verdicts without figures", () => {
  const rows = [
    row("m-c", 9, "refused", -0.1),
    row("m-b", 7, "adopted", 0.2),
    row("m-b", 5, "shadow", 0.2),
    row("m-a", 1, "refused", null),
  ];
  deepEqual(
    evidenceOf(rows).map(({ version, barMs, outcome, growth }) => [version, barMs, outcome, growth]),
    [
      ["m-b", 5, "shadow", 0.2],
      ["m-c", 9, "refused", -0.1],
    ],
  );
  const [first] = evidenceOf(rows);
  deepEqual([first.bars, first.better, first.championGrowth, first.holdingGrowth], [60, 0.7, null, null]);
});
