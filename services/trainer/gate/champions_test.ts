import assert from "node:assert/strict";
import { fakeModel, type FakeNetwork, openFakeNetwork } from "../../core/testing/fake_network.ts";
import { stepOf } from "../trainer_testing.ts";
import { Champions, ChampionTimeline } from "./champions.ts";

const STEP = { ...stepOf("X", 1), features: Float32Array.of(5, 0) };

Deno.test("ChampionTimeline knows who decides a bar: the last version that was adopted before it", () => {
  const timeline = new ChampionTimeline();
  assert.equal(timeline.at(5), null);
  timeline.adopted("a", 10);
  timeline.adopted("b", 20);
  assert.deepEqual([10, 11, 20, 21].map((barMs) => timeline.at(barMs)), [null, "a", "a", "b"]);
});

Deno.test("ChampionTimeline.before() goes back to what served before, and further from there", () => {
  const timeline = new ChampionTimeline();
  ["a", "b", "stored", "b"].forEach((version, index) => timeline.adopted(version, index));
  assert.deepEqual(["stored", "b", "a", "x"].map((version) => timeline.before(version)), [
    "b",
    "a",
    null,
    null,
  ]);
});

Deno.test("Champions opens one version at a time, and asks it as a learner is asked", async () => {
  const timeline = new ChampionTimeline();
  const opened: FakeNetwork[] = [];
  const champions = new Champions({
    timeline,
    openModel: (version) => {
      opened.push(openFakeNetwork(fakeModel([[version === "a" ? 1 : 2, 0]], {}, "schema", [[3]])));
      return Promise.resolve(opened.at(-1)!);
    },
    makePolicy: (learner) => ({
      weigh: ({ features }) => {
        const values = learner.evaluate(features, Uint32Array.of(0), Uint8Array.of(0), Float32Array.of(1));
        throw new Error(`${[...learner.forward(features), ...values]}`);
      },
    }),
  });
  assert.equal(await champions.at(1), null);
  timeline.adopted("a", 10);
  timeline.adopted("b", 20);
  const first = (await champions.at(15))!;
  assert.equal(await champions.at(16), first);
  assert.throws(() => first.policy.weigh(STEP, []), /^Error: 5,8$/);
  const second = (await champions.at(25))!;
  assert.throws(() => second.policy.weigh(STEP, []), /^Error: 10,13$/);
  assert.deepEqual(opened.map(({ isClosed }) => isClosed), [true, false]);
});
