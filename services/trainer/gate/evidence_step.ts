/** The gate's third step, evidence: what a candidate's decisions earned net of all costs, and how sure it is that they were better.
 * Nobody has to beat buying and holding, which is always shown. Pure. */
import type { GateConfig } from "../../core/config/gate.ts";
import type { GateStep } from "../../core/contracts/model.ts";
import { drawdownsOf } from "../../core/metrics/performance.ts";
import { probabilityAboveZero } from "../../core/metrics/stationary_bootstrap.ts";
import type { TrackRow } from "./track_record.ts";

export interface Evidence {
  /** By symbol, oldest first; the champion's returns are 0 where there is none. */
  readonly rows: ReadonlyMap<string, readonly TrackRow[]>;
  readonly hasChampion: boolean;
  readonly seed: number;
}

/** Returns of one bar time, the mean over the symbols that have it. */
type Bar = Omit<TrackRow, "differs">;

export function evidenceStep({ rows, hasChampion, seed }: Evidence, rules: GateConfig): GateStep {
  const bars = barsOf(rows);
  const differing = [...rows.values()].flat().filter(({ differs }) => differs).length;
  const options = { meanBlock: rules.block_bars, draws: rules.draws, seed };
  const better = (ours: keyof Bar, theirs: keyof Bar) =>
    bars.length === 0 ? 0.5 : probabilityAboveZero(bars.map((bar) => bar[ours] - bar[theirs]), options);
  const sum = (of: keyof Bar) => bars.reduce((total, bar) => total + bar[of], 0);
  const figures = {
    bars: bars.length,
    differing,
    growth: Math.expm1(sum("own")),
    ...(hasChampion && { championGrowth: Math.expm1(sum("champion")) }),
    holdingGrowth: Math.expm1(sum("holding")),
    [hasChampion ? "betterThanChampion" : "betterThanFlat"]: better("own", "champion"),
    ...(hasChampion && { betterAtDoubleCosts: better("ownDoubled", "championDoubled") }),
    betterThanHolding: better("own", "holding"),
    turnover: bars.length === 0 ? 0 : sum("traded") / bars.length,
    drawdown: drawdownOf(bars, "own"),
  };
  const probability = better("own", "champion");
  const atDouble = better("ownDoubled", "championDoubled");
  const fault = faultOf({ ...figures, probability, atDouble }, hasChampion, rules);
  const earned = earnedText(figures, hasChampion);
  if (fault !== null) return { step: "evidence", passed: false, reason: `${fault}${earned}`, figures };
  const reason = hasChampion
    ? `better than the champion with probability ${percent(probability)}, and with ${
      percent(atDouble)
    } at doubled costs`
    : `better than staying flat with probability ${
      percent(probability)
    }; provisional, as there is no champion to beat`;
  return { step: "evidence", passed: true, reason: `${reason}${earned}`, figures };
}

/** Whether the champion itself has broken a bound since it serves, so that the version before it has to come back; null if not. */
export function rollbackStep({ rows }: Pick<Evidence, "rows">, rules: GateConfig): GateStep | null {
  const bars = barsOf(rows);
  const drawdown = drawdownOf(bars, "champion");
  if (drawdown <= rules.max_drawdown) return null;
  const reason = `the version after it fell ${percent(drawdown)} below its peak, and may fall ${
    percent(rules.max_drawdown)
  }`;
  return { step: "rollback", passed: true, reason, figures: { bars: bars.length, drawdown } };
}

interface Judged {
  readonly bars: number;
  readonly differing: number;
  readonly turnover: number;
  readonly drawdown: number;
  /** Of being better than the champion, or than staying flat; and at doubled costs. */
  readonly probability: number;
  readonly atDouble: number;
}

/** The first rule that is broken, in words; null for none. */
function faultOf(found: Judged, hasChampion: boolean, rules: GateConfig): string | null {
  const least = hasChampion ? rules.evidence_bars : rules.first_bars;
  const other = hasChampion ? "the champion" : "staying flat";
  const sure = hasChampion ? rules.better_than_champion : rules.better_than_flat;
  if (found.bars < least) {
    return `it takes ${least} bars that were decided before they were learned from: there are ${found.bars}`;
  }
  if (found.turnover > rules.max_turnover) {
    return `it churns: it may trade ${rules.max_turnover} of its equity a bar, and trades ${
      found.turnover.toFixed(2)
    }`;
  }
  if (found.drawdown > rules.max_drawdown) {
    return `its equity may fall ${percent(rules.max_drawdown)} below its peak: it fell ${
      percent(found.drawdown)
    }`;
  }
  if (found.differing < rules.differing_bars) {
    return `it must decide otherwise than ${other} on ${rules.differing_bars} bars or more: it did on ${found.differing}`;
  }
  if (found.probability < sure) {
    return `it must be better than ${other} with probability ${percent(sure)}: it is with ${
      percent(found.probability)
    }`;
  }
  if (hasChampion && found.atDouble < rules.better_at_double_costs) {
    return `it must be better than the champion with probability ${
      percent(rules.better_at_double_costs)
    } at doubled costs: ` +
      `it is with ${percent(found.atDouble)}`;
  }
  return null;
}

function earnedText(
  figures: { bars: number; growth: number; championGrowth?: number; holdingGrowth: number },
  hasChampion: boolean,
): string {
  if (figures.bars === 0) return "";
  const champion = hasChampion ? `the champion ${percent(figures.championGrowth!, 1)}, ` : "";
  return ` (over ${figures.bars} bars it earned ${
    percent(figures.growth, 1)
  }, ${champion}buying and holding ` +
    `${percent(figures.holdingGrowth, 1)})`;
}

function drawdownOf(bars: readonly Bar[], whose: "own" | "champion"): number {
  let equity = 1;
  return drawdownsOf([1, ...bars.map((bar) => equity *= Math.exp(bar[whose]))]).deepest;
}

function barsOf(rows: Evidence["rows"]): Bar[] {
  const byTime = new Map<number, TrackRow[]>();
  for (const row of [...rows.values()].flat()) {
    const others = byTime.get(row.barMs);
    if (others === undefined) byTime.set(row.barMs, [row]);
    else others.push(row);
  }
  const mean = (of: readonly TrackRow[], name: Exclude<keyof Bar, "barMs">) =>
    of.reduce((sum, row) => sum + row[name], 0) / of.length;
  return [...byTime].sort(([a], [b]) => a - b).map(([barMs, of]) => ({
    barMs,
    own: mean(of, "own"),
    ownDoubled: mean(of, "ownDoubled"),
    champion: mean(of, "champion"),
    championDoubled: mean(of, "championDoubled"),
    holding: mean(of, "holding"),
    traded: mean(of, "traded"),
  }));
}

function percent(share: number, digits = 0): string {
  return `${(share * 100).toFixed(digits).replace("-", "−")} %`;
}
