import assert from "node:assert/strict";
import { normalCdf, normalDensity } from "./normal.ts";

Deno.test("normalCdf() gives tabulated values and the limits", () => {
  // Abramowitz & Stegun 1964, table 26.1.
  for (
    const [z, chance] of [[0, 0.5], [1, 0.841344746068543], [2, 0.977249868051821], [-3, 0.001349898031630]]
  ) {
    assert.ok(Math.abs(normalCdf(z) - chance) < 1e-14, `${z}: ${normalCdf(z)}`);
  }
  assert.deepEqual([normalCdf(-40), normalCdf(40)], [0, 1]);
});

Deno.test("normalDensity() is the slope of normalCdf()", () => {
  for (const z of [-2, -0.3, 0, 1.7]) {
    assert.ok(Math.abs((normalCdf(z + 1e-5) - normalCdf(z - 1e-5)) / 2e-5 - normalDensity(z)) < 1e-9);
  }
});
