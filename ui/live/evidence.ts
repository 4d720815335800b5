/** What candidates would have earned on bars that they decided before they learned from them, as the gate saw it. Pure. */
import type { ModelRow } from "./run_views.ts";

export interface EvidencePoint {
  readonly id: string;
  readonly version: string;
  readonly outcome: ModelRow["outcome"];
  /** The last bar that it knew. */
  readonly barMs: number;
  /** Bars that the evidence rests on. */
  readonly bars: number;
  /** What one unit of equity became, less one; the champion's is null where there was none. */
  readonly growth: number;
  readonly championGrowth: number | null;
  readonly holdingGrowth: number | null;
  /** Probability to be better than the champion, or than staying flat. */
  readonly better: number | null;
  readonly turnover: number | null;
  readonly drawdown: number | null;
}

/** Verdicts with evidence, oldest first. A candidate that is judged again after its time in the shadow counts once. */
export function evidenceOf(rows: readonly ModelRow[]): EvidencePoint[] {
  const seen = new Set<string>();
  return rows.toReversed().flatMap(({ id, version, outcome, adoptAfterMs, gate }) => {
    const figures = gate.find(({ step }) => step === "evidence")?.figures;
    if (figures?.growth === undefined || seen.has(version)) return [];
    seen.add(version);
    return [{
      ...{ id, version, outcome },
      barMs: adoptAfterMs,
      bars: figures.bars ?? 0,
      growth: figures.growth,
      championGrowth: figures.championGrowth ?? null,
      holdingGrowth: figures.holdingGrowth ?? null,
      better: figures.betterThanChampion ?? figures.betterThanFlat ?? null,
      turnover: figures.turnover ?? null,
      drawdown: figures.drawdown ?? null,
    }];
  });
}
