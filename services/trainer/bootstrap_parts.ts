/** In which parts a history is learned. Pure.
 *
 * The first part is learned at once; what comes after it goes forward in steps, each judged before it is learned, so that the first
 * model already knows how sure it may be, and the gate what its decisions earned. On markets with a known optimum it scores as well as one that learned everything at once, whichever share of the
 * updates comes first. A lane that the learner itself leads has to go on in small parts, so that it does what was learned. */

export interface BootstrapPart {
  /** Its last bar; it begins after the last one of the part before. */
  readonly throughMs: number;
  /** Updates after it was taken up. */
  readonly updates: number;
  /** Whether its decisions are judged before they are learned from. */
  readonly isJudged: boolean;
}

/** Share of the history that is judged: a fifth of the bars, where another fifth of them is live. */
const JUDGED_SHARE = 0.25;
/** Steps in which it is walked through. */
const JUDGED_PARTS = 4;
/** Share of the updates before the judging. */
const UPDATES_BEFORE = 0.5;
/** Bars between two trainings of a learner that leads the lane. */
const LED_BARS = 32;

/** @param times Of the bars, each once, ascending. @param updates In all. */
export function bootstrapParts(
  times: readonly number[],
  updates: number,
  isCounterfactual: boolean,
): BootstrapPart[] {
  const judgedFrom = Math.ceil(times.length * (1 - JUDGED_SHARE));
  const judgedEnds = Array.from(
    { length: JUDGED_PARTS },
    (_, index) => Math.round(judgedFrom + (times.length - judgedFrom) * (index + 1) / JUDGED_PARTS),
  );
  const ends = isCounterfactual
    ? [judgedFrom, ...judgedEnds]
    : Array.from({ length: Math.ceil(times.length / LED_BARS) }, (_, index) => (index + 1) * LED_BARS);
  let [start, done] = [0, 0];
  return ends.map((end, index) => {
    const share = isCounterfactual
      ? UPDATES_BEFORE + (1 - UPDATES_BEFORE) * index / JUDGED_PARTS
      : Math.min(1, end / times.length);
    const part = {
      throughMs: times[Math.min(end, times.length) - 1] ?? -1,
      updates: Math.round(share * updates) - done,
      isJudged: start >= judgedFrom,
    };
    [start, done] = [end, done + part.updates];
    return part;
  });
}
