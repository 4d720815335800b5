/** A backtest among all tries that have seen its bars, or some of them. */
import { returnsOf } from "../../core/metrics/performance.ts";
import { counted } from "../../core/runtime/texts.ts";
import { decidingRules } from "../trials/deciding_rules.ts";
import { areSameBars, seenBars } from "../trials/seen_bars.ts";
import { type Trial, type TrialLog, trialOf } from "../trials/trial_log.ts";
import type { Backtest } from "./backtest.ts";
import type { Setting } from "./setting.ts";

export interface Tries {
  /** Of these bars or some of them, the backtest's own last. */
  readonly trials: readonly Trial[];
  /** Returns of those on exactly these bars, the backtest's own last. */
  readonly sameBars: readonly (readonly number[])[];
  /** What a reader has to know of the count; null for nothing. */
  readonly note: string | null;
  /** Remembers the backtest. */
  readonly keep: () => Promise<void>;
}

/** Overfitting is judged among so many at most, the newest. */
const MOST_COMPARED = 200;

export async function triesOf(setting: Setting, log: TrialLog, found: Backtest): Promise<Tries> {
  const { config, misc, feed, span, models } = setting;
  const returns = [...returnsOf(found.model.curve.equity)];
  const own = trialOf({
    kind: "backtest",
    what: `${models.versions.join(", ")} on ${feed.name}`,
    rules: { versions: models.versions, ...decidingRules(config, misc) },
    seen: seenBars(feed, span),
    returns,
  }, Date.now());
  const { trials, unplaced } = await log.earlier(feed, span);
  const others = trials.filter(({ id }) => id !== own.id);
  const alike = others.filter(({ seen }) => areSameBars(seen, own.seen)).slice(-MOST_COMPARED);
  const compared = await Promise.all(alike.map((each) => log.returnsOf(each)));
  return {
    trials: [...others, own],
    sameBars: [...compared.filter((each) => each?.length === returns.length).map((each) => each!), returns],
    note: unplaced === 0
      ? null
      : `Earlier tries in ${counted(unplaced, "file")} of --trials do not tell which bars they are of, ` +
        "and count for exactly those alone",
    keep: () => log.add(own, returns),
  };
}
