/** How far a taker's order is expected to move the price, by what is known at the close before it. Pure. */
import type { LastBar } from "../contracts/lane.ts";

export type SlippageModel =
  /** The same for every order. */
  | { readonly model: "fixed"; readonly bps: number }
  /** A share of the average true range: what moves more costs more. */
  | { readonly model: "atr_share"; readonly share: number }
  /** By the order's share of the bar's volume, to a power: temporary impact grew with the power 0.6 in Almgren, Thum, Hauptmann
   * and Li 2005, "Direct Estimation of Equity Market Impact"; 0.5 is the square root law. */
  | {
    readonly model: "volume_share";
    /** Of an order for a hundredth of the bar's volume. */
    readonly bpsAtOnePercent: number;
    readonly power: number;
    /** No order slips further; so far one on a bar without volume does. */
    readonly mostBps: number;
  };

/** All that is known of the market when an order leaves. */
export type MarketSight = Pick<LastBar, "close" | "volume" | "atr">;

const ONE_PERCENT = 0.01;
/** No model moves a price further. */
const MOST_SHARE = 0.5;

/** How far the price moves against an order, as a share of it.
 * @param quantity Units that are traded, without their sign. @param multiplier Units in one of the volume's contracts. */
export function slippageShare(
  slippage: SlippageModel,
  quantity: number,
  { close, volume, atr }: MarketSight,
  multiplier: number,
): number {
  switch (slippage.model) {
    case "fixed":
      return slippage.bps * 1e-4;
    case "atr_share": // no price has moved yet where there is no range
      return Math.min(MOST_SHARE, slippage.share * (atr ?? 0) / close);
    case "volume_share": {
      const { bpsAtOnePercent, power, mostBps } = slippage;
      if (quantity === 0) return 0;
      const share = quantity / (volume * multiplier); // infinite where nothing was traded
      const bps = bpsAtOnePercent * Math.pow(share / ONE_PERCENT, power);
      return Math.min(MOST_SHARE, Math.min(mostBps, bps) * 1e-4);
    }
  }
}
