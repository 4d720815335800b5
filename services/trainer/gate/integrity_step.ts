/** The gate's first step, integrity: what is served is what was learned. */
import type { ModelConfig } from "../../core/config/model_config.ts";
import type { GateStep } from "../../core/contracts/model.ts";
import type { Point } from "../../core/decisions/candidate.ts";
import type { DecisionSpace } from "../../core/decisions/decision_space.ts";
import type { Learner, QNet } from "../../core/model/native_types.ts";
import { rowsOf } from "../environment.ts";

/** How far the trainer's values and the served ones may differ, absolute and relative. */
const PARITY_TOLERANCE = 1e-4;

/** What a candidate is tried on. */
export interface GoldenStates {
  /** `[n, inputs]` row-major, states that were really seen. */
  readonly states: Float32Array;
  /** Accounts to value in each of them; none where the outputs tell all. */
  readonly points: readonly Point[];
}

/** Accounts that every value depends on: those of fresh decisions, where an account is more than a position class. */
export function goldenPoints(config: ModelConfig, space: DecisionSpace): Point[] {
  if (config.learner.value === "branching" || space.scalarNames.length === 0) return [];
  return [...new Set(space.fresh.map(({ point }) => point))];
}

/** The bytes load, values in golden states are finite, and the served network agrees with the learner. */
export function integrityStep(
  loadCandidate: () => QNet,
  learner: Pick<Learner, "forward" | "evaluate">,
  golden: GoldenStates,
): GateStep {
  let candidate: QNet;
  try {
    candidate = loadCandidate();
  } catch (cause) {
    return refused(`its bytes do not load: ${(cause as Error).message}`, {});
  }
  try {
    return compare(
      servedValues(candidate, golden),
      learnedValues(learner, golden, candidate.inputs),
      golden.states.length / candidate.inputs,
    );
  } catch (cause) {
    return refused((cause as Error).message, {});
  } finally {
    candidate.close();
  }
}

function compare(served: Float32Array, learned: Float32Array, goldenStates: number): GateStep {
  if (learned.length !== served.length) {
    return refused(
      `both forwards must give as many outputs: the served one gives ${served.length}, the learner ${learned.length}`,
      { goldenStates },
    );
  }
  let worst = 0;
  for (let i = 0; i < served.length; i++) {
    const [a, b] = [served[i], learned[i]];
    if (!Number.isFinite(a) || !Number.isFinite(b)) {
      return refused("an output on a golden state is not finite", { goldenStates });
    }
    worst = Math.max(worst, Math.abs(a - b) / Math.max(1, Math.abs(b)));
  }
  const figures = { goldenStates, parityError: worst };
  return worst <= PARITY_TOLERANCE
    ? {
      step: "integrity",
      passed: true,
      reason: "bytes load, outputs are finite, both forwards agree",
      figures,
    }
    : refused(`both forwards must agree to ${PARITY_TOLERANCE}: they differ by ${worst}`, figures);
}

function refused(reason: string, figures: Record<string, number>): GateStep {
  return { step: "integrity", passed: false, reason, figures };
}

/** All outputs of all states, then the values of all points in each state. */
function servedValues(net: QNet, { states, points }: GoldenStates): Float32Array {
  const rows = states.length / net.inputs;
  const outputs = new Float32Array(rows * net.outputs);
  net.forward(states, outputs);
  const values = new Float32Array(points.length * rows);
  const { classes, scalars } = rowsOf(points, scalarsOf(points));
  for (let row = 0; row < rows && points.length > 0; row++) {
    const state = states.subarray(row * net.inputs, (row + 1) * net.inputs);
    net.evaluate(state, classes, scalars, values.subarray(row * points.length, (row + 1) * points.length));
  }
  return Float32Array.of(...outputs, ...values);
}

function learnedValues(
  learner: Pick<Learner, "forward" | "evaluate">,
  { states, points }: GoldenStates,
  inputs: number,
): Float32Array {
  const outputs = learner.forward(states);
  if (points.length === 0) return outputs;
  const rows = Array.from({ length: states.length / inputs }, (_, row) => row);
  const { classes, scalars } = rowsOf(rows.flatMap(() => points), scalarsOf(points));
  const rowOfPoint = Uint32Array.from(rows.flatMap((row) => points.map(() => row)));
  return Float32Array.of(...outputs, ...learner.evaluate(states, rowOfPoint, classes, scalars));
}

function scalarsOf(points: readonly Point[]): number {
  return points[0]?.scalars.length ?? 0;
}
