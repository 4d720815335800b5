/** Markets with stops by name. */
import { filled, type Parameters } from "../parameters.ts";
import { type StopMarket, stopMarket } from "./stop_market.ts";

const A = { kappa: 0.1, sigma: 0.01, cost: 0.006 };

const STOP_MARKETS: Readonly<Record<string, Parameters>> = {
  "A-stop": { ...A, "stop-rebate": undefined },
  "A-stop-rebate": { ...A, "stop-rebate": 0.6 },
};

export const STOP_MARKET_NAMES: readonly string[] = Object.keys(STOP_MARKETS);

/** @throws {TypeError} If there is none of this name. */
export function stopMarketDefaults(name: string): Parameters {
  return STOP_MARKETS[name];
}

/** Makes a market. @param given Parameters in place of its own; those that it has not are passed over. */
export function makeStopMarket(name: string, given: Parameters = {}): StopMarket {
  const { kappa, sigma, cost, hold, "asymmetric-cost": sell, "stop-rebate": rebate } = filled(
    STOP_MARKETS[name],
    given,
  ) as Required<Parameters>;
  return stopMarket({ name, kappa, sigma, costs: { buy: cost, sell, hold }, rebate: rebate ?? null });
}
