/** The arithmetic of scaling, one value in, one value out. Streaming: a scaled value depends on this value and earlier
 * ones, never on later ones; the cost of a step depends on the window, never on the history. */

/** One feature's scaling: takes finite values in order, returns finite ones, or undefined while it warms up. */
export interface Scaler {
  push(value: number): number | undefined;
  /** Everything that later results depend on. */
  snapshot(write: (value: number) => void): void;
  restore(read: () => number): void;
}

/** A scaling that remembers nothing. */
export function pointwise(scale: (value: number) => number): Scaler {
  return { push: scale, snapshot: () => {}, restore: () => {} };
}

/** Below this fraction of the mean a deviation is rounding, not movement. */
const STANDS_STILL = 1e-9;

/** Two passes over the window, oldest first: no running sum that drifts, and equal windows give equal bits. */
export function rollingZ(window: number, clip: number): Scaler {
  return windowed(window, (values, value) => {
    const mean = sumOf(values) / window;
    const deviation = Math.sqrt(squaresOf(values, mean) / window);
    return zOf(value, mean, deviation, clip);
  });
}

/** Mean and variance with weights that halve every `halfLife` bars: the recursion forgets, so rounding cannot add up. */
export function runningZ(halfLife: number, barsNeeded: number, clip: number): Scaler {
  const alpha = 1 - 2 ** (-1 / halfLife);
  let [count, mean, variance] = [0, 0, 0];
  return {
    push(value) {
      count++;
      if (count === 1) {
        mean = value;
      } else {
        const distance = value - mean;
        mean += alpha * distance;
        variance = (1 - alpha) * (variance + alpha * distance * distance);
        // A distance whose square has no number would stay for ever.
        if (!Number.isFinite(variance)) [mean, variance] = [value, 0];
      }
      return count < barsNeeded ? undefined : zOf(value, mean, Math.sqrt(variance), clip);
    },
    snapshot(write) {
      for (const value of [count, mean, variance]) write(value);
    },
    restore(read) {
      [count, mean, variance] = [read(), read(), read()];
    },
  };
}

/** Lowest → −1, highest → 1. */
export function minMax(window: number, clip: number): Scaler {
  return windowed(window, (values, value) => {
    let low = value;
    let high = value;
    for (let i = 0; i < values.length; i++) {
      const each = values[i] as number;
      if (each < low) low = each;
      else if (each > high) high = each;
    }
    // Halved first: the span of two huge values has no number.
    const half = high / 2 - low / 2;
    if (!(half > STANDS_STILL * Math.max(Math.abs(low), Math.abs(high)))) return 0;
    return clamp((value / 2 - low / 2) / half * 2 - 1, clip);
  });
}

/** (Values below − values above) / all others; equal values count on neither side. */
export function rank(window: number, clip: number): Scaler {
  return windowed(window, (values, value) => {
    let balance = 0;
    for (let i = 0; i < values.length; i++) {
      const each = values[i] as number;
      balance += (each < value ? 1 : 0) - (each > value ? 1 : 0);
    }
    return clamp(balance / (window - 1), clip);
  });
}

/** ln(value / earlier value) / scale. */
export function logReturn(bars: number, scale: number, clip: number): Scaler {
  return windowed(bars + 1, (values, value) => {
    const before = values[0] as number;
    return value > 0 && before > 0 ? clamp((Math.log(value) - Math.log(before)) / scale, clip) : 0;
  });
}

/** Keeps the last values, oldest first, and scales once they are `length`. */
function windowed(length: number, scale: (values: Float64Array, value: number) => number): Scaler {
  const values = new Float64Array(length);
  let count = 0;
  return {
    push(value) {
      values.copyWithin(0, 1);
      values[length - 1] = value;
      if (count < length) count++;
      return count < length ? undefined : scale(values, value);
    },
    snapshot(write) {
      write(count);
      for (const value of values) write(value);
    },
    restore(read) {
      count = read();
      for (let i = 0; i < length; i++) values[i] = read();
    },
  };
}

function zOf(value: number, mean: number, deviation: number, clip: number): number {
  if (!(deviation > STANDS_STILL * Math.abs(mean))) return 0;
  return clamp((value - mean) / deviation, clip);
}

function clamp(value: number, clip: number): number {
  return Math.min(clip, Math.max(-clip, value));
}

// Index loops: on typed arrays they take a tenth of the time of reduce().
function sumOf(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum;
}

function squaresOf(values: Float64Array, mean: number): number {
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const distance = values[i] as number - mean;
    squares += distance * distance;
  }
  return squares;
}
