import assert from "node:assert/strict";
import { Bar } from "./bar.ts";

const bar = { openTimeMs: 1_000, open: 10, high: 12, low: 9, close: 11, volume: 0 };

Deno.test("Bar takes prices within its high and low, also a flat bar", () => {
  assert.ok(Bar.safeParse(bar).success);
  assert.ok(Bar.safeParse({ ...bar, open: 10, high: 10, low: 10, close: 10 }).success);
});

Deno.test("Bar refuses impossible prices, times and volumes, naming the field", () => {
  const faults: [Partial<typeof bar>, string][] = [
    [{ high: 10.5 }, "high"],
    [{ low: 10.5 }, "low"],
    [{ close: 12.5 }, "high"],
    [{ open: 8 }, "low"],
    [{ close: 0 }, "close"],
    [{ close: NaN }, "close"],
    [{ open: Infinity }, "open"],
    [{ volume: -1 }, "volume"],
    [{ openTimeMs: 1.5 }, "openTimeMs"],
    [{ openTimeMs: -1 }, "openTimeMs"],
  ];
  for (const [change, field] of faults) {
    const result = Bar.safeParse({ ...bar, ...change });
    const paths = result.error?.issues.map((issue) => issue.path.join(".")) ?? [];
    assert.ok(paths.includes(field), `${JSON.stringify(change)}: ${paths}`);
  }
});
