/** Exact money: a BigInt counts units of 1e-8, for amounts, quantities and prices alike. Pure.
 *
 * Nothing here rounds to nearest but `fromNumber`: every other rounding names its direction, so that whoever calls
 * decides in whose favour it is. */
/** Decimal places of one unit. */
export const PLACES = 8;
/** Units in 1. */
export const ONE = 100_000_000n;

const DECIMAL = /^(-?)([0-9]{1,20})(?:\.([0-9]{1,8}))?$/;
/** Below this, float64 holds `number × 1e8` with an error of at most a quarter of a unit. */
const EXACT_BELOW = 2 ** 50;

/** Reads a contract's `Decimal`. @throws {RangeError} If it is not one. */
export function parseMoney(text: string): bigint {
  const match = DECIMAL.exec(text);
  if (match === null) {
    throw new RangeError(
      `Cannot read an amount as it must be a decimal with up to ${PLACES} places: it is "${text}"`,
    );
  }
  const [, sign, whole, fraction = ""] = match;
  const units = BigInt(whole + fraction.padEnd(PLACES, "0"));
  return sign === "-" ? -units : units;
}

/** The shortest `Decimal` of an amount, e.g. `-0.5`. */
export function formatMoney(units: bigint): string {
  const digits = (units < 0n ? -units : units).toString().padStart(PLACES + 1, "0");
  const whole = digits.slice(0, -PLACES);
  const fraction = digits.slice(-PLACES).replace(/0+$/, "");
  return `${units < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

/** The amount that a number's shortest decimal spells: exact up to 8 places, further places round half to even.
 * @throws {RangeError} If it is not finite, or not below 1e20. */
export function fromNumber(value: number): bigint {
  const scaled = value * 1e8;
  const nearest = Math.round(scaled);
  if (Math.abs(nearest) < EXACT_BELOW && Math.abs(scaled - nearest) < 0.25) return BigInt(nearest);
  return fromDigits(value);
}

/** The nearest float64, for display and for logarithms. */
export function toNumber(units: bigint): number {
  return Number(units) / 1e8;
}

/** a × b, rounded down (towards minus infinity). */
export function multiplyDown(a: bigint, b: bigint): bigint {
  return divideDown(a * b, ONE);
}

/** a × b, rounded up (towards plus infinity). */
export function multiplyUp(a: bigint, b: bigint): bigint {
  return divideUp(a * b, ONE);
}

/** a ÷ b of plain integers, rounded down (towards minus infinity). @param b Positive. */
export function divideDown(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a < 0n && quotient * b !== a ? quotient - 1n : quotient;
}

/** a ÷ b of plain integers, rounded up (towards plus infinity). @param b Positive. */
export function divideUp(a: bigint, b: bigint): bigint {
  return -divideDown(-a, b);
}

/** Reads the digits that JavaScript prints, which are the shortest that name this float64. */
function fromDigits(value: number): bigint {
  const match = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:e([+-][0-9]+))?$/.exec(String(value));
  if (match === null || Math.abs(value) >= 1e20) {
    throw new RangeError(`Cannot take an amount as it must be a number below 1e20: it is ${value}`);
  }
  const [, sign, whole, fraction = "", exponent = "0"] = match;
  const digits = BigInt(whole + fraction);
  const shift = PLACES + Number(exponent) - fraction.length;
  const units = shift >= 0 ? digits * 10n ** BigInt(shift) : roundHalfEven(digits, 10n ** BigInt(-shift));
  return sign === "-" ? -units : units;
}

/** a ÷ b for a >= 0, ties to the even neighbour. */
function roundHalfEven(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  const twice = (a - quotient * b) * 2n;
  return twice > b || (twice === b && quotient % 2n === 1n) ? quotient + 1n : quotient;
}
