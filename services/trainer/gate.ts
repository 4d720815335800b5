/** The promotion gate: what a candidate must pass before it is served. "None passed" is a normal outcome. */
import type { GateStep } from "../core/contracts/model.ts";
import type { Learner, QNet } from "../core/model/native_types.ts";

/** How far the trainer's forward and the fused one may differ, absolute and relative. */
const PARITY_TOLERANCE = 1e-4;

/** Step 1, integrity: the bytes load, outputs on golden states are finite, and both forwards agree.
 * @param goldenStates `[n, inputs]` row-major, states that were really seen. */
export function integrityStep(
  loadCandidate: () => QNet,
  learner: Learner,
  goldenStates: Float32Array,
): GateStep {
  let candidate: QNet;
  try {
    candidate = loadCandidate();
  } catch (cause) {
    return {
      step: "integrity",
      passed: false,
      reason: `its bytes do not load: ${(cause as Error).message}`,
      figures: {},
    };
  }
  try {
    const rows = goldenStates.length / candidate.inputs;
    const served = new Float32Array(rows * candidate.outputs);
    candidate.forward(goldenStates, served);
    const learned = learner.forward(goldenStates);
    if (learned.length !== served.length) {
      return {
        step: "integrity",
        passed: false,
        reason:
          `both forwards must give as many outputs: the served one gives ${served.length}, the learner ${learned.length}`,
        figures: { goldenStates: rows },
      };
    }
    let worst = 0;
    for (let i = 0; i < served.length; i++) {
      const [a, b] = [served[i], learned[i]];
      if (!Number.isFinite(a) || !Number.isFinite(b)) {
        return {
          step: "integrity",
          passed: false,
          reason: "an output on a golden state is not finite",
          figures: { goldenStates: rows },
        };
      }
      worst = Math.max(worst, Math.abs(a - b) / Math.max(1, Math.abs(b)));
    }
    const passed = worst <= PARITY_TOLERANCE;
    return {
      step: "integrity",
      passed,
      reason: passed
        ? "bytes load, outputs are finite, both forwards agree"
        : `both forwards must agree to ${PARITY_TOLERANCE}: they differ by ${worst}`,
      figures: { goldenStates: rows, parityError: worst },
    };
  } catch (cause) {
    return { step: "integrity", passed: false, reason: (cause as Error).message, figures: {} };
  } finally {
    candidate.close();
  }
}
