/** Indicators that were measured against TA-Lib and are not offered, with the reason that a user is told. */

const WRONG = "indicatorts computes it wrongly (checked against TA-Lib)";
const LOOKS_AHEAD = "it looks ahead: its value at a bar depends on later bars";
const STUCK_AT_NAN = "indicatorts gives NaN for ever after one bar whose high equals its low";
const HISTORY = "its level depends on where the history starts, so a restart would change the state";

/** Name → why it is refused. */
export const REFUSED_INDICATORS: ReadonlyMap<string, string> = new Map([
  ["aroon", `${WRONG}; aroon_oscillator is offered, by trading-signals`],
  ["po", WRONG],
  ["cfo", LOOKS_AHEAD],
  ["ichimoku", LOOKS_AHEAD],
  ["ichimoku_lagging_span", LOOKS_AHEAD],
  ["ad", `${STUCK_AT_NAN}; cmf is offered, by trading-signals`],
  ["cmo", STUCK_AT_NAN],
  ["adx", "trading-signals gives NaN for ever if the first bars do not move"],
  ["obv", HISTORY],
  ["nvi", HISTORY],
  ["vpt", HISTORY],
  [
    "vwap",
    "indicatorts computes it from the close instead of the typical price, and zero volume makes it NaN; vwma_distance is offered",
  ],
]);
