/** What a learner's decisions are worth. Figures that a yardstick does not have are absent. */
export interface Score {
  /** 1 is the optimum, 0 is nothing. */
  readonly score: number;
  /** Mean a tick, as a log return. */
  readonly reward?: number;
  /** Mean units traded a tick. */
  readonly turnover?: number;
  /** Trades that a stop closed, a tick. */
  readonly stopExits?: number;
  /** Mean sum of the rewards of an episode. */
  readonly episodeReturn?: number;
}
