/** What the two native addons export. Types alone: the loader opens the files and checks what it got.
 *
 * Every error is an `Error` whose `code` is a {@link NativeErrorCode} and whose message says action, rule and actual value.
 * Arrays are used in place and never kept: the caller may reuse them once a call has returned.
 */

/** The stable codes. `RLT_ENGINE` alone is a fault of the engine; all others name a fault of the input or of the moment. */
export type NativeErrorCode =
  /** An argument has the wrong JavaScript type, or two arguments share memory. */
  | "RLT_ARGUMENT"
  /** The network declaration breaks rules; the message lists all of them. */
  | "RLT_SPEC"
  /** The learner configuration breaks rules; the message lists all of them. */
  | "RLT_CONFIG"
  /** An array has the wrong length. */
  | "RLT_SHAPE"
  /** NaN or infinity in an input, in weights, or in the outputs (the sums overflowed); the message has the index. */
  | "RLT_NON_FINITE"
  /** A position class does not exist in the value heads, or a row or point among those given. */
  | "RLT_HEAD"
  /** The arrays of a step contradict each other. */
  | "RLT_STEP"
  /** Outcomes or knots of a confidence curve contradict each other. */
  | "RLT_CONFIDENCE"
  /** There is no step to learn from yet. */
  | "RLT_EMPTY"
  /** Not a model file of ours, or it disagrees with its own declaration. */
  | "RLT_MODEL_FORMAT"
  /** The model file ends early. */
  | "RLT_MODEL_TRUNCATED"
  /** Metadata or weights differ from the checksum stored with them. */
  | "RLT_MODEL_HASH"
  /** The model was made for another schema. */
  | "RLT_SCHEMA_MISMATCH"
  /** Not a checkpoint of ours, or it disagrees with itself. */
  | "RLT_CHECKPOINT_FORMAT"
  /** The checkpoint ends early. */
  | "RLT_CHECKPOINT_TRUNCATED"
  /** The checkpoint differs from the checksum stored with it. */
  | "RLT_CHECKPOINT_HASH"
  /** The checkpoint was made for another schema. */
  | "RLT_CHECKPOINT_SCHEMA"
  /** The checkpoint was made under another configuration; the message names the first field. */
  | "RLT_CHECKPOINT_CONFIG"
  /** A training run excludes this call. */
  | "RLT_BUSY"
  /** The object was closed. */
  | "RLT_CLOSED"
  /** The engine itself failed: LibTorch, memory, or a caught panic. */
  | "RLT_ENGINE";

/** The declaration of a network: `inputs` features, ReLU layers of the widths in `trunk`, then linear heads, and the account part.
 *
 * An output row holds the outputs of all heads in order (of quantiles their mean), then for each value head with several quantiles all
 * of them, class by class. With an account part the values in it are those of the position classes alone. */
export interface NetSpec {
  /** Width of a feature row, 1..=4096. */
  readonly inputs: number;
  /** Widths of the hidden layers, 1..=8 of them, each 1..=4096. */
  readonly trunk: readonly number[];
  /** The heads; their outputs are concatenated in this order. At least one is of kind `value`; names are unique. */
  readonly heads: readonly NetHead[];
  /** What the scalars of an account add to the value of its position class; demands exactly one value head. None: nothing. */
  readonly account?: NetAccount;
}

export interface NetHead {
  /** Unique and not empty. */
  readonly name: string;
  /** `value`: W(F, y), one output per position class y, or of one branch. `regression`: an auxiliary prediction from the features. */
  readonly kind: "value" | "regression";
  /** Number of outputs, 1..=4096 (the learner takes at most 256 classes). */
  readonly size: number;
  /** Values are a common value plus advantages whose mean is zero (Wang et al. 2016); for value heads; false. */
  readonly dueling?: boolean;
  /** Quantiles of each value, whose mean is the value (Dabney et al. 2018); for value heads; 1. With the common value at most 4096. */
  readonly quantiles?: number;
}

