import assert from "node:assert/strict";
import { join } from "node:path";
import { barsOf } from "./backtest_testing.ts";
import { barsId, type Trial, TrialLog } from "./trial_log.ts";

const trial = (id: string, returns = [0.1, -0.1]): Trial => ({ id, what: `what ${id}`, returns });

Deno.test("TrialLog remembers every trial of the same bars once, the newest last", async () => {
  const folder = join(await Deno.makeTempDir(), "trials");
  try {
    const log = new TrialLog(folder, "bars");
    await log.add(trial("a"));
    await log.add(trial("b"));
    const again = await log.add(trial("a", [0.3, 0.3]));
    assert.deepEqual(again, [trial("b"), trial("a", [0.3, 0.3])]);
    assert.deepEqual(await new TrialLog(folder, "other").add(trial("c")), [trial("c")]);
    assert.equal((await new TrialLog(folder, "bars").add(trial("d"))).length, 3);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("TrialLog passes over what it cannot read, and what has another number of bars", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const lines = ["{ broken", JSON.stringify(trial("short", [0.1])), JSON.stringify(trial("a"))];
    await Deno.writeTextFile(join(folder, "bars.jsonl"), lines.join("\n"));
    assert.deepEqual(await new TrialLog(folder, "bars").add(trial("b")), [trial("a"), trial("b")]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("barsId() names bars by their times and closes", () => {
  assert.equal(barsId(barsOf([1, 2, 3])), barsId(barsOf([1, 2, 3])));
  assert.notEqual(barsId(barsOf([1, 2, 3])), barsId(barsOf([1, 2, 4])));
  assert.notEqual(barsId(barsOf([1, 2, 3])), barsId(barsOf([1, 2, 3], 2)));
});
