import assert from "node:assert/strict";
import { differentialSharpe, type SharpeMoments } from "./differential_sharpe.ts";

const START: SharpeMoments = { mean: 0, meanSquare: 0 };
const close = (actual: number, expected: number, tolerance = 1e-12) =>
  assert.ok(Math.abs(actual - expected) < tolerance, `${actual}, not ${expected}`);

Deno.test("differentialSharpe() follows its formula, by hand", () => {
  // A = 0.1, B = 0.05, R = 0.3: ΔA = 0.2, ΔB = 0.04; D = (0.05 · 0.2 − ½ · 0.1 · 0.04) / 0.04^1.5 = 0.008 / 0.008
  const { value, moments } = differentialSharpe(0.5, { mean: 0.1, meanSquare: 0.05 }, 0.3);
  close(value, 1);
  close(moments.mean, 0.2);
  close(moments.meanSquare, 0.07);
});

Deno.test("differentialSharpe() is the slope of the moving Sharpe ratio at eta 0", () => {
  const sharpe = ({ mean, meanSquare }: SharpeMoments) => mean / Math.sqrt(meanSquare - mean ** 2);
  const before = { mean: 0.02, meanSquare: 0.01 };
  for (const returned of [-0.2, 0, 0.02, 0.3]) {
    const eta = 1e-7;
    const { value, moments } = differentialSharpe(eta, before, returned);
    close((sharpe(moments) - sharpe(before)) / eta, value, 1e-4);
  }
});

Deno.test("differentialSharpe() has no unit", () => {
  const of = (scale: number) =>
    differentialSharpe(0.1, { mean: 0.1 * scale, meanSquare: 0.05 * scale ** 2 }, -0.2 * scale).value;
  close(of(50), of(1));
});

Deno.test("differentialSharpe() gives nothing while the returns so far have no variance", () => {
  const first = differentialSharpe(1, START, 0.1);
  assert.deepEqual(first, { value: 0, moments: { mean: 0.1, meanSquare: 0.1 ** 2 } });
  assert.equal(differentialSharpe(1, first.moments, 0.1).value, 0);
});

Deno.test("differentialSharpe() refuses an eta outside (0, 1], and a return that is not finite", () => {
  assert.throws(() => differentialSharpe(0, START, 0.1), /in \(0, 1\].*: they are 0 and 0.1/);
  assert.throws(() => differentialSharpe(1.1, START, 0.1), /they are 1.1/);
  assert.throws(() => differentialSharpe(0.1, START, Infinity), /and Infinity/);
});
