/** All yardsticks by name. */
import { LearnerMaker } from "./learner_maker.ts";
import { marketYardstick } from "./market_yardstick.ts";
import { makeMarket, MARKET_NAMES, marketDefaults } from "./markets.ts";
import { hasParameter, type ParameterName, type Parameters } from "./parameters.ts";
import { makeStopMarket, STOP_MARKET_NAMES, stopMarketDefaults } from "./stops/stop_markets.ts";
import { stopYardstick } from "./stops/stop_yardstick.ts";
import type { Yardstick } from "./yardstick.ts";

export const YARDSTICK_NAMES: readonly string[] = [...MARKET_NAMES, ...STOP_MARKET_NAMES];

/** Whether a yardstick has a parameter. */
export function yardstickHas(name: string, parameter: ParameterName): boolean {
  return hasParameter(
    STOP_MARKET_NAMES.includes(name) ? stopMarketDefaults(name) : marketDefaults(name),
    parameter,
  );
}

/** Makes a yardstick, solved. @param given Parameters in place of its own; those that it has not are passed over. */
export function makeYardstick(name: string, given: Parameters, maker: LearnerMaker): Yardstick {
  return STOP_MARKET_NAMES.includes(name)
    ? stopYardstick(makeStopMarket(name, given), maker)
    : marketYardstick(makeMarket(name, given), maker);
}
