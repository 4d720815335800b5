/** What a decision is expected to cost, by what is known when it is made. Pure. */
import { type MarketSight, slippageShare } from "./slippage.ts";
import type { TradeRules } from "./trade_rules.ts";

/** What going from one exposure to another costs, as a fraction of equity. Both are signed fractions of equity.
 *
 * The order is sized as one of a lane that is worth `rules.cash`, whatever the lane is worth by now: so the cost depends on the
 * exposures and the market alone, and what was learned of it holds for every account. An entry by a limit costs what it does where
 * it rests and is filled. */
export function costOf(before: number, after: number, rules: TradeRules, market: MarketSight): number {
  const { takerBps, makerBps, halfSpreadBps, slippage, cash, multiplier } = rules;
  const whole = Math.abs(after - before);
  const entered = Math.sign(after) === Math.sign(before) ? 0 : Math.abs(after);
  const rested = rules.entry === "limit" ? entered : 0;
  const taken = whole - rested;
  const slippageBps = slippage.model === "fixed"
    ? slippage.bps
    : 1e4 * slippageShare(slippage, taken * cash / market.close, market, multiplier);
  const cost = (takerBps + halfSpreadBps + slippageBps) * 1e-4 * taken;
  const resting = rested === 0 ? 0 : makerBps * 1e-4 * rested;
  if (rules.minFee === 0) return rested === 0 ? cost : cost + resting;
  const least = rules.minFee / cash;
  const missing = (bps: number, part: number) => part === 0 ? 0 : Math.max(0, least - bps * 1e-4 * part);
  const left = entered === 0 ? whole : whole - entered;
  return cost + resting + missing(takerBps, left) + missing(rested > 0 ? makerBps : takerBps, entered);
}
