/** One backtest: the models' lanes and the baselines' over the same bars, all through the same money. No files, no clock. */
import type { MakeStateBuilder } from "../../core/features/state_builders.ts";
import { LaneTrader, type TradedBar } from "../../core/lane/lane_trader.ts";
import { LocalRunner } from "../../core/lane/model_runner.ts";
import type { Strategy } from "../../core/lane/strategy.ts";
import type { Feed } from "../../core/market/feed.ts";
import type { QNetAddon } from "../../core/model/native_types.ts";
import { buyAndHold, randomTrader, smaCrossover, stayFlat } from "./baselines.ts";
import type { DecidingModels } from "./deciding_models.ts";
import { LaneBook } from "./lane_book.ts";
import { replayLanes } from "./lane_replay.ts";
import { type Curve, portfolioOf } from "./portfolio.ts";
import type { RunInputs } from "./run_inputs.ts";
import type { Span } from "./span.ts";

export interface BacktestParts {
  readonly feed: Feed;
  readonly span: Span;
  readonly strategy: Strategy;
  /** The account's name in decisions and fills. */
  readonly account: string;
  readonly models: DecidingModels;
  readonly confidenceAt: QNetAddon["confidenceAt"];
  readonly makeStateBuilder: MakeStateBuilder;
  readonly seed: number;
  /** Of a run that is decided again; absent where none is. */
  readonly run?: RunInputs;
  /** Told of every decided bar, in their order. */
  readonly onBar?: (traded: TradedBar) => void;
  readonly signal: AbortSignal;
}

export interface StrategyRun {
  /** One for each symbol, in the feed's order. */
  readonly books: readonly LaneBook[];
  readonly curve: Curve;
}

export interface Backtest {
  readonly model: StrategyRun;
  /** Bars on which no order could be made, by the first of the reasons that are alike but for their figures. */
  readonly refusals: ReadonlyMap<string, number>;
  readonly buyAndHold: StrategyRun;
  readonly flat: StrategyRun;
  readonly smaCrossover: StrategyRun;
  /** The middle one of the random traders, by what it had in the end. */
  readonly random: StrategyRun;
  readonly randomTraders: number;
  /** Share of the random traders that had less in the end; a tie counts half. */
  readonly aheadOfRandom: number;
}

/** Who decides in a backtest. */
const REPLICA = "backtest";
const MOST_RANDOM = 100;
const LEAST_RANDOM = 10;
/** Bars that all random traders may take together. */
const RANDOM_BARS = 2_000_000;

export async function runBacktest(parts: BacktestParts): Promise<Backtest> {
  const refusals = new Map<string, { readonly reason: string; readonly bars: number }>();
  const books = await booksOf({
    ...parts,
    onBar(traded) {
      const { outcome, reason } = traded.decision.verdict;
      if (outcome === "refused") {
        const kind = reason.replace(/[0-9]+/g, "0");
        const before = refusals.get(kind) ?? { reason, bars: 0 };
        refusals.set(kind, { ...before, bars: before.bars + 1 });
      }
      parts.onBar?.(traded);
    },
  });
  const model = runOf(books);
  const others = [buyAndHold, stayFlat, smaCrossover].map((baseline) => runOf(baseline(parts)));
  const [held, flat, crossed] = others as [StrategyRun, StrategyRun, StrategyRun];
  const bars = books.reduce((sum, { timesMs }) => sum + timesMs.length, 0);
  const randomTraders = Math.max(LEAST_RANDOM, Math.min(MOST_RANDOM, Math.floor(RANDOM_BARS / bars)));
  const drawn: StrategyRun[] = [];
  for (let draw = 0; draw < randomTraders; draw++) {
    parts.signal.throwIfAborted();
    drawn.push(runOf(randomTrader(parts, books, parts.seed, draw)));
  }
  const ordered = drawn.toSorted((a, b) => endOf(a) - endOf(b));
  const ahead = drawn.reduce((sum, run) => sum + (Math.sign(endOf(model) - endOf(run)) + 1) / 2, 0);
  return {
    model,
    refusals: new Map([...refusals.values()].map(({ reason, bars }) => [reason, bars])),
    buyAndHold: held,
    flat,
    smaCrossover: crossed,
    random: ordered[ordered.length >> 1]!,
    randomTraders,
    aheadOfRandom: ahead / randomTraders,
  };
}

async function booksOf(parts: BacktestParts): Promise<LaneBook[]> {
  const { feed, span, strategy, account, models, confidenceAt, makeStateBuilder, onBar, signal } = parts;
  await using runner = new LocalRunner();
  const books = new Map(feed.symbols.map((symbol) => [symbol, new LaneBook(symbol)]));
  const lanes = feed.symbols.map((symbol) => ({
    symbol,
    bars: feed.bars(symbol),
    trader: new LaneTrader({ account, symbol, strategy, runner, confidenceAt, replica: REPLICA }),
    builder: makeStateBuilder(symbol),
    modelAt: (barMs: number) => models.modelAt(symbol, barMs),
  }));
  await replayLanes(lanes, span, (traded) => {
    signal.throwIfAborted();
    books.get(traded.decision.symbol)!.add({ barMs: traded.lane.barMs, ...traded });
    onBar?.(traded);
  }, parts.run);
  return [...books.values()];
}

function runOf(books: readonly LaneBook[]): StrategyRun {
  const decided = books.filter(({ timesMs }) => timesMs.length > 0);
  return { books, curve: portfolioOf(decided) };
}

function endOf({ curve: { equity } }: StrategyRun): number {
  return equity[equity.length - 1]!;
}
