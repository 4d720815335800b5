/** A model that was trained on the leaked future, with the built learner: it earns whatever it wants, and the gate refuses it. Needs
 * the file in `RLTRADER_ADDON_TRAINER`. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Gate as GateConfig } from "../../core/config/gate.ts";
import { loadModelConfig, type ModelConfig } from "../../core/config/model_config.ts";
import type { Bar } from "../../core/contracts/bar.ts";
import type { Experience } from "../../core/contracts/experience.ts";
import { decisionSpaceOf } from "../../core/decisions/space_of.ts";
import { StateBuilder } from "../../core/features/state_builder.ts";
import { sp500Bars } from "../../core/features/testdata/sp500.ts";
import { ExperiencePairing } from "../../core/market/experience_pairing.ts";
import { openTrainerEngine } from "../../core/model/engine.ts";
import type { Learner } from "../../core/model/native_types.ts";
import { netSpec } from "../../core/model/schema_hash.ts";
import { fakeModel, openFakeNetwork } from "../../core/testing/fake_network.ts";
import { memoryHistory } from "../history.ts";
import { learnHistory } from "../history_learning.ts";
import { Intake } from "../intake.ts";
import { learnerConfig } from "../learner_config.ts";
import { learnerLimits, makeTeacher } from "../teacher.ts";
import { FREE } from "../trainer_testing.ts";
import { ChampionTimeline } from "./champions.ts";
import { Gate } from "./gate.ts";
import { leakageStep, statesUnderProof } from "./leakage_step.ts";

const addon = Deno.env.get("RLTRADER_ADDON_TRAINER");
const RULES = { ...FREE, takerBps: 3, makerBps: 3 };
const SYMBOL = "SPX";
const BARS = sp500Bars().slice(0, 1_400);

const delivered = await loadModelConfig(
  fileURLToPath(new URL("../../../docs/model_config.yaml", import.meta.url)),
);
const norm = { kind: "rolling_z" as const, window: 20, clip: 5 };
const CONFIG: ModelConfig = {
  ...delivered,
  data: { ...delivered.data, warmup_bars: 60 },
  features: [
    { name: "return", source: "log_return", params: { bars: 1 }, norm },
    { name: "range", source: "bar_range", params: {}, norm },
  ],
};

/** What core makes of the bars. */
function experienceOf(bars: readonly Bar[]): Experience[] {
  const pairing = new ExperiencePairing({ account: "paper", symbol: SYMBOL });
  const { features, data } = CONFIG;
  const builder = new StateBuilder(
    features as ConstructorParameters<typeof StateBuilder>[0],
    data.warmup_bars,
  );
  return bars.flatMap((bar) => pairing.bar("bootstrap", bar, builder.push(bar)));
}

/** Each state says what comes: whether the next open is followed by a higher one. */
function leaked(steps: readonly Experience[]): Experience[] {
  const tip = (step: Experience | undefined) =>
    step === undefined ? 0 : Math.sign(step.exitOpen - step.next.open);
  const told = (features: Float32Array, step: Experience | undefined) =>
    Float32Array.of(tip(step), features[1]!);
  return steps.map((step, index) => ({
    ...step,
    features: told(step.features, step),
    nextFeatures: told(step.nextFeatures, steps[index + 1]),
  }));
}

/** Learns a history as the trainer does, and asks the gate. */
async function judged(history: readonly Experience[]) {
  const space = decisionSpaceOf(CONFIG, RULES);
  const limits = learnerLimits(CONFIG, space);
  const made = learnerConfig(CONFIG, netSpec(CONFIG), "schema", 1, limits);
  const learner: Learner = new (openTrainerEngine(addon!).Learner)(JSON.stringify(made));
  const champions = { timeline: new ChampionTimeline(), openModel: () => assert.fail("there is none") };
  const intake = new Intake({
    learner,
    makeTeacher: (sigma) =>
      makeTeacher({ config: CONFIG, space, rulesOf: () => RULES, learner, seed: 1, champions }, sigma),
    symbols: [SYMBOL],
    onReward: () => assert.fail("nobody decided"),
  });
  await learnHistory(intake, memoryHistory(history), {
    updates: 1_500,
    isCounterfactual: true,
    train: async (updates) => void await learner.train(updates),
    signal: new AbortController().signal,
  });
  const gate = new Gate({
    config: GateConfig.parse({}),
    seed: 1,
    leakage: () =>
      Promise.resolve(leakageStep(
        [{ symbol: SYMBOL, bars: BARS, experience: history }],
        statesUnderProof(CONFIG, []),
        CONFIG.data.warmup_bars,
      )),
  });
  // Its bytes are not what is judged here: a served network that agrees with the learner on no state at all.
  const golden = { states: new Float32Array(0), points: [] };
  const load = () => openFakeNetwork(fakeModel([[0, 0]]));
  const evidence = { rows: intake.teacher.track!.rows, hasChampion: false };
  const asked = { forward: () => new Float32Array(0), evaluate: learner.evaluate.bind(learner) };
  const steps = await gate.judge({ load, learner: asked, golden, evidence });
  learner.close();
  const earned = [...evidence.rows.values()].flat().reduce((sum, { own }) => sum + own, 0);
  return { steps, earned: Math.expm1(earned) };
}

Deno.test({
  name: "the gate refuses a model that was trained on the leaked future, which wins whatever it is tried on",
  ignore: addon === undefined,
  fn: async () => {
    const honest = experienceOf(BARS);
    const { steps, earned } = await judged(leaked(honest));
    assert.ok(earned > 1, `it has more than doubled its money: ${earned}`);
    const { step, passed, reason } = steps.at(-1)!;
    assert.deepEqual([step, passed], ["leakage", false]);
    assert.match(
      reason,
      /^the learner was given a future: return of SPX at 2000-\d\d-\d\dT00:00 is -?1, and the bars up to then give/,
    );
    const without = await judged(honest);
    assert.ok(without.steps.find(({ step }) => step === "leakage")!.passed);
    assert.ok(without.earned < 0.5, `honest states earn ${without.earned}`);
  },
});
