import assert from "node:assert/strict";
import fc from "fast-check";
import { accountTotalKey, Decimal, leaseKey, PendingOrder, replicaKey } from "./lane.ts";

Deno.test("Decimal takes amounts of up to 20 digits with up to 8 places", () => {
  const digits = (least: number, most: number) => fc.stringMatching(new RegExp(`^[0-9]{${least},${most}}$`));
  fc.assert(fc.property(fc.constantFrom("", "-"), digits(1, 20), digits(0, 8), (sign, whole, places) => {
    const text = `${sign}${whole}${places === "" ? "" : `.${places}`}`;
    assert.ok(Decimal.safeParse(text).success, text);
  }));
});

Deno.test("Decimal refuses what money is never written as", () => {
  for (
    const text of ["", "1e5", "1.123456789", ".5", "5.", "+1", "NaN", "1,5", " 1", "--1", "9".repeat(21)]
  ) {
    assert.equal(Decimal.safeParse(text).success, false, text);
  }
});

Deno.test("PendingOrder refuses a target beyond the whole equity", () => {
  for (const target of [1.01, -2, NaN]) {
    assert.equal(PendingOrder.safeParse({ decidedAtMs: 1, target }).success, false, String(target));
  }
});

Deno.test("every key of an account shares its hash tag", () => {
  assert.equal(accountTotalKey("paper"), "{paper}:total");
  assert.equal(leaseKey("paper"), "{paper}:leases");
  assert.equal(replicaKey("paper"), "{paper}:replicas");
});
