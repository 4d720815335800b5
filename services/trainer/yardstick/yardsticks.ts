/** All yardsticks by name. */
import type { CartPoleConfig } from "./cartpole/cart_pole_config.ts";
import { CART_POLE, cartPoleYardstick } from "./cartpole/cart_pole_yardstick.ts";
import type { LearnerMaker } from "./learner_maker.ts";
import { marketYardstick } from "./market_yardstick.ts";
import { makeMarket, MARKET_NAMES, marketDefaults } from "./markets.ts";
import { hasParameter, type ParameterName, type Parameters } from "./parameters.ts";
import { makeStopMarket, STOP_MARKET_NAMES, stopMarketDefaults } from "./stops/stop_markets.ts";
import { stopYardstick } from "./stops/stop_yardstick.ts";
import type { Yardstick } from "./yardstick.ts";

export const YARDSTICK_NAMES: readonly string[] = [...MARKET_NAMES, ...STOP_MARKET_NAMES, CART_POLE];

/** Whether a yardstick has a parameter. */
export function yardstickHas(name: string, parameter: ParameterName): boolean {
  if (name === CART_POLE) return false;
  const defaults = STOP_MARKET_NAMES.includes(name) ? stopMarketDefaults(name) : marketDefaults(name);
  return hasParameter(defaults, parameter);
}

/** Makes a yardstick; a market is solved. @param given Parameters in place of its own; those that it has not are passed over. */
export function makeYardstick(
  name: string,
  given: Parameters,
  { maker, cartPole }: { readonly maker: LearnerMaker; readonly cartPole: CartPoleConfig },
): Yardstick {
  if (name === CART_POLE) return cartPoleYardstick(cartPole, maker);
  return STOP_MARKET_NAMES.includes(name)
    ? stopYardstick(makeStopMarket(name, given), maker)
    : marketYardstick(makeMarket(name, given), maker);
}
