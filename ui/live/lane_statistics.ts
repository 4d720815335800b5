/** What a lane was worth so far, counted as it goes on: the same figures as a backtest's, in bounded memory. Pure. */
import type { CalendarKind } from "../../services/core/config/instruments_config.ts";
import type { Fill } from "../../services/core/contracts/lane.ts";
import type { Timeframe } from "../../services/core/contracts/symbol.ts";
import { barsPerYear } from "../../services/core/metrics/bars_per_year.ts";
import { RunningPerformance } from "../../services/core/metrics/running_performance.ts";
import { TradeTally } from "../../services/core/metrics/trade_tally.ts";
import type { EquityPoint, LaneStatistics } from "./messages.ts";

export class StatisticsCount {
  readonly #calendar: CalendarKind;
  readonly #timeframe: Timeframe;
  readonly #agent = new RunningPerformance();
  readonly #hold = new RunningPerformance();
  readonly #tally = new TradeTally();
  #bars = 0;
  #firstMs = 0;
  #lastMs = 0;
  #equitySum = 0;
  #positionSum = 0;

  constructor(calendar: CalendarKind, timeframe: Timeframe) {
    this.#calendar = calendar;
    this.#timeframe = timeframe;
  }

  addPoint({ barMs, equity, buyAndHold, position }: EquityPoint): void {
    if (this.#bars === 0) this.#firstMs = barMs;
    this.#lastMs = barMs;
    this.#bars++;
    this.#agent.push(equity);
    this.#hold.push(buyAndHold);
    this.#equitySum += equity;
    this.#positionSum += Math.abs(position);
  }

  addFill(fill: Pick<Fill, "quantity" | "price" | "fee">): void {
    this.#tally.push(fill);
  }

  figures(): LaneStatistics {
    const span = { bars: this.#bars, firstMs: this.#firstMs, lastMs: this.#lastMs };
    const perYear = barsPerYear(this.#calendar, this.#timeframe, span);
    const { traded, fees, trades, won } = this.#tally;
    const years = (this.#bars - 1) / perYear;
    return {
      barsPerYear: perYear,
      agent: this.#agent.figures(perYear),
      hold: this.#hold.figures(perYear),
      turnover: this.#bars < 2 ? null : traded / (this.#equitySum / this.#bars) / years,
      exposure: this.#bars === 0 ? null : this.#positionSum / this.#bars,
      trades,
      hitRate: trades === 0 ? null : won / trades,
      fees,
    };
  }
}
