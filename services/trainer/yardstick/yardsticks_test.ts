import assert from "node:assert/strict";
import { yardstickHas } from "./yardsticks.ts";

Deno.test("yardstickHas() knows each yardstick's parameters, and that all markets have costs", () => {
  assert.ok(yardstickHas("B", "period") && yardstickHas("B", "hold") && !yardstickHas("B", "kappa"));
  assert.ok(yardstickHas("A-stop", "kappa") && yardstickHas("A-stop", "stop-rebate"));
  assert.ok(!yardstickHas("A", "stop-rebate") && !yardstickHas("A-stop", "flip"));
});
