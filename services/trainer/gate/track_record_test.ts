import assert from "node:assert/strict";
import type { Experience } from "../../core/contracts/experience.ts";
import { FREE } from "../trainer_testing.ts";
import type { Champion } from "./champions.ts";
import { policyOf, trackOf, walk } from "./gate_testing.ts";
import { type TrackRecord, TrackState } from "./track_record.ts";

const LONG = policyOf(() => "long");
const FLAT = policyOf(() => "flat");
const COSTLY = { ...FREE, takerBps: 100, makerBps: 100 };
const champion = (version: string, policy = LONG): Champion => ({ version, policy });

async function seen(track: TrackRecord, steps: readonly Experience[]) {
  for (const step of steps) await track.see(step);
  return track.rows.get("X") ?? [];
}
const near = (actual: readonly number[], expected: readonly number[]) => {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, index) => assert.ok(Math.abs(value - expected[index]!) < 1e-7, `${actual}`));
};

Deno.test("TrackRecord earns what is held from open to close, beside buying and holding, by hand", async () => {
  const follower = policyOf(([coming]) => coming! > 0 ? "long" : "flat");
  const rows = await seen(trackOf(follower, () => null, FREE), walk([0.1, -0.2, 0.05]));
  near(rows.map(({ own }) => own), [0.1, 0, 0.05]);
  near(rows.map(({ holding }) => holding), [0.1, -0.2, 0.05]);
  near(rows.map(({ champion }) => champion), [0, 0, 0]);
  near(rows.map(({ traded }) => traded), [1, 1, 1]);
  assert.deepEqual(rows.map(({ differs }) => differs), [true, false, true], "against staying flat");
});

Deno.test("TrackRecord pays each trade, and twice as much where costs are doubled", async () => {
  const rows = await seen(trackOf(LONG, () => champion("a", FLAT), COSTLY), walk([0.1, 0.1]));
  near(rows.map(({ own }) => own), [0.1 - Math.log(1.01), 0.1]);
  near(rows.map(({ ownDoubled }) => ownDoubled), [0.1 - Math.log(1.02), 0.1]);
  near(rows.map(({ championDoubled }) => championDoubled), [0, 0]);
});

Deno.test("TrackRecord begins anew with each champion, as the bars before it are none that it has not learned from", async () => {
  const steps = walk([0.1, 0.2, 0.3, 0.4]);
  const at = (barMs: number) => barMs < steps[2]!.barMs ? champion("first") : champion("second", FLAT);
  const rows = await seen(trackOf(LONG, at, FREE), steps);
  assert.deepEqual(rows.map(({ barMs }) => barMs), [steps[2]!.barMs, steps[3]!.barMs]);
  near(rows.map(({ own, champion }) => own - champion), [0.3, 0.4]);
});

Deno.test("TrackRecord's accounts begin anew after a gap, and its rows stay", async () => {
  const track = trackOf(LONG, () => null, COSTLY);
  const rows = await seen(track, [...walk([0.1, 0.1]), ...walk([0.1, 0.1], "X", 9)]);
  near(rows.map(({ own }) => own), [0.1 - Math.log(1.01), 0.1, 0.1 - Math.log(1.01), 0.1]);
});

Deno.test("TrackRecord goes on from its state as if nothing had happened", async () => {
  const steps = walk(Array.from({ length: 40 }, (_, day) => 0.05 * Math.sin(day)));
  const follower = policyOf(([coming]) => coming! > 0 ? "long" : "flat");
  const whole = trackOf(follower, () => champion("a"), COSTLY);
  await seen(whole, steps);
  const before = trackOf(follower, () => champion("a"), COSTLY);
  await seen(before, steps.slice(0, 17));
  const after = trackOf(follower, () => champion("a"), COSTLY);
  after.restore(TrackState.parse(JSON.parse(JSON.stringify(before.state()))));
  await seen(after, steps.slice(17));
  assert.deepEqual(after.state(), whole.state());
});

Deno.test("TrackRecord keeps five years of days", async () => {
  const track = trackOf(FLAT, () => null, FREE);
  const rows = await seen(track, walk(Array(1_300).fill(0.001)));
  assert.equal(rows.length, 1_260);
});

Deno.test("TrackRecord can follow what grows without end, bar for bar as at its start", async () => {
  const follower = policyOf(([coming]) => coming! > 0 ? "long" : "flat");
  const track = trackOf(follower, () => champion("a"), FREE);
  const moves = Array.from({ length: 1_200 }, (_, day) => day % 2 === 0 ? 0.1 : -0.1);
  const rows = await seen(track, walk(moves)); // e^60 of what it began with
  near(rows.map(({ own }) => own), moves.map((move) => Math.max(0, move)));
  TrackState.parse(track.state());
});
