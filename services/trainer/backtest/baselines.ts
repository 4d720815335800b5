/** What a strategy has to be compared with: rules that know nothing, or what everybody knows. */
import { SMA } from "trading-signals";
import type { Strategy } from "../../core/lane/strategy.ts";
import type { Feed } from "../../core/market/feed.ts";
import { SeededRandom } from "../../core/market/seeded_random.ts";
import type { LaneBook } from "./lane_book.ts";
import { type Script, scriptedLane } from "./scripted_lane.ts";
import type { Span } from "./span.ts";
import { tradingHabit } from "./trading_habit.ts";

export interface BaselineParts {
  readonly feed: Feed;
  readonly span: Span;
  readonly strategy: Pick<Strategy, "cash" | "rulesOf">;
}

/** One book for each symbol, in the feed's order. */
export type Books = readonly LaneBook[];

const FAST = 50;
const SLOW = 200;
/** Names the random numbers of random traders. */
const PURPOSE = 91;

/** Buys all at the second open, as the benchmark of every lane does. */
export function buyAndHold(parts: BaselineParts): Books {
  return script(parts, () => () => 1);
}

export function stayFlat(parts: BaselineParts): Books {
  return script(parts, () => () => null);
}

/** Long while the 50-bar average is above the 200-bar one, else flat. */
export function smaCrossover(parts: BaselineParts): Books {
  return script(parts, () => {
    const [fast, slow] = [new SMA(FAST), new SMA(SLOW)];
    return ({ close }) => {
      const [short, long] = [fast.add(close), slow.add(close)];
      return short === null || long === null ? null : short > long ? 1 : 0;
    };
  });
}

/** Enters and leaves at random, as often and for as long as the given lanes did, with their sizes and sides.
 * @param draw Which of the random traders. */
export function randomTrader(parts: BaselineParts, like: Books, seed: number, draw: number): Books {
  return script(parts, (index) => {
    const habit = tradingHabit(like[index]!);
    const random = new SeededRandom(PURPOSE, seed, draw, index);
    let isIn = false;
    return (_, isInSpan) => {
      if (!isInSpan) return null;
      const changes = random.uniform() < (isIn ? habit.leave : habit.enter);
      if (!changes) return null;
      isIn = !isIn;
      return isIn ? habit.targets[Math.floor(random.uniform() * habit.targets.length)]! : 0;
    };
  });
}

function script({ feed, span, strategy }: BaselineParts, make: (index: number) => Script): Books {
  return feed.symbols.map((symbol, index) =>
    scriptedLane(symbol, feed.bars(symbol), span, strategy, make(index))
  );
}
