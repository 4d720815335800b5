/** What the market asks of who trades one symbol: costs, the steps of its prices and quantities, what may be borrowed. Pure. */
import type { SlippageModel } from "./slippage.ts";

/** What holds for every symbol. */
export interface CommonRules {
  /** Commission of trades that take what is there: market orders and stops. In basis points of the notional. */
  readonly takerBps: number;
  /** The same of limit orders that rest until somebody takes them. */
  readonly makerBps: number;
  /** The least commission of a fill, in quote currency. */
  readonly minFee: number;
  /** From the middle price to the one that a taker pays, in basis points of it. */
  readonly halfSpreadBps: number;
  /** How much further the price moves against a taker. */
  readonly slippage: SlippageModel;
  /** How a position is entered: at the next open, or by a limit that rests one bar at the close that was decided on. */
  readonly entry: "market" | "limit";
  /** What a borrowed short costs, in basis points of its notional a year. */
  readonly borrowBps: number;
  /** What borrowed cash costs, in basis points a year. */
  readonly marginBps: number;
  /** Largest position over the equity that an order may ask for. */
  readonly maxLeverage: number;
  /** Equity over notional at which a position is closed by force; 0 for never. */
  readonly maintenanceMargin: number;
  /** Decisions after an exit to flat that may not enter. */
  readonly cooldownBars: number;
  /** The same after a stop or a liquidation; the longer of both counts. */
  readonly stopCooldownBars: number;
  /** What a lane starts with. What a decision is expected to cost is the cost of a lane that is worth so much. */
  readonly cash: number;
}

/** What holds for one symbol. */
export interface InstrumentRules {
  /** Step of prices, in quote currency. */
  readonly tick: number;
  /** Step of quantities, in contracts; 0 for one as fine as money. */
  readonly lot: number;
  /** Entries and resizes below it are void, in quote currency. */
  readonly minNotional: number;
  /** Units a contract. Quantities count units, a bar's volume counts contracts. */
  readonly multiplier: number;
}

export interface TradeRules extends CommonRules, InstrumentRules {}

/** The rules of each symbol: the same object every time. */
export type RulesOf = (symbol: string) => TradeRules;

/** The same market with so many times the costs of its trades; what holding costs stays as it is. */
export function scaledCosts(rules: TradeRules, factor: number): TradeRules {
  return {
    ...rules,
    takerBps: factor * rules.takerBps,
    makerBps: factor * rules.makerBps,
    minFee: factor * rules.minFee,
    halfSpreadBps: factor * rules.halfSpreadBps,
    slippage: scaledSlippage(rules.slippage, factor),
  };
}

function scaledSlippage(slippage: SlippageModel, factor: number): SlippageModel {
  switch (slippage.model) {
    case "fixed":
      return { ...slippage, bps: factor * slippage.bps };
    case "atr_share":
      return { ...slippage, share: factor * slippage.share };
    case "volume_share":
      return {
        ...slippage,
        bpsAtOnePercent: factor * slippage.bpsAtOnePercent,
        mostBps: factor * slippage.mostBps,
      };
  }
}
