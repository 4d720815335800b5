import assert from "node:assert/strict";
import type { Control } from "../core/contracts/control.ts";
import { controlAt } from "../core/redis/ledger_samples_testing.ts";
import { silentLog } from "../core/runtime/log.ts";
import { ManualClock } from "../core/testing/manual_clock.ts";
import { ControlWatch } from "./control_watch.ts";

function watchOf(answers: (Control | null | Error)[]) {
  const told: (number | null)[] = [];
  const warnings: string[] = [];
  const stop = new AbortController();
  const watch = new ControlWatch({
    account: "paper",
    ledger: {
      control() {
        const answer = answers.shift() ?? null;
        if (answers.length === 0) stop.abort();
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
      },
    },
    clock: new ManualClock({ jumps: true }),
    log: { ...silentLog, warn: (_fields, message) => warnings.push(message) },
    everyMs: 500,
    onChange: (control) => told.push(control?.revision ?? null),
  });
  return { watch, told, warnings, stop };
}

Deno.test("ControlWatch.refresh() tells of every other control once, and of none that stays", async () => {
  const { watch, told } = watchOf([
    null,
    controlAt(1),
    controlAt(1),
    controlAt(2, { state: "trading" }),
    null,
  ]);
  const seen = [];
  for (let look = 0; look < 5; look++) {
    await watch.refresh();
    seen.push(watch.current?.revision ?? null);
  }
  assert.deepEqual(seen, [null, 1, 1, 2, null]);
  assert.deepEqual(told, [1, 2, null]);
});

Deno.test("ControlWatch.run() looks on after a fault, and keeps what it knew", async () => {
  const { watch, told, warnings, stop } = watchOf([
    controlAt(1),
    new Error("it is no control"),
    controlAt(2),
  ]);
  await watch.run(stop.signal);
  assert.deepEqual([told, warnings], [[1, 2], ["cannot look at the control"]]);
  const { watch: other } = watchOf([new Error("it is no control")]);
  await assert.rejects(other.refresh(), /it is no control/);
});
