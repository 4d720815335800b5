/** The standard normal distribution. Pure. */

/** Beyond so many standard deviations nothing is left to the last digit. */
const TAIL = 8.3;

export function normalDensity(z: number): number {
  return Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
}

/** Chance of a value up to z, to 1e-15 or so, by the series of Marsaglia 2004 (Journal of Statistical Software 11/4). */
export function normalCdf(z: number): number {
  if (Math.abs(z) > TAIL) return z > 0 ? 1 : 0;
  let [sum, term] = [z, z];
  for (let odd = 3; sum + term !== sum; odd += 2) {
    term *= z * z / odd;
    sum += term;
  }
  return 0.5 + sum * normalDensity(z);
}
