import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { MiscConfig } from "../../core/config/misc.ts";
import { loadModelConfig } from "../../core/config/model_config.ts";
import { SeededRandom } from "../../core/market/seeded_random.ts";
import { DAY_MS, feedFrom } from "../backtest/backtest_testing.ts";
import type { TrackRow } from "../gate/track_record.ts";
import { seenBars } from "../trials/seen_bars.ts";
import { TrialLog, trialOf } from "../trials/trial_log.ts";
import { stepOf } from "../trainer_testing.ts";
import { asBestOf, type EvidenceParts, type JudgedModel, judgeEvidence } from "./judge_evidence.ts";

const CONFIG = await loadModelConfig(
  fileURLToPath(new URL("../../../docs/model_config.yaml", import.meta.url)),
);
const MISC = MiscConfig.parse({});
const FEED = feedFrom({ X: Array.from({ length: 401 }, (_, day) => 100 + Math.sin(day)) });
/** The days from 101 on. */
const EVIDENCE = Array.from({ length: 299 }, (_, index) => stepOf("X", 101 + index));

const PARTS: EvidenceParts = {
  config: CONFIG,
  misc: MISC,
  feed: FEED,
  history: { training: [], validation: new Map(), evidence: EVIDENCE, sigma: {} },
  champion: "m-champion",
  warmStart: null,
  seed: 1,
};

/** A model that is better than the champion with a probability of about 90 %. */
function model(version: string): JudgedModel {
  const random = new SeededRandom(5);
  const rows = EVIDENCE.map(({ barMs }): TrackRow => {
    const own = 0.001 + 0.0135 * random.normal();
    const rest = { champion: 0, championDoubled: 0, holding: 0, traded: 0.1, differs: true };
    return { barMs, own, ownDoubled: own, ...rest };
  });
  return { version, track: new Map([["X", rows]]), begunThroughMs: null };
}

async function triesSeen(log: TrialLog): Promise<number | undefined> {
  const { step, keep } = await judgeEvidence(PARTS, model("m-1"), log);
  await keep();
  return step.figures.tries;
}

async function withLog(work: (log: TrialLog) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(new TrialLog(folder));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("judgeEvidence() lets the best of many tries pass only if it is surer than one must be, and the same try again counts once", async () => {
  await withLog(async (log) => {
    const judge = async (version: string) => {
      const { step: { passed, reason, figures }, keep } = await judgeEvidence(PARTS, model(version), log);
      await keep();
      return { passed, reason, tries: figures.tries };
    };
    const first = await judge("m-1");
    assert.deepEqual([first.passed, first.tries], [true, 1]);
    assert.ok(!first.reason.includes("tries"));
    assert.deepEqual(await judge("m-1"), first);
    const later = [];
    for (let index = 2; index <= 20; index++) later.push(await judge(`m-${index}`));
    assert.deepEqual(later.map(({ tries }) => tries), later.map((_, index) => index + 2));
    const last = later.at(-1)!;
    assert.equal(last.passed, false);
    assert.match(
      last.reason,
      /^it must be better than the champion with probability 99 %: .*; 20 different tries have seen these bars or some of them, this one included, and the best of so many must be better with probability 98\.9 % to prove what 80 % prove of one$/,
    );
  });
});

Deno.test("judgeEvidence() counts a backtest that has seen some of the bars, and none of other bars", async () => {
  await withLog(async (log) => {
    const backtestOf = (from: number, to: number) =>
      trialOf({
        kind: "backtest",
        what: "",
        rules: {},
        seen: seenBars(FEED, { fromMs: from * DAY_MS, toMs: to * DAY_MS }),
        returns: [0.1, 0.2],
      }, 1);
    await log.add(backtestOf(1, 100), []);
    assert.equal(await triesSeen(log), 1);
    await log.add(backtestOf(390, 395), []);
    assert.equal(await triesSeen(log), 2);
    assert.equal((await log.earlier(FEED, { fromMs: 399 * DAY_MS, toMs: 400 * DAY_MS })).trials.length, 1);
  });
});

Deno.test("judgeEvidence() takes bars for no evidence that the model knows from what it began with", async () => {
  await withLog(async (log) => {
    const begun = (day: number) =>
      judgeEvidence({ ...PARTS, warmStart: "m-old" }, { ...model("m-1"), begunThroughMs: day * DAY_MS }, log);
    const { step: refused } = await begun(101);
    assert.equal(refused.passed, false);
    assert.equal(
      refused.reason,
      "it began with m-old, which has learned through 1970-04-12: bars from 1970-04-12 on are no evidence of it",
    );
    assert.equal((await begun(100)).step.passed, true);
  });
});

Deno.test("asBestOf() asks of several tries what luck gives to none as often as to one", () => {
  assert.equal(asBestOf(1, MISC.gate).better_than_champion, 0.8);
  for (const tries of [2, 5, 50]) {
    assert.ok(Math.abs(asBestOf(tries, MISC.gate).better_than_champion ** tries - 0.8) < 1e-12);
    assert.ok(Math.abs(asBestOf(tries, MISC.gate).better_than_flat ** tries - 0.5) < 1e-12);
  }
});
