import assert from "node:assert/strict";
import { type Candle, CandleFollower } from "./candle_follower.ts";

const candle = (openMs: number, close: number): Candle => [openMs, 1, 9, 1, close, 5];
const STEP = 60_000;
const [A, B, C] = [1, 2, 3].map((index) => index * STEP);

Deno.test("CandleFollower gives a candle's last state once a later one comes", () => {
  const follower = new CandleFollower(STEP);
  assert.deepEqual(follower.update([candle(A, 2)], A + 5), []);
  assert.deepEqual(follower.update([candle(A, 3)], B + 50), []);
  assert.deepEqual(follower.update([candle(B, 5)], B + 30_000), [candle(A, 3)]);
  assert.deepEqual(follower.update([candle(B, 6)], C - 2_000), []);
  assert.deepEqual(follower.update([candle(B, 7), candle(C, 7)], C + 3_000), [candle(B, 7)]);
});

Deno.test("CandleFollower gives no candle whose end it did not hear of: updates may have been lost", () => {
  const follower = new CandleFollower(STEP);
  follower.update([candle(A, 2)], B - 3_000);
  assert.deepEqual(follower.update([candle(A, 3), candle(B, 5)], B + 2_001), []);
  follower.update([candle(B, 6)], C - 250);
  assert.deepEqual(follower.update([candle(C, 7)], C + 10_000), [candle(B, 6)]);
});

Deno.test("CandleFollower hands on a candle that comes after a later one, and goes on", () => {
  const follower = new CandleFollower(STEP);
  follower.update([candle(A, 2), candle(B, 3)], B + 10);
  assert.deepEqual(follower.update([candle(A, 2.5)], B + 20), [candle(A, 2.5)]);
  follower.update([candle(B, 4)], C + 10);
  assert.deepEqual(follower.update([candle(C, 4)], C + 20), [candle(B, 4)]);
});

Deno.test("CandleFollower gives no candle that an interruption left unfinished", () => {
  const follower = new CandleFollower(STEP);
  follower.update([candle(A, 2)], B + 10);
  follower.interrupt();
  assert.deepEqual(follower.update([candle(B, 3)], B + 20), []);
  assert.deepEqual(follower.update([candle(B, 4)], C + 10), []);
  assert.deepEqual(follower.update([candle(C, 4)], C + 20), [candle(B, 4)]);
});
