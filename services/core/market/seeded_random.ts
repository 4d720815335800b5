/** Random numbers that are the same for the same seed on every machine: xoshiro128** (Blackman & Vigna 2018). */

/** A stream of random numbers named by integers, e.g. (seed, market, symbol). Streams of other names are independent. */
export class SeededRandom {
  readonly #state: Uint32Array;
  #spareNormal: number | null = null;

  constructor(...name: readonly number[]) {
    this.#state = Uint32Array.from([1, 2, 3, 4], (lane) => {
      const words = name.flatMap((word) => [word >>> 0, Math.floor(word / 2 ** 32) >>> 0]);
      return words.reduce((hash, word) => mix(hash ^ word), mix(lane));
    });
    if (this.#state.every((word) => word === 0)) this.#state[0] = 1;
  }

  /** Starts from a given state; for checks against published sequences. */
  static fromState(state: readonly [number, number, number, number]): SeededRandom {
    const random = new SeededRandom();
    random.#state.set(state);
    return random;
  }

  /** 32 random bits, from 0 to 2^32 − 1. */
  bits(): number {
    const s = this.#state;
    const result = Math.imul(rotateLeft(Math.imul(s[1], 5), 7), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotateLeft(s[3], 11);
    return result;
  }

  /** Uniform in [0, 1), with 53 random bits. */
  uniform(): number {
    return ((this.bits() >>> 5) * 2 ** 26 + (this.bits() >>> 6)) / 2 ** 53;
  }

  /** Normal with mean 0 and sd 1, by Marsaglia's polar method. */
  normal(): number {
    if (this.#spareNormal !== null) {
      const spare = this.#spareNormal;
      this.#spareNormal = null;
      return spare;
    }
    for (;;) {
      const u = 2 * this.uniform() - 1;
      const v = 2 * this.uniform() - 1;
      const square = u * u + v * v;
      if (square >= 1 || square === 0) continue;
      const scale = Math.sqrt(-2 * Math.log(square) / square);
      this.#spareNormal = v * scale;
      return u * scale;
    }
  }
}

function rotateLeft(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

/** The finaliser of splitmix32: spreads close names over all words, and loses none. */
function mix(word: number): number {
  let z = (word + 0x9e3779b9) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}