/** One hidden ReLU layer of the last trunk layer and the scalars, linear from there. It starts at adding nothing. */
export interface NetAccount {
  /** Numbers that describe an account beside its position class, 1..=64. */
  readonly scalars: number;
  /** Width of the hidden layer, 1..=4096. */
  readonly hidden: number;
}

/** A model ready to run in this process. Synchronous, allocates nothing per call; not for use from several threads at once. */
export interface QNet {
  /** The {@link NetSpec} as JSON. @throws `RLT_CLOSED` */
  readonly spec: string;
  /** The file's metadata as a JSON object of strings: `format`, `schema_hash`, `spec`, `sha256` and the exporter's own. @throws `RLT_CLOSED` */
  readonly metadata: string;
  /** Width of a feature row. @throws `RLT_CLOSED` */
  readonly inputs: number;
  /** Width of an output row; see {@link NetSpec}. @throws `RLT_CLOSED` */
  readonly outputs: number;
  /** Computes all heads. A row gives the same bits alone and in a batch.
   * @param features `[B, inputs]` row-major, finite.
   * @param out `[B, outputs]` row-major, overwritten; unspecified after an error. Shares no memory with `features`.
   * @throws `RLT_ARGUMENT`, `RLT_SHAPE`, `RLT_NON_FINITE`, `RLT_CLOSED` */
  forward(features: Float32Array, out: Float32Array): void;
  /** W(F, y) of afterstates y. The features go through the network once; an afterstate gives the same bits alone and among others.
   * @param features `[inputs]`, finite.
   * @param classes `[n]`, n ≤ 256: position class of each; with several value heads an index into all their outputs.
   * @param scalars `[n, scalars]` row-major, finite; empty without an account part.
   * @param out `[n]`, overwritten; unspecified after an error. Shares no memory with the others.
   * @throws `RLT_ARGUMENT`, `RLT_SHAPE`, `RLT_NON_FINITE`, `RLT_HEAD`, `RLT_CLOSED` */
  evaluate(features: Float32Array, classes: Uint8Array, scalars: Float32Array, out: Float32Array): void;
  /** Why W of one afterstate exceeds that of another at these features: integrated gradients from the all-zero row and scalars
   * (Sundararajan et al. 2017), position classes fixed, so that `W(chosen) − W(other) = baseline + Σ weights`, up to the residual.
   * Halves pieces of the way where the gradient changes until they miss less than 1 % of Σ weights (or of 1e-4), or `maxSteps`
   * gradients were taken. Takes from 10 µs for a small network to milliseconds for a large one.
   * @param features `[inputs]`, finite.
   * @param chosen A position class as in {@link QNet.evaluate}.  @param chosenScalars `[scalars]`, finite.
   * @param other Another one; with all scalars swapped they give the negated weights.  @param otherScalars `[scalars]`, finite.
   * @param weights `[inputs + scalars]`, overwritten; a scalar's weight counts for both afterstates. Unspecified after an error.
   * Shares no memory with the others.
   * @param maxSteps 1..=1024; 1024.
   * @throws `RLT_ARGUMENT`, `RLT_SHAPE`, `RLT_NON_FINITE`, `RLT_HEAD`, `RLT_CLOSED` */
  attribute(
    features: Float32Array,
    chosen: number,
    chosenScalars: Float32Array,
    other: number,
    otherScalars: Float32Array,
    weights: Float32Array,
    maxSteps?: number,
  ): NetAttribution;
  /** Frees the weights; every later call throws `RLT_CLOSED`. Closing twice is fine. */
  close(): void;
}

/** How well the weights of {@link QNet.attribute} explain a difference of values. */
export interface NetAttribution {
  /** The difference at the all-zero row, which is the mean of scaled features, and at scalars of zero. */
  readonly baseline: number;
  /** |Σ weights − (the difference − `baseline`)|. */
  readonly residual: number;
  /** Gradients taken. */
  readonly steps: number;
  /** The residual is above its limit: the steps ran out. */
  readonly rough: boolean;
}

