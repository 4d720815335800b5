/** Models as they are stored and announced. A version is `m-` and the first 16 hex digits of the SHA-256 of its bytes. */
import { z } from "zod";
import { defineDocument, defineKey, defineStream, float32 } from "./define.ts";
import { SymbolName } from "./symbol.ts";

const published = { write: ["trainer"], read: ["core", "trainer", "inference", "ui", "dev"] } as const;

export const ModelVersion = z.string().regex(/^m-[0-9a-f]{16}$/, { error: "must be m- and 16 hex digits" });
export type ModelVersion = z.infer<typeof ModelVersion>;

/** One step of the gate with its figures, its reason in words that people understand. `rollback` is no candidate's: it says why a
 * version serves again. */
export const GateStep = z.strictObject({
  step: z.enum(["integrity", "leakage", "evidence", "shadow", "rollback"]),
  passed: z.boolean(),
  reason: z.string(),
  figures: z.record(z.string(), z.number()),
});
export type GateStep = z.infer<typeof GateStep>;

export const ModelMetadata = z.strictObject({
  version: ModelVersion,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().positive(),
  /** Hash of features, order, normalisation and architecture. */
  schemaHash: z.string(),
  strategy: z.string(),
  /** Whose bars it learned from; absent where nobody has said. */
  feed: z.string().optional(),
  parent: ModelVersion.nullable(),
  createdMs: z.int().nonnegative(),
  updates: z.int().nonnegative(),
  experiences: z.int().nonnegative(),
  liveExperiences: z.int().nonnegative(),
  /** The last bar it learned from. */
  learnedThroughMs: z.int().nonnegative(),
  metrics: z.record(z.string(), z.number()),
  gate: z.array(GateStep),
  /** It has beaten nothing but staying flat, as there was no champion to beat: it may serve paper trading alone. */
  provisional: z.boolean().default(false),
});
export type ModelMetadata = z.infer<typeof ModelMetadata>;
export const modelMetadata = defineDocument(
  "model metadata",
  published,
  (version: string) => `model:metadata:${version}`,
  ModelMetadata,
);

/** Decisions with neighbouring leads: how often they were said to come out ahead, and how often they did. */
export const ReliabilityBin = z.strictObject({
  scoreFrom: z.number(),
  scoreTo: z.number(),
  /** Mean probability, of curves that were fitted without these decisions. */
  predicted: z.number().min(0).max(1),
  observed: z.number().min(0).max(1),
  count: z.int().positive(),
});
export type ReliabilityBin = z.infer<typeof ReliabilityBin>;

/** The calibrated probability that a decision beats its runner-up, both followed until they rejoin: a rising line through
 * knots over the lead of its Q, flat beyond them. */
export const Confidence = z.strictObject({
  scores: z.array(z.number()).min(1).max(4_096),
  probabilities: z.array(z.number().min(0).max(1)).min(1).max(4_096),
  /** Bars after which the two count as rejoined. */
  horizon: z.int().positive(),
  /** Expected calibration error on decisions that it was not fitted on. */
  ece: z.number().min(0).max(1),
  /** The reliability curve behind that error, by rising lead. */
  reliability: z.array(ReliabilityBin).max(10).default([]),
  /** Decisions that it was fitted on; none of them was learned from. */
  fittedOn: z.int().nonnegative(),
}).refine(({ scores, probabilities }) => scores.length === probabilities.length, {
  path: ["probabilities"],
  error: "must be as many as the scores",
});
export type Confidence = z.infer<typeof Confidence>;

/** What a model's own bytes say beside its weights: a decision needs it, so its hash covers it. */
export const ModelPassport = z.strictObject({
  /** Standard deviation of each symbol's log return a bar: the constant scale of its rewards. */
  rewardSigma: z.record(SymbolName, z.number().positive()),
  /** How sure a lead in Q makes; null before it was fitted. */
  confidence: Confidence.nullable().default(null),
  /** Share of the live decisions that are drawn at random, to explore. */
  epsilon: z.number().min(0).max(1).default(0),
  /** Days that the features of a symbol were made on, e.g. `America/New_York 17:00`; those of UTC for a symbol that is absent. */
  days: z.record(SymbolName, z.string()).default({}),
});
export type ModelPassport = z.infer<typeof ModelPassport>;

/** The model's bytes (safetensors). */
export const modelBlobKey = defineKey(published, (version: string) => `model:blob:${version}`);

