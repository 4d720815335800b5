import assert from "node:assert/strict";
import { JumpDetector } from "./jump_detector.ts";
import { SeededRandom } from "./seeded_random.ts";

const RULES = { sigmas: 50, least: 0.1 };
const barAt = (close: number, changes: object = {}) => ({
  openTimeMs: 0,
  open: close,
  high: close,
  low: close,
  close,
  volume: 1,
  ...changes,
});
/** Has seen a market of 1 % moves around 100. */
function calm(moves = 100, sigma = 0.01): JumpDetector {
  const [detector, random] = [new JumpDetector(RULES), new SeededRandom(1)];
  for (let index = 0; index < moves; index++) {
    const close = 100 * Math.exp(sigma * random.normal() / 2);
    assert.equal(detector.judge(barAt(close), 1), null);
    detector.take(close, 1);
  }
  detector.take(100, 1);
  return detector;
}

Deno.test("JumpDetector.judge() lets a crash pass, and no slip of the decimal point", () => {
  for (const price of [77, 130]) assert.equal(calm().judge(barAt(price), 1), null, `${price}`);
  for (const price of [1_000, 10, 0.001]) {
    assert.equal(calm().judge(barAt(price), 1)?.kind, "price", `${price}`);
  }
});

Deno.test("JumpDetector.judge() names the price that is too far, how far it is, and how far it might be", () => {
  const jump = calm().judge(barAt(100, { open: 1_000, high: 1_000 }), 1);
  assert.equal(jump?.field, "open");
  assert.ok(Math.abs(jump.move - Math.log(10)) < 0.02);
  // 50 robust deviations of about 0.7 %.
  assert.ok(jump.most > 0.2 && jump.most < 0.6, `${jump.most}`);
});

Deno.test("JumpDetector.judge() allows more after a pause, by the root of its length", () => {
  const detector = calm(100, 0.001);
  assert.equal(detector.judge(barAt(120), 1)?.kind, "price");
  assert.equal(detector.judge(barAt(120), 100), null);
});

Deno.test("JumpDetector.judge() tells a wick from a price", () => {
  const high = calm().judge(barAt(100, { high: 1_000 }), 1);
  assert.deepEqual([high?.kind, high?.field], ["wick", "high"]);
  const low = calm().judge(barAt(100, { low: 1 }), 1);
  assert.deepEqual([low?.kind, low?.field], ["wick", "low"]);
  assert.ok(low!.move < 0);
});

Deno.test("JumpDetector.judge() believes the third bar in a row at a new level", () => {
  const detector = calm();
  const kinds = [1_000, 1_010, 1_005].map((price) => detector.judge(barAt(price), 1)?.kind);
  assert.deepEqual(kinds, ["price", "price", "level"]);
  detector.take(1_005, 3);
  assert.equal(detector.judge(barAt(1_007), 1), null);
  // The way to the new level is no move to measure by.
  assert.equal(detector.judge(barAt(10_000), 1)?.kind, "price");
});

Deno.test("JumpDetector.judge() starts to count anew when a level does not hold", () => {
  const detector = calm();
  const judge = (price: number) => detector.judge(barAt(price), 1)?.kind;
  assert.deepEqual([1_000, 1_000, 1, 1, 1_000].map(judge), ["price", "price", "price", "price", "price"]);
  assert.equal(judge(100), undefined);
  detector.take(100, 1);
  assert.deepEqual([1_000, 1_000].map(judge), ["price", "price"]);
});

Deno.test("JumpDetector.judge() judges nothing before it has seen 20 moves", () => {
  const detector = new JumpDetector(RULES);
  for (let index = 0; index < 20; index++) {
    assert.equal(detector.judge(barAt(index % 2 === 0 ? 1 : 1_000), 1), null);
    detector.take(100 + index % 2, 1);
  }
  assert.equal(detector.judge(barAt(1_000), 1), null);
  detector.take(100, 1);
  assert.equal(detector.judge(barAt(1_000), 1)?.kind, "price");
});
