/** Market B: a cycle without noise. x_k = A[sin w + ½ sin(2w + 1)], w = 2πk/period; F = (x / A, last Δ in sd of Δ). */
import type { SeededRandom } from "../../core/market/seeded_random.ts";
import type { Costs, Market, Tick } from "./market.ts";
import { makeChain } from "./market_chain.ts";

export interface Cycle {
  readonly name: string;
  readonly amplitude: number;
  /** Ticks until it repeats, at least 4. */
  readonly period: number;
  readonly costs: Costs;
}

export function cycle({ name, amplitude, period, costs }: Cycle): Market {
  const levels = Array.from({ length: period }, (_, k) => {
    const w = 2 * Math.PI * k / period;
    return amplitude * (Math.sin(w) + Math.sin(2 * w + 1) / 2);
  });
  const moves = levels.map((level, k) => levels[(k + 1) % period] - level);
  const sd = Math.sqrt(moves.reduce((sum, move) => sum + move ** 2, 0) / period);
  const rows = levels.map((level, k) =>
    Float32Array.of(level / amplitude, moves[(k + period - 1) % period] / sd)
  );
  return {
    name,
    about: `a cycle of ${period} ticks and amplitude ${amplitude}, without noise`,
    inputs: 2,
    costs,
    returnSd: sd,
    chain: makeChain(moves, (from, to) => to === (from + 1) % period ? 1 : 0),
    stateFeatures: { rows: Float32Array.from(rows.flatMap((row) => [...row])), rowsPerState: 1 },
    *path(random: SeededRandom): Generator<Tick> {
      for (let k = random.bits() % period;; k = (k + 1) % period) {
        yield {
          features: rows[k],
          nextFeatures: rows[(k + 1) % period],
          logReturn: moves[k],
          expectedReturn: moves[k],
          state: k,
        };
      }
    },
  };
}