/** The version that decides now. In lockstep it decides the bars after `adoptAfterMs`, exactly; otherwise it has learned up to that
 * bar, and each replica takes it up between two bars. Moves in one step. */
export const CurrentModel = z.strictObject({
  version: ModelVersion,
  adoptAfterMs: z.int().nonnegative(),
  /** Counts the moves. */
  sequence: z.int().positive(),
});
export type CurrentModel = z.infer<typeof CurrentModel>;
export const currentModel = defineDocument("current model", published, () => "model:current", CurrentModel);

/** Every verdict of the gate; the entry id is `<bar>-0`, the last bar that the candidate knew or decided, so that a verdict that
 * is reached again is not told twice. What a person has asked for comes behind it, as `<bar>-1` and so on. */
export const ModelEvent = z.strictObject({
  version: ModelVersion,
  /** `shadow`: it passed so far, and decides without orders now. `held`: it passed, and a person holds another version in place. */
  outcome: z.enum(["adopted", "shadow", "held", "refused"]),
  /** Where it was adopted, it decides the bars after this one. */
  adoptAfterMs: z.int().nonnegative(),
  atMs: z.int().nonnegative(),
  updates: z.int().nonnegative(),
  gate: z.array(GateStep),
});
export type ModelEvent = z.infer<typeof ModelEvent>;
export const modelEventStream = defineStream("model events", published, () => "model:events", ModelEvent);

/** How far the gate has judged, and who decides in the shadow. */
export const GateState = z.strictObject({
  /** The last bar for which a candidate was judged; core waits for it in lockstep. */
  judgedThroughMs: z.int().nonnegative(),
  /** A candidate that decides beside the champion, without orders; null for none. */
  shadow: z.strictObject({
    version: ModelVersion,
    /** It decides the bars after this one. */
    afterMs: z.int().nonnegative(),
    /** So many of them are wanted. */
    bars: z.int().positive(),
  }).nullable(),
});
export type GateState = z.infer<typeof GateState>;
export const gateState = defineDocument("gate", published, () => "model:gate", GateState);

/** What a candidate made of a live bar that the champion decided; the entry id is `<barMs>-0`. */
export const ShadowDecision = z.strictObject({
  symbol: SymbolName,
  barMs: z.int().nonnegative(),
  version: ModelVersion,
  /** For people; null where it decided nothing. */
  choice: z.string().nullable(),
  reason: z.string(),
  /** The choice is not the champion's. */
  differs: z.boolean(),
  /** All that the network read, and what came out. Empty where it was not run. */
  inputs: float32(),
  outputs: float32(),
});
export type ShadowDecision = z.infer<typeof ShadowDecision>;
export const shadowStream = defineStream(
  "shadow decisions",
  { write: ["inference"], read: ["core", "inference", "trainer", "ui", "dev"] },
  (symbol: string) => `model:shadow:${symbol}`,
  ShadowDecision,
);

/** A state for the trainer to evaluate (`--runner trainer`); the entry id is `<barMs>-<attempt>`. */
export const InferenceRequest = z.strictObject({
  symbol: SymbolName,
  barMs: z.int().nonnegative(),
  version: ModelVersion,
  /** All that the network reads of the market, and, with branching values, of the account before the decision. */
  state: float32(),
  /** The accounts after each possible decision to value: position class of each, and their scalars, row after row. None where
   * the outputs tell all. */
  classes: z.array(z.int().min(0).max(255)).max(256),
  scalars: float32(),
});
export type InferenceRequest = z.infer<typeof InferenceRequest>;
export const requestStream = defineStream(
  "inference requests",
  { write: ["inference"], read: ["inference", "trainer", "ui", "dev"] },
  (symbol: string) => `model:requests:${symbol}`,
  InferenceRequest,
);

/** All heads of one request, in the order of the network's spec; the id is the request's. */
export const InferenceResult = z.strictObject({
  symbol: SymbolName,
  barMs: z.int().nonnegative(),
  version: ModelVersion,
  /** Why there is no answer; null when there is one. */
  error: z.string().nullable(),
  outputs: float32(),
  /** W of each of the request's accounts. */
  values: float32(),
});
export type InferenceResult = z.infer<typeof InferenceResult>;
export const resultStream = defineStream(
  "inference results",
  { write: ["trainer"], read: ["trainer", "inference", "ui", "dev"] },
  (symbol: string) => `model:results:${symbol}`,
  InferenceResult,
);
