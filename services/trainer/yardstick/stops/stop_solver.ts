/** Solves market A with stops: the most that can be earned where a trade's stop is part of the state. Pure.
 *
 * A state is (x, position) without a stop, and (x, x at entry, position, stop) with one. The grid's step divides every stop, so
 * that each lies on a point, half of whose cell it closes: the error falls with the square of the step. */
import { expectNext, makeChain, type MarketChain, normalWeight } from "../market_chain.ts";
import { FLAT, holdingCost, POSITIONS, tradingCost } from "../market.ts";
import type { StopMarket } from "./stop_market.ts";

const REACH_SD = 4.5;
/** Grid points for each standard deviation of the noise: as many as the grid allows. */
const FINENESS = [7, 6, 5, 4, 3, 2];
const MOST_POINTS = 241;
const TOLERANCE = 1e-8;
const MOST_SWEEPS = 20_000;

/** The most that can be earned a tick, as a log return, by relative value iteration (White 1963).
 * @throws {RangeError} If the grid would be too large, or values do not settle. */
export function solveStops(market: StopMarket): number {
  const sweep = new StopSweep(market, makeStopGrid(market));
  const { plain: { costs }, sigma } = market;
  for (let count = 0; count < MOST_SWEEPS; count++) {
    const { least, most } = sweep.run();
    // The best mean reward lies between the two (Odoni 1969).
    if (most - least < TOLERANCE * (costs.buy + costs.sell + costs.hold + sigma)) return (least + most) / 2;
  }
  throw new RangeError(
    `Cannot solve the market as values must settle within ${MOST_SWEEPS} sweeps: they still move`,
  );
}

interface StopGrid {
  readonly step: number;
  /** Index of x = 0. */
  readonly half: number;
  readonly chain: MarketChain;
}

function makeStopGrid({ kappa, sigma }: StopMarket): StopGrid {
  const reach = REACH_SD / Math.sqrt(1 - (1 - kappa) ** 2);
  const fineness = FINENESS.find((points) => 2 * Math.ceil(reach * points) + 1 <= MOST_POINTS);
  if (fineness === undefined) {
    throw new RangeError(
      `Cannot solve the market as its state must stay within ${
        Math.floor(MOST_POINTS / 2 / FINENESS[FINENESS.length - 1])
      } times a tick's move: it strays ${reach.toFixed(1)} times as far`,
    );
  }
  const half = Math.ceil(reach * fineness);
  const step = sigma / fineness;
  const points = Float64Array.from({ length: 2 * half + 1 }, (_, index) => (index - half) * step);
  const chain = makeChain(
    points.map((x) => -kappa * x),
    (from, to) => normalWeight(points[to], (1 - kappa) * points[from], sigma),
  );
  return { step, half, chain };
}

/** Values of a position with one stop and entry, or without a stop, by x. */
interface Held {
  readonly decision: number;
  /** Index of x at which the stop closes it, to half; null without one. */
  readonly limit: number | null;
  /** The x that it can be held at: from `start` up to `end`. */
  readonly start: number;
  readonly end: number;
  /** Before the decision. */
  readonly values: Float64Array;
  /** After it. */
  readonly afterstates: Float64Array;
}

/** Bellman's operator on afterstate values. */
class StopSweep {
  readonly #market: StopMarket;
  readonly #grid: StopGrid;
  /** Each decision without a stop. */
  readonly #plain: readonly Held[];
  /** By x at entry, then each decision and stop. */
  readonly #stopped: readonly (readonly Held[])[];
  readonly #all: readonly Held[];
  /** The best afterstate of entering each position at x. */
  readonly #entries: readonly Float64Array[];
  /** What leaving each position at x is worth. */
  readonly #changes: readonly Float64Array[];
  readonly #mixed: Float64Array;

  constructor(market: StopMarket, grid: StopGrid) {
    this.#market = market;
    this.#grid = grid;
    const { states } = grid.chain;
    const row = () => new Float64Array(states);
    const held = (decision: number, limit: number | null): Held => ({
      decision,
      limit,
      start: limit === null || POSITIONS[decision] < 0 ? 0 : Math.max(0, limit),
      end: limit === null || POSITIONS[decision] > 0 ? states : Math.min(states, limit + 1),
      values: row(),
      afterstates: row(),
    });
    this.#plain = POSITIONS.map((_, decision) => held(decision, null));
    this.#stopped = Array.from(
      { length: states },
      (_, entry) =>
        POSITIONS.flatMap((position, decision) =>
          (position === 0 ? [] : market.stops).map((stop) =>
            held(decision, entry - position * Math.round(stop / grid.step))
          )
        ),
    );
    this.#all = [...this.#plain, ...this.#stopped.flat()];
    this.#entries = POSITIONS.map(row);
    this.#changes = POSITIONS.map(row);
    this.#mixed = row();
  }

  /** One sweep over all states. @returns The least and most that a value grew by. */
  run(): { least: number; most: number } {
    this.#updateAfterstates();
    this.#updateChanges();
    const origin = this.#plain[FLAT].values[this.#grid.half];
    let [least, most] = [Infinity, -Infinity];
    for (const { decision, start, end, values, afterstates } of this.#all) {
      const changes = this.#changes[decision];
      for (let x = start; x < end; x++) {
        const value = Math.max(afterstates[x], changes[x]);
        least = Math.min(least, value - values[x]);
        most = Math.max(most, value - values[x]);
        values[x] = value - origin; // so that values stay small
      }
    }
    return { least, most };
  }

  #updateAfterstates(): void {
    const { chain } = this.#grid;
    for (const held of this.#all) {
      const { decision, start, end, afterstates } = held;
      expectNext(chain, this.#arrivals(held), afterstates, start, end);
      const holding = holdingCost(this.#market.plain.costs, decision);
      for (let x = start; x < end; x++) afterstates[x] += POSITIONS[decision] * chain.drift[x] - holding;
    }
  }

  /** Values of where a tick leads: beyond the stop it is flat, and the fill at the stop's price gives back the rest of the loss. */
  #arrivals({ decision, limit, values }: Held): Float64Array {
    if (limit === null) return values;
    const flat = this.#plain[FLAT].values;
    const cost = this.#market.stopCosts[decision];
    this.#mixed.set(values);
    const stopped = (x: number) => flat[x] - cost + Math.abs(limit - x) * this.#grid.step;
    const [from, to] = POSITIONS[decision] > 0 ? [0, limit] : [limit + 1, flat.length];
    for (let x = Math.max(0, from); x < Math.min(flat.length, to); x++) this.#mixed[x] = stopped(x);
    if (limit >= 0 && limit < flat.length) this.#mixed[limit] = (stopped(limit) + values[limit]) / 2;
    return this.#mixed;
  }

  #updateChanges(): void {
    this.#entries.forEach((entries, decision) => {
      entries.set(this.#plain[decision].afterstates);
      this.#stopped.forEach((trades, x) => {
        for (const held of trades) {
          if (held.decision === decision) entries[x] = Math.max(entries[x], held.afterstates[x]);
        }
      });
    });
    this.#changes.forEach((changes, held) => {
      changes.fill(-Infinity);
      this.#entries.forEach((entries, decision) => {
        if (decision === held) return;
        const cost = this.#cost(held, decision);
        for (let x = 0; x < changes.length; x++) changes[x] = Math.max(changes[x], entries[x] - cost);
      });
    });
  }

  #cost(from: number, to: number): number {
    return tradingCost(this.#market.plain.costs, from, to);
  }
}
