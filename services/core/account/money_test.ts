import assert from "node:assert/strict";
import fc from "fast-check";
import { Decimal } from "../contracts/lane.ts";
import {
  divideDown,
  formatMoney,
  fromNumber,
  multiplyDown,
  multiplyUp,
  ONE,
  parseMoney,
  toNumber,
} from "./money.ts";

const units = fc.bigInt({ min: -(10n ** 27n), max: 10n ** 27n });

Deno.test("parseMoney() reads decimals exactly", () => {
  assert.equal(parseMoney("0"), 0n);
  assert.equal(parseMoney("1"), ONE);
  assert.equal(parseMoney("-0.00000001"), -1n);
  assert.equal(parseMoney("12345678901234567890.12345678"), 1234567890123456789012345678n);
  assert.equal(parseMoney("1469.250000"), 146925000000n);
});

Deno.test("parseMoney() refuses what is not a decimal with up to 8 places", () => {
  for (
    const text of ["", "1.", ".5", "1e3", "0.000000001", "+1", " 1", "NaN", "1,5", "123456789012345678901"]
  ) {
    assert.throws(() => parseMoney(text), {
      name: "RangeError",
      message: /decimal with up to 8 places: it is "/,
    });
  }
});

Deno.test("formatMoney() gives the shortest text, which the contract takes and parseMoney() reads back", () => {
  assert.equal(formatMoney(150_000_000n), "1.5");
  assert.equal(formatMoney(-1n), "-0.00000001");
  assert.equal(formatMoney(0n), "0");
  fc.assert(fc.property(units, (value) => parseMoney(Decimal.parse(formatMoney(value))) === value), {
    seed: 1,
  });
});

Deno.test("fromNumber() is exact for every number that a decimal with up to 8 places spells", () => {
  assert.equal(fromNumber(0.1), 10_000_000n);
  assert.equal(fromNumber(1438.359985), 143_835_998_500n);
  assert.equal(fromNumber(90_000_000), 9_000_000_000_000_000n);
  assert.equal(fromNumber(1e-8), 1n);
  assert.equal(fromNumber(1e19), 10n ** 27n);
  const spelled = fc.tuple(fc.integer({ min: 0, max: 90_000_000 }), fc.integer({ min: 0, max: 99_999_999 }));
  fc.assert(
    fc.property(spelled, fc.boolean(), ([whole, fraction], negative) => {
      const text = `${negative ? "-" : ""}${whole}.${String(fraction).padStart(8, "0")}`;
      const value = Number(text);
      // Only where the number's shortest decimal is that text again: float64 has 15 digits for sure, not 16.
      fc.pre(Number(formatMoney(parseMoney(text))) === value && text.replace(/\D/g, "").length <= 15);
      return fromNumber(value) === parseMoney(text);
    }),
    { seed: 2, numRuns: 2000 },
  );
});

Deno.test("fromNumber() rounds further places half to even", () => {
  assert.equal(fromNumber(0.000000005), 0n);
  assert.equal(fromNumber(0.000000015), 2n);
  assert.equal(fromNumber(0.000000025), 2n);
  assert.equal(fromNumber(-0.000000015), -2n);
  assert.equal(fromNumber(0.1234567849), 12345678n);
  assert.equal(fromNumber(1.5e-8), 2n);
});

Deno.test("fromNumber() refuses what is not a finite number below 1e20", () => {
  for (const value of [NaN, Infinity, -Infinity, 1e20]) {
    assert.throws(() => fromNumber(value), { name: "RangeError", message: /below 1e20/ });
  }
});

Deno.test("multiplyDown() and multiplyUp() enclose the product and differ by one unit at most", () => {
  assert.equal(multiplyDown(3n, 50_000_000n), 1n);
  assert.equal(multiplyUp(3n, 50_000_000n), 2n);
  assert.equal(multiplyDown(-3n, 50_000_000n), -2n);
  assert.equal(multiplyUp(-3n, 50_000_000n), -1n);
  fc.assert(
    fc.property(units, units, (a, b) => {
      const [down, up] = [multiplyDown(a, b), multiplyUp(a, b)];
      return down * ONE <= a * b && a * b <= up * ONE && up - down <= 1n;
    }),
    { seed: 3 },
  );
});

Deno.test("divideDown() rounds towards minus infinity", () => {
  assert.deepEqual([divideDown(7n, 2n), divideDown(-7n, 2n), divideDown(-8n, 2n)], [3n, -4n, -4n]);
});

Deno.test("toNumber() is the nearest float64", () => {
  assert.equal(toNumber(parseMoney("100000.5")), 100000.5);
});
