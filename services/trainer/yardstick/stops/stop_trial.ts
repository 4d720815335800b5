/** The product's learner on an account with stops: it decides greedily, and fresh accounts and virtual trades teach. */
import { SeededRandom } from "../../../core/market/seeded_random.ts";
import type { LearnerStep } from "../../../core/model/native_types.ts";
import type { Earned, Trial } from "../learning_run.ts";
import { outcomeStep } from "../engine_port.ts";
import type { Score } from "../score.ts";
import { FLAT_ACCOUNT, passTick, type StopAccount } from "./stop_account.ts";
import { StopEnvironment } from "./stop_environment.ts";
import { stopPath, type StopTick } from "./stop_market.ts";
import type { PointValues, StopScorer } from "./stop_scorer.ts";
import { bestCandidate, type StopCandidate } from "./stop_space.ts";

/** Virtual trades that a tick teaches of; a step has at most so many afterstates beside the fresh ones. */
export const VIRTUAL_TRADES = 8;
/** Names the random streams of virtual trades. */
const TRADE_STREAM = 12;

export class StopTrial implements Trial<StopTick> {
  readonly #scorer: StopScorer;
  readonly #values: PointValues;
  readonly #environment: StopEnvironment;
  readonly #regressionHeads: number;
  readonly #learning: StopPurse;
  readonly #optimal: StopPurse;

  constructor({ scorer, values, regressionHeads, seed }: {
    readonly scorer: StopScorer;
    readonly values: PointValues;
    readonly regressionHeads: number;
    readonly seed: number;
  }) {
    this.#scorer = scorer;
    this.#values = values;
    this.#regressionHeads = regressionHeads;
    this.#environment = new StopEnvironment(scorer.market, scorer.space, {
      trades: VIRTUAL_TRADES,
      random: new SeededRandom(seed, TRADE_STREAM),
    });
    this.#learning = new StopPurse(scorer);
    this.#optimal = new StopPurse(scorer);
  }

  path(random: SeededRandom): Generator<StopTick> {
    return stopPath(this.#scorer.market, random);
  }

  live(tick: StopTick): readonly LearnerStep[] {
    this.#learning.go(tick, this.#decide(tick.features, this.#learning.account));
    this.#optimal.go(tick, this.#scorer.withoutStops(tick, this.#optimal.account));
    const targets = this.#environment.regressionTargets(tick, this.#regressionHeads);
    return [outcomeStep(tick, this.#environment.outcomes(tick), targets)];
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
    const values = this.#values(
      features,
      new Uint32Array(candidates.length),
      candidates.map(({ point }) => point),
    );
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
