/** The gate's word on what a trained model earned on the evidence, counted among all tries that have seen those bars. */
import type { GateConfig } from "../../core/config/gate.ts";
import type { GateStep } from "../../core/contracts/model.ts";
import { dateOf } from "../../core/runtime/texts.ts";
import { evidenceStep } from "../gate/evidence_step.ts";
import type { TrackRow } from "../gate/track_record.ts";
import { decidingRules } from "../trials/deciding_rules.ts";
import { seenBars } from "../trials/seen_bars.ts";
import { type TrialLog, trialOf } from "../trials/trial_log.ts";
import type { TrainRun } from "./keep_model.ts";

/** What is judged: the model by its name, and its track over the evidence. */
export interface JudgedModel {
  readonly version: string;
  readonly track: ReadonlyMap<string, readonly TrackRow[]>;
  /** The last bar that a model which it began with knows; null for none. */
  readonly begunThroughMs: number | null;
}

export interface JudgedEvidence {
  readonly step: GateStep;
  /** Remembers the try. */
  readonly keep: () => Promise<void>;
}

export type EvidenceParts = Pick<
  TrainRun,
  "config" | "misc" | "feed" | "history" | "champion" | "warmStart" | "seed"
>;

/** Who tries on the same bars until one try passes has proven nothing, so each further try has to be surer. */
export async function judgeEvidence(
  parts: EvidenceParts,
  model: JudgedModel,
  log: TrialLog,
): Promise<JudgedEvidence> {
  const { config, misc, feed, history: { evidence }, champion, warmStart, seed } = parts;
  const { version, track, begunThroughMs } = model;
  const hasChampion = champion !== null;
  const judge = (rules: GateConfig) => evidenceStep({ rows: track, hasChampion, seed }, rules);
  const [first, last] = [evidence[0], evidence.at(-1)];
  if (first === undefined || last === undefined) return { step: judge(misc.gate), keep: keepNothing };
  if (begunThroughMs !== null && begunThroughMs >= first.barMs) {
    const reason = `it began with ${warmStart}, which has learned through ${
      dateOf(begunThroughMs)
    }: bars from ${dateOf(first.barMs)} on are no evidence of it`;
    return { step: { step: "evidence", passed: false, reason, figures: {} }, keep: keepNothing };
  }
  const span = { fromMs: first.barMs, toMs: last.next.openTimeMs };
  const returns = meanReturns(track);
  const own = trialOf({
    kind: "training",
    what: `${version} against ${champion ?? "staying flat"} on ${feed.name}`,
    rules: { version, champion, gate: misc.gate, ...decidingRules(config, misc) },
    seen: seenBars(feed, span),
    returns,
  }, Date.now());
  const { trials } = await log.earlier(feed, span);
  const tries = 1 + trials.filter(({ id }) => id !== own.id).length;
  const step = judge(asBestOf(tries, misc.gate));
  const reason = `${step.reason}${triesText(tries, hasChampion, misc.gate)}`;
  return {
    step: { ...step, reason, figures: { ...step.figures, tries } },
    keep: () => log.add(own, returns),
  };
}

const keepNothing = () => Promise.resolve();

/** What the best of several tries must show to be as unlikely by luck as one try alone (Šidák 1967). */
export function asBestOf(tries: number, rules: GateConfig): GateConfig {
  const surer = (probability: number) => probability ** (1 / tries);
  return {
    ...rules,
    better_than_champion: surer(rules.better_than_champion),
    better_than_flat: surer(rules.better_than_flat),
  };
}

function triesText(tries: number, hasChampion: boolean, rules: GateConfig): string {
  if (tries === 1) return "";
  const sure = (of: GateConfig) => percent(hasChampion ? of.better_than_champion : of.better_than_flat);
  return `; ${tries} different tries have seen these bars or some of them, this one included, and the best of so many must be ` +
    `better with probability ${sure(asBestOf(tries, rules))} to prove what ${sure(rules)} prove of one`;
}

/** Of each bar, over the symbols that have it. */
function meanReturns(track: JudgedModel["track"]): number[] {
  const byTime = Map.groupBy([...track.values()].flat(), ({ barMs }) => barMs);
  return [...byTime].sort(([a], [b]) => a - b).map(([, rows]) =>
    rows.reduce((sum, { own }) => sum + own, 0) / rows.length
  );
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}
