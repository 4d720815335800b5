import assert from "node:assert/strict";
import { marketYardstick } from "./market_yardstick.ts";
import { makeMarket } from "./markets.ts";

Deno.test("marketYardstick() names optimum and simple rules", () => {
  const { line, facts } = marketYardstick(makeMarket("A"), { with: () => null } as never);
  assert.match(
    line,
    /^A: mean reversion: x' = 0\.9x \+ 0\.01ε, R = Δx; optimum 11\.4\d\d bp a tick .*random -53\.333$/,
  );
  const { bpPerTick } = facts.optimum as { bpPerTick: number };
  assert.ok(Math.abs(bpPerTick - 11.492) < 0.015, `${bpPerTick}`);
});