/** The addon without LibTorch: what inference and the market process load. */
export interface QNetAddon {
  readonly QNet: {
    /** Loads a model file. Checks format, declaration, tensors, checksum, finite weights and, if given, the schema hash.
     * @param blob The bytes that {@link Learner.exportModel} returned.
     * @throws `RLT_ARGUMENT`, `RLT_MODEL_FORMAT`, `RLT_MODEL_TRUNCATED`, `RLT_MODEL_HASH`, `RLT_SCHEMA_MISMATCH`, `RLT_SPEC`, `RLT_NON_FINITE` */
    fromBytes(blob: Uint8Array, expectedSchemaHash?: string): QNet;
  };
  /** JSON: {@link QNetEngineInfo}. */
  engineInfo(): string;
  /** Fits how likely a decision of some score wins: isotonic regression by pooling adjacent violators (Ayer et al. 1955).
   * @param scores `[n]`, n in 10..=1,000,000, finite, in the order of the decisions.
   * @param wins `[n]`, 0 or 1.
   * @throws `RLT_ARGUMENT`, `RLT_SHAPE`, `RLT_NON_FINITE`, `RLT_CONFIDENCE` */
  fitConfidence(scores: Float64Array, wins: Uint8Array): FittedConfidence;
  /** The probability at a score: linear between two knots of {@link FittedConfidence}, that of the nearest knot outside.
   * @param scores `[k]`, k > 0, rising.  @param probabilities `[k]`, in [0, 1], never falling.  @param score Finite.
   * @throws `RLT_ARGUMENT`, `RLT_SHAPE`, `RLT_NON_FINITE`, `RLT_CONFIDENCE` */
  confidenceAt(scores: Float64Array, probabilities: Float64Array, score: number): number;
}

/** A curve from scores to probabilities, and what it is worth on decisions that it was not fitted to. */
export interface FittedConfidence {
  /** Scores of the knots, rising. */
  readonly scores: Float64Array;
  /** Probability at each knot, in (0, 1), never falling. */
  readonly probabilities: Float64Array;
  /** By rising score, ten of equal count unless equal scores, which are never parted, make them fewer. */
  readonly bins: readonly ReliabilityBin[];
  /** Expected calibration error: mean |predicted − observed| of the bins, by their counts. */
  readonly ece: number;
}

/** Decisions of neighbouring scores. */
export interface ReliabilityBin {
  /** Lowest score. */
  readonly scoreFrom: number;
  /** Highest score. */
  readonly scoreTo: number;
  /** Mean probability. Each comes from a curve fitted without its fold, one of five stretches of decisions in their order. */
  readonly predicted: number;
  /** Share of wins. */
  readonly observed: number;
  /** Number of decisions. */
  readonly count: number;
}

export interface QNetEngineInfo {
  readonly version: string;
  /** The instructions that networks run with on this processor: AVX-512 where it is faster, so not before Ice Lake and Zen 4. */
  readonly simd: "avx512" | "avx2" | "portable";
}

