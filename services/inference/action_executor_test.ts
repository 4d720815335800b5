import assert from "node:assert/strict";
import { execute } from "./action_executor.ts";

const TARGETS = [0, 1, -1];

Deno.test("execute() orders what is chosen, named by its bar", () => {
  assert.deepEqual(execute(77, { action: 1, reason: "Q is above" }, 0, TARGETS), {
    target: 1,
    order: { decidedAtMs: 77, target: 1 },
    verdict: { outcome: "ordered", reason: "Q is above" },
  });
  assert.deepEqual(execute(77, { action: 0, reason: "out" }, -1, TARGETS).order, {
    decidedAtMs: 77,
    target: 0,
  });
});

Deno.test("execute() orders nothing for the position that is held: no rebalancing", () => {
  for (const [action, held] of [[0, 0], [1, 1], [2, -1]]) {
    const { order, target, verdict } = execute(77, { action, reason: "x" }, held, TARGETS);
    assert.deepEqual([order, target, verdict.outcome], [null, held, "kept"]);
  }
});

Deno.test("execute() without an answer keeps what is held: it never means position 0", () => {
  for (const held of TARGETS) {
    assert.deepEqual(execute(77, { action: null, reason: "the trainer is silent" }, held, TARGETS), {
      target: held,
      order: null,
      verdict: { outcome: "refused", reason: "the trainer is silent" },
    });
  }
});

Deno.test("execute() refuses an action that does not exist", () => {
  assert.throws(() => execute(77, { action: 3, reason: "x" }, 0, TARGETS), /action 3 as there are 3 values/);
});
