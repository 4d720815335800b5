/** What trading has cost, in a few words. */
import type { CommonRules } from "../../core/account/trade_rules.ts";

export function describeCosts(rules: CommonRules): string {
  const { takerBps, makerBps, minFee, halfSpreadBps, slippage, entry, borrowBps, maxLeverage } = rules;
  const moved = halfSpreadBps + (slippage.model === "fixed" ? slippage.bps : 0);
  return [
    `${takerBps + moved} bp a side`,
    ...(makerBps === takerBps + moved ? [] : [`${makerBps} bp where it rests`]),
    ...(minFee === 0 ? [] : [`at least ${minFee} a fill`]),
    ...(slippage.model === "fixed" ? [] : [`slippage by ${slippage.model}`]),
    ...(entry === "market" ? [] : ["entries by a limit"]),
    ...(borrowBps === 0 ? [] : [`shorts at ${borrowBps} bp a year`]),
    ...(maxLeverage === 1 ? [] : [`up to ${maxLeverage} times the equity`]),
  ].join(", ");
}