/** The learner's configuration; unknown fields are refused, missing ones take the value shown. */
export interface LearnerConfig {
  readonly net: NetSpec;
  /** Stamped on every exported model and demanded of every imported one. */
  readonly schema_hash: string;
  /** A whole number up to 2^53. The same seed, engine, pushes and calls give the same weights, bit for bit. */
  readonly seed: number;
  /** What the value heads learn: W of accounts after decisions, or Q of branches (Tavakoli et al. 2018), each head one; with one
   * branch a DQN. "afterstate", which takes one value head; "branching" takes no account part. */
  readonly value?: "afterstate" | "branching";
  /** Where LibTorch computes: the GPU if it can be used, the CPU, or the GPU or an error; "auto". The engine "fused" runs on the CPU. */
  readonly device?: "auto" | "cpu" | "cuda";
  /** Folder of LibTorch's CUDA libraries; that of LibTorch itself. */
  readonly cuda_libraries?: string;
  /** What computes the updates: LibTorch, plain Rust, or the fastest; "auto". Both draw the same batches and compute the same
   * formulas; the last bits differ, as they do between processors with and without AVX2; AVX-512 gives AVX2's. */
  readonly engine?: "auto" | "tch" | "fused";
  /** Discount of one bar, in [0, 1); 0.95. */
  readonly gamma?: number;
  /** Choose the next candidate with the online network, value it with the target network; true. */
  readonly double?: boolean;
  /** Error of value heads without quantiles; "squared". Regression heads always use the squared error, quantiles the quantile Huber
   * loss (Dabney et al. 2018, equation 10). */
  readonly loss?: "squared" | "huber";
  /** Adam's step size; 1e-3. */
  readonly learning_rate?: number;
  /** How the step size falls with the updates; "none". Harmonic: max(floor, learning_rate / (1 + updates / halving)). */
  readonly learning_rate_decay?: { readonly kind: "none" } | {
    readonly kind: "harmonic";
    readonly halving: number;
    readonly floor: number;
  };
  /** 0.9 */
  readonly adam_beta1?: number;
  /** 0.999 */
  readonly adam_beta2?: number;
  /** 1e-8 */
  readonly adam_eps?: number;
  /** Steps in one batch, drawn with replacement; all their afterstates are learned from; 256. */
  readonly batch_steps?: number;
  /** How the target network follows: a copy every so many updates, or a share of the way after each; periodic, 100. */
  readonly target?: { readonly kind: "periodic"; readonly every: number } | {
    readonly kind: "soft";
    readonly tau: number;
  };
  /** Largest Euclidean norm of the gradient of all weights; 10. */
  readonly grad_clip?: number;
  /** Strength of a Gaussian prior: the gradient gains this times the weights over the number of steps held; 0. */
  readonly weight_prior?: number;
  /** How many times as strongly at most the prior pulls the weights of an input, the more the smaller they are against those of the
   * input with the greatest ones (automatic relevance determination; MacKay 1994), from 1 on; 1 pulls all alike. */
  readonly relevance_limit?: number;
  /** Updates in a row that were not finite, after which weights, target network and optimiser go back to the last snapshot that
   * gave finite numbers; 10. */
  readonly rollback_after?: number;
  /** How batches are drawn: every step alike, or in proportion to a power of its last error (Schaul et al. 2016), with importance
   * weights whose power rises evenly from `beta_start` to 1 within `beta_updates`; uniform. */
  readonly replay?: { readonly kind: "uniform" } | {
    readonly kind: "prioritised";
    readonly alpha: number;
    readonly beta_start: number;
    readonly beta_updates: number;
  };
  /** Steps held; the oldest is overwritten. Its memory is set aside at once. */
  readonly replay_capacity: number;
  /** Most afterstates of one step; with branching, most active branches. */
  readonly max_afterstates: number;
  /** Most different afterstates that the next decisions of one step lead to, 1..=256. */
  readonly max_points: number;
  /** Most next candidates of one afterstate; with branching, of one branch. */
  readonly max_candidates: number;
  /** Weight of each regression head's mean squared error, by head name; 1 for a head not named. */
  readonly head_loss_weights?: Readonly<Record<string, number>>;
}

/** What one bar taught: n afterstates that share the market before and after. A truncated step is not pushed.
 *
 * With branching it is one transition: `classes` are the chosen outputs of the active branches, as indices into the outputs of all
 * value heads; `rewards` and `terminals` have one value; `candidateOffsets` has a span for each value head, empty for one that takes
 * no part in the next decision; candidates cost nothing. */
