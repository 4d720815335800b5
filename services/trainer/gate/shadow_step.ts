/** The gate's fourth step, the shadow: on live bars a candidate decides what its numbers say, without orders. It is judged for being
 * whole, not for profit: its outputs are numbers, and those that the trainer gets from the same bytes. */
import type { GateStep, ShadowDecision } from "../../core/contracts/model.ts";
import type { QNet } from "../../core/model/native_types.ts";

/** How far both may differ, absolute and relative: they may run on other machines. */
const PARITY_TOLERANCE = 1e-4;
/** The error of what is no number. */
const NO_PARITY = 1e9;

/** @param decisions Of the candidate alone, at least one. */
export function shadowStep(net: QNet, decisions: readonly ShadowDecision[]): GateStep {
  const figures = {
    bars: new Set(decisions.map(({ barMs }) => barMs)).size,
    decisions: decisions.length,
    differing: decisions.filter(({ differs }) => differs).length,
    parityError: 0,
  };
  const refused = (reason: string): GateStep => ({ step: "shadow", passed: false, reason, figures });
  for (const { symbol, barMs, choice, reason, inputs, outputs } of decisions) {
    const at = `${symbol} at ${new Date(barMs).toISOString().slice(0, 16)}`;
    if (choice === null) return refused(`it must decide every bar: ${at} it did not, as ${reason}`);
    if (!outputs.every(Number.isFinite)) return refused(`its outputs must be numbers: ${at} one is not`);
    const own = new Float32Array(net.outputs);
    try {
      net.forward(inputs, own);
    } catch (cause) {
      return refused(`the trainer must be able to run what it read: ${at}, ${(cause as Error).message}`);
    }
    own.forEach((value, index) => {
      const error = Math.abs(value - outputs[index]!) / Math.max(1, Math.abs(value));
      figures.parityError = Math.max(figures.parityError, Number.isFinite(error) ? error : NO_PARITY);
    });
    if (figures.parityError > PARITY_TOLERANCE) {
      return refused(
        `it must decide as the trainer would, to ${PARITY_TOLERANCE}: ${at} an output is off by ${figures.parityError}`,
      );
    }
  }
  if (decisions.length === 0) return refused("it must have decided a bar: it has not");
  return {
    step: "shadow",
    passed: true,
    reason: `${figures.bars} live bars without orders: it decided each, as the trainer would`,
    figures,
  };
}
