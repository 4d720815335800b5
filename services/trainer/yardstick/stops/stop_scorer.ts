/** Scores decisions on an account with stops: 1 is what the optimal rule earns without them. */
import type { Point } from "../../../core/decisions/candidate.ts";
import type { DecisionSpace } from "../../../core/decisions/decision_space.ts";
import { SeededRandom } from "../../../core/market/seeded_random.ts";
import type { Learner } from "../../../core/model/native_types.ts";
import { rowsOf } from "../../environment.ts";
import { holdingCost, POSITIONS, type Tick } from "../market.ts";
import type { Score } from "../score.ts";
import { decisionOf } from "../scorer.ts";
import { type Optimum, solveOptimum } from "../solver.ts";
import { expectTick, FLAT_ACCOUNT, type Passed, passTick, type StopAccount } from "./stop_account.ts";
import type { StopMarket } from "./stop_market.ts";
import { bestCandidate, type StopCandidate, StopSpace } from "./stop_space.ts";

/** W of accounts, in standard deviations of R: the learner's `evaluate`. */
export type PointValues = Learner["evaluate"];

/** Takes a candidate of each account. @param tick Index of the held-out ticks. */
export type StopDecisions = (
  tick: number,
  ticks: readonly Tick[],
  accounts: readonly StopAccount[],
) => readonly StopCandidate[];

/** Held-out ticks: paths side by side, each from a flat start, so that a network values all of them in one call. */
const LANES = 48;
const LANE_TICKS = 500;
/** Names the random streams of held-out paths; no learner has them. */
const HELD_OUT_STREAM = 1_000_003;

export class StopScorer {
  readonly market: StopMarket;
  readonly space: StopSpace;
  /** Of the market without stops. */
  readonly optimum: Optimum;
  /** Tick by tick, each lane's. */
  readonly #ticks: readonly (readonly Tick[])[];
  /** Features, tick by tick, then lane by lane. */
  readonly #rows: Float32Array;
  /** The fresh accounts at all rows. */
  readonly #fresh: {
    readonly rowOfPoint: Uint32Array;
    readonly classes: Uint8Array;
    readonly scalars: Float32Array;
  };
  /** Reward of the optimal rule without stops. */
  readonly #unit: number;

  constructor(market: StopMarket, decisions: DecisionSpace) {
    const { plain } = market;
    this.market = market;
    this.space = new StopSpace(decisions, {
      costs: plain.costs,
      returnSd: plain.returnSd,
      sigma: market.sigma,
    });
    this.optimum = solveOptimum(plain.chain, plain.costs);
    const lanes = Array.from(
      { length: LANES },
      (_, lane) => plain.path(new SeededRandom(HELD_OUT_STREAM, lane), "held-out").take(LANE_TICKS).toArray(),
    );
    this.#ticks = Array.from({ length: LANE_TICKS }, (_, tick) => lanes.map((path) => path[tick]));
    this.#rows = Float32Array.from(this.#ticks.flat().flatMap(({ features }) => [...features]));
    const fresh = this.space.fresh.map(({ candidate }) => candidate.point);
    const points = LANES * LANE_TICKS * fresh.length;
    this.#fresh = {
      rowOfPoint: Uint32Array.from({ length: points }, (_, index) => Math.floor(index / fresh.length)),
      ...this.rowsOf(Array.from({ length: points }, (_, index) => fresh[index % fresh.length])),
    };
    this.#unit =
      this.#follow((_, ticks, accounts) =>
        accounts.map((account, lane) => this.withoutStops(ticks[lane], account))
      ).reward;
  }

  /** What the optimal rule without stops decides. */
  withoutStops(tick: Tick, account: StopAccount): StopCandidate {
    const decision = decisionOf(this.optimum.rule, tick.state, account.decision);
    return this.space.candidates(account).find((candidate) =>
      candidate.account.decision === decision && candidate.account.stop === 0
    )!;
  }

  /** Points as a network takes them. */
  rowsOf(points: readonly Point[]): { readonly classes: Uint8Array; readonly scalars: Float32Array } {
    return rowsOf(points, this.space.fresh[0].candidate.point.scalars.length);
  }

  /** Scores greedy decisions on a network's values. */
  score(values: PointValues): Score {
    const { rowOfPoint, classes, scalars } = this.#fresh;
    const fresh = values(this.#rows, rowOfPoint, classes, scalars);
    const { returnSd, inputs } = this.market.plain;
    const kept = new Float64Array(LANES);
    return this.scoreDecisions((tick, _, accounts) => {
      const keeps = accounts.map((account) => this.space.keep(account));
      const open = keeps.flatMap(({ fresh }, lane) => fresh === null ? [lane] : []);
      if (open.length > 0) {
        const rows = this.#rows.subarray(tick * LANES * inputs, (tick + 1) * LANES * inputs);
        const { classes, scalars } = this.rowsOf(open.map((lane) => keeps[lane].candidate.point));
        values(rows, Uint32Array.from(open), classes, scalars)
          .forEach((value, index) => kept[open[index]] = value);
      }
      return accounts.map((account, lane) => {
        const first = (tick * LANES + lane) * this.space.fresh.length;
        return bestCandidate(
          this.space.candidates(account),
          ({ fresh: number }) => returnSd * (number === null ? kept[lane] : fresh[first + number]),
        );
      });
    });
  }

  scoreDecisions(decide: StopDecisions): Score {
    const { reward, turnover, stopExits } = this.#follow(decide);
    return { score: reward / this.#unit, reward, turnover, stopExits };
  }

  /** What decisions earn a tick. Stops close trades by the returns that come; what a tick earns counts by its mean, so that luck is
   * not scored. */
  #follow(decide: StopDecisions) {
    let accounts: readonly StopAccount[] = Array.from({ length: LANES }, () => FLAT_ACCOUNT);
    let [reward, turnover, stopExits] = [0, 0, 0];
    this.#ticks.forEach((ticks, index) => {
      const chosen = decide(index, ticks, accounts);
      accounts = chosen.map(({ account, cost }, lane) => {
        reward += this.expected(account, ticks[lane]) - cost;
        turnover += Math.abs(POSITIONS[account.decision] - POSITIONS[accounts[lane].decision]);
        const passed = passTick(account, ticks[lane].logReturn);
        if (passed.isStopped) {
          turnover++;
          stopExits++;
        }
        return passed.account;
      });
    });
    const count = LANES * LANE_TICKS;
    return { reward: reward / count, turnover: turnover / count, stopExits: stopExits / count };
  }

  /** What an account earned over a tick, the decision's own cost apart. */
  earned(account: StopAccount, { logReturn, isStopped }: Passed): number {
    const { plain, stopCosts } = this.market;
    return logReturn - (isStopped ? stopCosts[account.decision] : 0) -
      holdingCost(plain.costs, account.decision);
  }

  /** Mean of what an account earns over a tick, given what a perfect observer knows. */
  expected(account: StopAccount, tick: Tick): number {
    const { plain, stopCosts, sigma } = this.market;
    const { logReturn, stopChance } = expectTick(account, tick.expectedReturn, sigma);
    return logReturn - stopChance * stopCosts[account.decision] - holdingCost(plain.costs, account.decision);
  }
}
