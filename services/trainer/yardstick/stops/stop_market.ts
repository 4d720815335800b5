/** Market A with stops: a trade may be entered with a stop, which closes it on a loss. Pure. */
import { OLDEST_TRADE } from "../../virtual_trades.ts";
import { FLAT, type Market, type Tick, tradingCost } from "../market.ts";
import { meanReversion } from "../mean_reversion.ts";
import type { Costs } from "../market.ts";
import type { SeededRandom } from "../../../core/market/seeded_random.ts";

export interface StopMarket {
  readonly name: string;
  readonly about: string;
  /** The same without stops: what is seen, and the unit of scores. */
  readonly plain: Market;
  readonly kappa: number;
  /** Standard deviation of a tick's noise. */
  readonly sigma: number;
  /** Distances to choose from beside none, as log returns. */
  readonly stops: readonly number[];
  /** What a stop that closes a decision's position costs; negative where it is rebated. */
  readonly stopCosts: readonly number[];
}

/** In standard deviations of a tick's noise. */
export const STOPS = [2, 4] as const;

/** @param rebate What a stop that closes a trade earns in place of its cost, in `sigma`; null to pay the cost. */
export function stopMarket({ name, kappa, sigma, costs, rebate }: {
  readonly name: string;
  readonly kappa: number;
  readonly sigma: number;
  readonly costs: Costs;
  readonly rebate: number | null;
}): StopMarket {
  const plain = meanReversion({ name, kappa, sigma, costs, noiseFeatures: 0 });
  return {
    name,
    about: `${plain.about}, with stops at ${STOPS.join(" or ")} times the noise` +
      (rebate === null ? "" : `, which earn ${rebate} times the noise in place of their cost`),
    plain,
    kappa,
    sigma,
    stops: STOPS.map((stop) => stop * sigma),
    stopCosts: [0, 1, 2].map((decision) =>
      rebate === null ? tradingCost(costs, decision, FLAT) : decision === FLAT ? 0 : -rebate * sigma
    ),
  };
}

/** A tick with the returns before it. */
export interface StopTick extends Tick {
  /** The last first; none at the beginning of a path. */
  readonly recent: readonly number[];
}

/** A path of the market whose ticks know their past. */
export function* withPast(path: Iterable<Tick>): Generator<StopTick> {
  let recent: readonly number[] = [];
  for (const tick of path) {
    yield { ...tick, recent };
    recent = [tick.logReturn, ...recent.slice(0, OLDEST_TRADE - 1)];
  }
}

/** An endless path to learn from. */
export function stopPath({ plain }: StopMarket, random: SeededRandom): Generator<StopTick> {
  return withPast(plain.path(random, "learning"));
}
