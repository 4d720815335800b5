/** The product's learner on an account with stops: it decides greedily, and fresh accounts and virtual trades teach. */
import { SeededRandom } from "../../../core/market/seeded_random.ts";
import type { LearnerStep } from "../../../core/model/native_types.ts";
import { learnerStep } from "../../environment.ts";
import type { Earned, Trial } from "../learning_run.ts";
import type { Score } from "../score.ts";
import { FLAT_ACCOUNT, passTick, type StopAccount } from "./stop_account.ts";
import { StopEnvironment } from "./stop_environment.ts";
import { stopPath, type StopTick } from "./stop_market.ts";
import type { PointValues, StopScorer } from "./stop_scorer.ts";
import { bestCandidate, type StopCandidate } from "./stop_space.ts";

/** Names the random streams of virtual trades. */
const TRADE_STREAM = 12;

export class StopTrial implements Trial<StopTick> {
  readonly #scorer: StopScorer;
  readonly #values: PointValues;
  readonly #environment: StopEnvironment;
  readonly #learning: StopPurse;
  readonly #optimal: StopPurse;

  constructor({ scorer, values, regressionHeads, trades, seed }: {
    readonly scorer: StopScorer;
    readonly values: PointValues;
    readonly regressionHeads: number;
    /** Virtual trades that a tick teaches of. */
    readonly trades: number;
    readonly seed: number;
  }) {
    this.#scorer = scorer;
    this.#values = values;
    const { market, space } = scorer;
    const random = new SeededRandom(seed, TRADE_STREAM);
    this.#environment = new StopEnvironment({ market, space, trades, random, regressionHeads });
    this.#learning = new StopPurse(scorer);
    this.#optimal = new StopPurse(scorer);
  }

  path(random: SeededRandom): Generator<StopTick> {
    return stopPath(this.#scorer.market, random);
  }

  live(tick: StopTick): readonly LearnerStep[] {
    this.#learning.go(tick, this.#decide(tick.features, this.#learning.account));
    this.#optimal.go(tick, this.#scorer.withoutStops(tick, this.#optimal.account));
    return [learnerStep(this.#environment, tick)];
  }

  score(): Score {
    return this.#scorer.score(this.#values);
  }

  get earned(): Earned {
    const shareOf = (part: number, whole: number) => whole > 0 ? part / whole : null;
    return {
      expected: shareOf(this.#learning.expected, this.#optimal.expected),
      withLuck: shareOf(this.#learning.reward, this.#optimal.reward),
    };
  }

  #decide(features: Float32Array, account: StopAccount): StopCandidate {
    const candidates = this.#scorer.space.candidates(account);
    const { classes, scalars } = this.#scorer.rowsOf(candidates.map(({ candidate }) => candidate.point));
    const values = this.#values(features, new Uint32Array(candidates.length), classes, scalars);
    const { returnSd } = this.#scorer.market.plain;
    return bestCandidate(candidates, (candidate) => returnSd * values[candidates.indexOf(candidate)]);
  }
}

/** An account and what it has earned. */
class StopPurse {
  account: StopAccount = FLAT_ACCOUNT;
  reward = 0;
  expected = 0;
  readonly #scorer: StopScorer;

  constructor(scorer: StopScorer) {
    this.#scorer = scorer;
  }

  go(tick: StopTick, { account, cost }: StopCandidate): void {
    const passed = passTick(account, tick.logReturn);
    this.reward += this.#scorer.earned(account, passed) - cost;
    this.expected += this.#scorer.expected(account, tick) - cost;
    this.account = passed.account;
  }
}
