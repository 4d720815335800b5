/** What a decision is expected to cost, by what is known when it is made. Pure. */
import { type MarketSight, slippageShare } from "./slippage.ts";
import type { TradeRules } from "./trade_rules.ts";

/** What going from one exposure to another costs, as a fraction of equity. Both are signed fractions of equity.
 *
 * The order is sized as one of a lane that is worth `rules.cash`, whatever the lane is worth by now: so the cost depends on the
 * exposures and the market alone, and what was learned of it holds for every account. An entry by a limit costs what it does where
 * it rests and is filled. */
export function costOf(before: number, after: number, rules: TradeRules, market: MarketSight): number {
  const moved = Math.abs(after - before);
  if (rules.entry === "market" && rules.minFee === 0) return takerCost(moved, rules, market); // most markets
  const entered = Math.sign(after) === Math.sign(before) ? 0 : Math.abs(after);
  const rested = rules.entry === "limit" ? entered : 0;
  const { takerBps, makerBps, minFee, cash } = rules;
  const missing = (bps: number, part: number) =>
    part === 0 ? 0 : Math.max(0, minFee / cash - bps * 1e-4 * part);
  return takerCost(moved - rested, rules, market) + makerBps * 1e-4 * rested +
    missing(takerBps, moved - entered) + missing(rested > 0 ? makerBps : takerBps, entered);
}

/** What taking costs, but for the least fee. @param traded Share of the equity. */
function takerCost(traded: number, rules: TradeRules, market: MarketSight): number {
  const { takerBps, halfSpreadBps, slippage, cash, multiplier } = rules;
  const slippageBps = slippage.model === "fixed"
    ? slippage.bps
    : 1e4 * slippageShare(slippage, traded * cash / market.close, market, multiplier);
  return (takerBps + halfSpreadBps + slippageBps) * 1e-4 * traded;
}