export interface LearnerStep {
  /** F_t, `[inputs]`. */
  readonly features: Float32Array;
  /** The features `span` bars later, `[inputs]`. */
  readonly nextFeatures: Float32Array;
  /** Bars from `features` to `nextFeatures`, 1..=65,535; what comes then is discounted so often; 1. */
  readonly span?: number;
  /** Position class of each afterstate, `[n]`, n ≤ `max_afterstates`. */
  readonly classes: Uint8Array;
  /** Scalars of each afterstate, `[n, scalars]` row-major; empty without an account part. */
  readonly scalars: Float32Array;
  /** What each afterstate earned, `[n]`, in the reward's unit. */
  readonly rewards: Float32Array;
  /** 1 where the afterstate ended in ruin, else 0, `[n]`. */
  readonly terminals: Uint8Array;
  /** Position class of each point, `[m]`, m ≤ `max_points`: the afterstates that the next decisions lead to, each once. */
  readonly pointClasses: Uint8Array;
  /** Scalars of each point, `[m, scalars]` row-major; empty without an account part. */
  readonly pointScalars: Float32Array;
  /** Candidates of afterstate i lie at `candidateOffsets[i]` up to `candidateOffsets[i + 1]`, `[n + 1]`, from 0 to their number. */
  readonly candidateOffsets: Uint32Array;
  /** The point that each valid next decision leads to. An afterstate that is not terminal has at least one. */
  readonly candidatePoints: Uint8Array;
  /** What each valid next decision costs, ≥ 0, in the reward's unit. */
  readonly candidateCosts: Float32Array;
  /** Targets of all regression heads in their order; NaN where there is none; empty for none at all. */
  readonly regressionTargets: Float32Array;
}

/** What a training run did. Means are over the applied updates and NaN if there was none. */
export interface TrainReport {
  /** Batches drawn. */
  readonly steps: number;
  /** Batches skipped because loss or gradient were not finite. */
  readonly skipped: number;
  /** Times that the learner went back to its last good snapshot. */
  readonly rollbacks: number;
  /** Mean of what was minimised. */
  readonly loss: number;
  /** Mean |target − W|. */
  readonly meanAbsTd: number;
  /** Mean W. */
  readonly meanValue: number;
  /** Mean Euclidean norm of the gradient before clipping. */
  readonly gradNorm: number;
  /** Mean weighted loss of the regression heads; part of `loss`. */
  readonly regressionLoss: number;
  /** Updates applied since the learner was made. */
  readonly updates: number;
  /** Duration of the run. */
  readonly seconds: number;
}

/** A learner. Training runs on another thread; every other call waits for one update of it at most, or for the copying part of a
 * checkpoint. */
