import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { loadModelConfig, type ModelConfig } from "../core/config/model_config.ts";
import { decisionSpaceOf } from "../core/decisions/space_of.ts";
import type { LearnerStep } from "../core/model/native_types.ts";
import { learnerLimits, makeTeacher } from "./teacher.ts";
import { FakeLearner, FREE, stepOf } from "./trainer_testing.ts";

const CONFIG = await loadModelConfig(fileURLToPath(new URL("../../docs/model_config.yaml", import.meta.url)));
const RULES = { ...FREE, takerBps: 3, makerBps: 3, cooldownBars: 2 };
const heads = {
  ...CONFIG.heads,
  action: { ...CONFIG.heads.action, values: ["flat", "long", "short"] },
  size: { type: "branch_q", values: [0.5, 1], active_when: "action != flat" },
  stop: { type: "branch_q", values: ["none", 1, 2], unit: "atr", active_when: "entering" },
} as unknown as ModelConfig["heads"];
const account: ModelConfig["account"] = [
  "position",
  "exposure",
  "unrealised_pnl",
  "stop_distance",
  "cooldown_left",
];
const learnerOf = (changes: Partial<ModelConfig["learner"]>) => ({ ...CONFIG.learner, ...changes });

const WAYS: Record<string, ModelConfig> = {
  counterfactuals: { ...CONFIG, heads, account },
  "what was done": { ...CONFIG, heads, account, learner: learnerOf({ counterfactual: false, epsilon: 0.5 }) },
  branches: {
    ...CONFIG,
    heads,
    account,
    learner: learnerOf({ counterfactual: false, value: "branching", epsilon: 0.5, n_step: 3 }),
  },
};

for (const [way, config] of Object.entries(WAYS)) {
  Deno.test(`makeTeacher() makes steps of ${way} that fit learnerLimits()`, () => {
    const space = decisionSpaceOf(config, RULES);
    const limits = learnerLimits(config, space);
    const learner = new FakeLearner(3 + 2 + 3 + 1, Array(8).fill([0.3, 0.2, -0.1, 0.1]));
    if (config.learner.value === "branching") {
      learner.forward = (rows) =>
        Float32Array.from({ length: rows.length / 7 * 9 }, (_, index) => Math.sin(index));
    }
    const teacher = makeTeacher({ config, space, rulesOf: () => RULES, learner, seed: 1, champions: null }, {
      A: 0.02,
    });
    const steps: LearnerStep[] = [];
    for (let day = 0; day < 120; day++) steps.push(...teacher.maker.steps(stepOf("A", day)));
    steps.push(...teacher.maker.endHistory());
    assert.ok(steps.length >= 100);
    const most = { afterstates: 0, points: 0, candidates: 0 };
    for (const { classes, pointClasses, candidateOffsets } of steps) {
      most.afterstates = Math.max(most.afterstates, classes.length);
      most.points = Math.max(most.points, pointClasses.length);
      candidateOffsets.slice(1).forEach((end, index) => {
        most.candidates = Math.max(most.candidates, end - candidateOffsets[index]);
      });
    }
    for (const name of ["afterstates", "points", "candidates"] as const) {
      assert.ok(most[name] <= limits[name], `${name}: ${most[name]}, more than ${limits[name]}`);
    }
    assert.deepEqual([most.afterstates, most.candidates], [limits.afterstates, limits.candidates]);
  });
}
