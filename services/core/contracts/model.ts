/** Models as they are stored and announced. A version is `m-` and the first 16 hex digits of the SHA-256 of its bytes. */
import { z } from "zod";
import { defineDocument, defineKey, defineStream, float32 } from "./define.ts";
import { SymbolName } from "./symbol.ts";

const published = { write: ["trainer"], read: ["core", "trainer", "inference", "ui", "dev"] } as const;

export const ModelVersion = z.string().regex(/^m-[0-9a-f]{16}$/, { error: "must be m- and 16 hex digits" });
export type ModelVersion = z.infer<typeof ModelVersion>;

/** One step of the gate with its figures. */
export const GateStep = z.strictObject({
  step: z.enum(["integrity"]),
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
  parent: ModelVersion.nullable(),
  createdMs: z.int().nonnegative(),
  updates: z.int().nonnegative(),
  experiences: z.int().nonnegative(),
  liveExperiences: z.int().nonnegative(),
  /** The last bar it learned from. */
  learnedThroughMs: z.int().nonnegative(),
  metrics: z.record(z.string(), z.number()),
  gate: z.array(GateStep),
});
export type ModelMetadata = z.infer<typeof ModelMetadata>;
export const modelMetadata = defineDocument(
  "model metadata",
  published,
  (version: string) => `model:metadata:${version}`,
  ModelMetadata,
);

/** The calibrated probability that a decision beats its runner-up, both followed until they rejoin: a rising line through
 * knots over the lead of its Q, flat beyond them. */
export const Confidence = z.strictObject({
  scores: z.array(z.number()).min(1).max(4_096),
  probabilities: z.array(z.number().min(0).max(1)).min(1).max(4_096),
  /** Bars after which the two count as rejoined. */
  horizon: z.int().positive(),
  /** Expected calibration error on decisions that it was not fitted on. */
  ece: z.number().min(0).max(1),
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

/** Every verdict of the gate, passed or not; the entry id is `<sequence>-<updates>`. */
export const ModelEvent = z.strictObject({
  version: ModelVersion,
  adopted: z.boolean(),
  adoptAfterMs: z.int().nonnegative(),
  atMs: z.int().nonnegative(),
  updates: z.int().nonnegative(),
  gate: z.array(GateStep),
});
export type ModelEvent = z.infer<typeof ModelEvent>;
export const modelEventStream = defineStream("model events", published, () => "model:events", ModelEvent);

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