export interface Learner {
  /** What computes the updates; see {@link LearnerConfig.engine}. @throws `RLT_CLOSED` */
  readonly engine: "fused" | "tch";
  /** Updates applied since the learner was made. @throws `RLT_CLOSED` */
  readonly updates: number;
  /** Steps that the replay holds. @throws `RLT_CLOSED` */
  readonly replayed: number;
  /** Adds a step, over the oldest when the replay is full; a refused step changes nothing. Allowed while training: the step may
   * then be drawn by the running training, so reproducible runs await it first.
   * @throws `RLT_ARGUMENT`, `RLT_SHAPE`, `RLT_NON_FINITE`, `RLT_HEAD`, `RLT_STEP`, `RLT_CLOSED` */
  push(step: LearnerStep): void;
  /** Learns from so many batches, 1..=1,000,000, off the event loop.
   * @returns Rejects with `RLT_ARGUMENT`, `RLT_EMPTY`, `RLT_BUSY` while another run or a restore lasts, `RLT_CLOSED` if closed meanwhile, `RLT_ENGINE`. */
  train(steps: number): Promise<TrainReport>;
  /** All heads of the online network, `[B, inputs]` → `[B, outputs]`. Allowed while training.
   * @throws `RLT_ARGUMENT`, `RLT_SHAPE`, `RLT_NON_FINITE`, `RLT_CLOSED`, `RLT_ENGINE` */
  forward(features: Float32Array): Float32Array;
  /** W(F, y) by the online network of afterstates y, each at one of the rows F. Afterstates of one row are faster side by side.
   * Allowed while training.
   * @param features `[B, inputs]` row-major, finite.
   * @param rowOfPoint `[n]`, below B.
   * @param classes `[n]`, as in {@link QNet.evaluate}.
   * @param scalars `[n, scalars]` row-major, finite; empty without an account part.
   * @returns `[n]`.
   * @throws `RLT_ARGUMENT`, `RLT_SHAPE`, `RLT_NON_FINITE`, `RLT_HEAD`, `RLT_CLOSED`, `RLT_ENGINE` */
  evaluate(
    features: Float32Array,
    rowOfPoint: Uint32Array,
    classes: Uint8Array,
    scalars: Float32Array,
  ): Float32Array;
  /** The online network as a safetensors file; the same weights and metadata give the same bytes. Allowed while training.
   * @param metadataJson An object of strings, kept in the file; the keys `format`, `schema_hash`, `sha256`, `spec` are taken.
   * @throws `RLT_ARGUMENT`, `RLT_MODEL_FORMAT` for a taken key, `RLT_NON_FINITE`, `RLT_CLOSED`, `RLT_ENGINE` */
  exportModel(metadataJson: string): Uint8Array;
  /** Goes on from a model's weights in both networks; Adam starts afresh, counts go on. A refused model changes nothing.
   * @throws `RLT_ARGUMENT`, `RLT_MODEL_FORMAT`, `RLT_MODEL_TRUNCATED`, `RLT_MODEL_HASH`, `RLT_SCHEMA_MISMATCH`, `RLT_BUSY`, `RLT_CLOSED`, `RLT_ENGINE` */
  importModel(blob: Uint8Array): void;
  /** Takes over what a model of another schema has learned, tensor by tensor of the same name, into both networks; Adam starts
   * afresh. Columns of new inputs are zero; new outputs keep their fresh weights.
   * @param blob A model whose trunk has the same widths.
   * @param inputMap `[inputs]`: where each input lay in the model, −1 for a new one.
   * @param outputMapsJson An object: for each head named, where each of its outputs lay in the model, −1 for a new one. A head that is
   * not named is taken over if it has not changed.
   * @returns JSON: {@link WarmStart}.
   * @throws `RLT_ARGUMENT`, `RLT_MODEL_FORMAT` also if the trunk's widths differ, `RLT_MODEL_TRUNCATED`, `RLT_MODEL_HASH`, `RLT_BUSY`,
   * `RLT_CLOSED`, `RLT_ENGINE` */
  warmStart(blob: Uint8Array, inputMap: Int32Array, outputMapsJson?: string): string;
  /** Everything that later updates depend on: weights, target network, optimiser, counts, random numbers, the snapshot to go back
   * to, and the steps of the replay. Made on another thread, between two updates of a running training.
   * @returns Rejects with `RLT_CLOSED`, `RLT_ENGINE`. */
  checkpoint(): Promise<Uint8Array>;
  /** Goes on from a checkpoint: with the same engine, later calls give the weights that they would have given without the
   * interruption, bit for bit. It must come from the same configuration, the seed included; only `engine`, `device` and
   * `cuda_libraries` may differ. Read on
   * another thread; a refused one changes nothing. Steps pushed meanwhile are lost.
   * @param blob The bytes that {@link Learner.checkpoint} gave; copied.
   * @returns Rejects with `RLT_ARGUMENT`, `RLT_CHECKPOINT_*`, `RLT_BUSY` while a training run or another restore lasts,
   * `RLT_CONFIG` without memory for the replay, `RLT_CLOSED`, `RLT_ENGINE`. */
  restore(blob: Uint8Array): Promise<void>;
  /** Frees all memory; a running training rejects with `RLT_CLOSED`, as does every later call. Closing twice is fine. */
  close(): void;
}

/** What {@link Learner.warmStart} did, by tensor names. */
export interface WarmStart {
  /** Taken over, in whole or in part. */
  readonly kept: readonly string[];
  /** Left as they were. */
  readonly fresh: readonly string[];
}

/** The addon with LibTorch: what the trainer alone loads. */
export interface TrainerAddon {
  readonly Learner: {
    /** @param configJson A {@link LearnerConfig}.  @throws `RLT_ARGUMENT`, `RLT_CONFIG`, `RLT_ENGINE` */
    new (configJson: string): Learner;
  };
  /** JSON: {@link TrainerEngineInfo}. */
  engineInfo(): string;
}

export interface TrainerEngineInfo {
  readonly version: string;
  /** The LibTorch that the addon was built against. */
  readonly libtorch: string;
  /** Where LibTorch computes. */
  readonly device: "cpu" | "cuda";
  /** Why not on a GPU; empty where it is on one. */
  readonly reason: string;
  readonly threads: number;
}
