/** The gate's second step, leakage: nothing that was learned from has seen the future.
 *
 * Three proofs on the beginning of the history, where the states are the same whatever comes later. The states that the learner was
 * given are, bit for bit, those that a builder makes which has seen no later bar. What a decision on them earns begins at the open of
 * the bar after them, so that it fills on nothing that it saw. And states of a cut history are those of the whole, so that the builder
 * itself does not look ahead. */
import type { Instrument } from "../../core/config/instruments_config.ts";
import type { ModelConfig } from "../../core/config/model_config.ts";
import type { Bar } from "../../core/contracts/bar.ts";
import type { Experience } from "../../core/contracts/experience.ts";
import type { GateStep } from "../../core/contracts/model.ts";
import type { FeatureConfig } from "../../core/features/feature_config.ts";
import { checkPrefix } from "../../core/features/proofs/prefix_check.ts";
import { productStates, type UnderProof } from "../../core/features/proofs/under_proof.ts";
import { featureDays } from "../../core/features/state_builders.ts";

/** The beginning of one symbol's history. */
export interface LearnedHistory {
  readonly symbol: string;
  readonly bars: readonly Bar[];
  /** What the learner was given of it. */
  readonly experience: readonly LearnedStep[];
}

type LearnedStep = Pick<Experience, "barMs" | "features" | "close" | "next" | "exitOpen" | "nextFeatures">;

/** States of a symbol that are looked at. */
const PROVEN_STATES = 1_000;

/** Bars of a symbol that are looked at. @param warmupBars Bars up to the first state. */
export function provenBars(warmupBars: number): number {
  return warmupBars + PROVEN_STATES;
}

/** How states are made of a symbol's bars. */
export type ProofOf = (symbol: string) => UnderProof;

/** The states that trading sees, for a configuration. */
export function statesUnderProof(
  config: ModelConfig,
  instruments: readonly Readonly<Instrument>[],
): ProofOf {
  const { features, data } = config;
  return (symbol) =>
    productStates(
      features as readonly FeatureConfig[],
      data.warmup_bars,
      data.timeframe,
      featureDays(config, instruments, symbol),
    );
}

/** @param proofOf The product's own states but in tests. @param warmupBars Bars up to the first state. */
export function leakageStep(
  histories: readonly LearnedHistory[],
  proofOf: ProofOf,
  warmupBars: number,
): GateStep {
  const figures = { symbols: histories.length, learnedStates: 0, cutStates: 0 };
  const refused = (reason: string): GateStep => ({ step: "leakage", passed: false, reason, figures });
  for (const { symbol, bars, experience } of histories) {
    const proof = proofOf(symbol);
    const rebuilt = proof.statesOf(bars);
    const rowOf = new Map(bars.map(({ openTimeMs }, row) => [openTimeMs, row]));
    for (const step of experience) {
      const row = rowOf.get(step.barMs);
      if (row === undefined) continue;
      figures.learnedStates++;
      const fault = stateFault(proof.names, step.features, rebuilt[row] ?? null) ??
        (row + 1 < bars.length
          ? stateFault(proof.names, step.nextFeatures, rebuilt[row + 1] ?? null)
          : null) ??
        fillFault(step, bars, row);
      if (fault === null) continue;
      const at = new Date(step.barMs).toISOString().slice(0, 16);
      return refused(`the learner was given a future: ${fault(`${symbol} at ${at}`)}`);
    }
  }
  const [first] = histories;
  const prefix = first === undefined ? null : checkPrefix(proofOf(first.symbol), first.bars, warmupBars);
  const leak = prefix?.leaks[0];
  figures.cutStates = prefix?.states ?? 0;
  if (leak !== undefined) {
    return refused(
      `${leak.feature} sees the future: at ${
        new Date(leak.openTimeMs).toISOString().slice(0, 16)
      } it is ${leak.whole} with later ` +
        `bars and ${leak.truncated} without`,
    );
  }
  const seen =
    `${figures.learnedStates} states that were learned from and ${figures.cutStates} of cut histories`;
  return figures.learnedStates === 0
    ? refused("there must be experience to look at: there is none")
    : { step: "leakage", passed: true, reason: `no future in ${seen}`, figures };
}

/** In words, given of what. */
type Fault = (step: string) => string;

/** The first value of a state that is not the same in all its bits; null for none. */
function stateFault(
  names: readonly string[],
  given: Float32Array,
  rebuilt: ArrayLike<number> | null,
): Fault | null {
  const at = differenceAt(given, rebuilt);
  if (at === null) return null;
  return (step) =>
    `${names[at] ?? "the state"} of ${step} is ${given[at]}, and the bars up to then give ${
      rebuilt?.[at] ?? "none"
    }`;
}

/** The first price of a step's fill that is not that of its bar; null for none. Bars beyond those that are looked at are not compared. */
function fillFault({ close, next, exitOpen }: LearnedStep, bars: readonly Bar[], row: number): Fault | null {
  const [own, after, exit] = [bars[row], bars[row + 1], bars[row + 2]];
  const pairs = [
    ["its close", close, own?.close],
    ["the bar after it", next.openTimeMs, after?.openTimeMs],
    ...(["open", "high", "low", "close", "volume"] as const).map((name) =>
      [`the ${name} of the bar after it`, next[name], after?.[name]] as const
    ),
    ["the open where its reward ends", exitOpen, exit?.open],
  ] as const;
  const wrong = pairs.find(([, given, real]) => real !== undefined && given !== real);
  if (wrong === undefined) return null;
  const [what, given, real] = wrong;
  return (step) => `${what}, of ${step}, is ${given}, and the bars have ${real}`;
}

/** The first value that is not the same in all its bits; null for none. */
function differenceAt(given: Float32Array, rebuilt: ArrayLike<number> | null): number | null {
  if (rebuilt === null || rebuilt.length !== given.length) return 0;
  for (let index = 0; index < given.length; index++) {
    if (!Object.is(given[index], rebuilt[index])) return index;
  }
  return null;
}
