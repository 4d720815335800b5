/** What the trainer tells: how learning goes, what the gate says, and what it answers for replicas. */
import { Counter, type Registry } from "prom-client";
import { GateStep, ModelEvent } from "../contracts/model.ts";
import { readCounter, readGauge } from "./metric_makers.ts";

/** What is read when somebody asks. */
export interface LearningFacts {
  /** Of the heartbeat. */
  readonly figures: () => Readonly<Record<string, number>>;
}

const OUTCOMES = ModelEvent.shape.outcome.options;
const STEPS = GateStep.shape.step.options;

/** Of the heartbeat's figures: which are told, and how. */
const GAUGES = [
  ["rltrader_learner_loss", "Mean loss of the last updates, in squared reward units.", "loss"],
  ["rltrader_learner_td_error", "Mean absolute TD error of the last updates, in reward units.", "meanAbsTd"],
  ["rltrader_learner_value", "Mean W of the last updates, in reward units.", "meanValue"],
  ["rltrader_learner_gradient_norm", "Mean norm of their gradients before clipping.", "gradNorm"],
  ["rltrader_learner_updates_per_second", "How fast they were.", "updatesPerSecond"],
  ["rltrader_learner_epsilon", "Share of live decisions that the next model draws at random.", "epsilon"],
  [
    "rltrader_learned_experiences",
    "Steps of experience learned from; behind rltrader_experiences while it lags.",
    "experiences",
  ],
  ["rltrader_replay_steps", "Steps that the replay holds.", "replayed"],
  ["rltrader_replay_capacity_steps", "Steps that it may hold.", "replayCapacity"],
  ["rltrader_model_held", "1 while a person holds a version in place.", "held"],
] as const;
/** `updates` go on in a checkpoint, so they fall where that is lost. */
const COUNTERS = [
  ["rltrader_learner_updates_total", "Updates of the weights.", "updates"],
  [
    "rltrader_learner_skipped_total",
    "Batches of this process that were skipped, as loss or gradient was not finite.",
    "skipped",
  ],
  [
    "rltrader_requests_served_total",
    "Requests of replicas (--runner=trainer) that this process has answered.",
    "served",
  ],
] as const;

export class LearningMetrics {
  readonly #verdicts: Counter;
  readonly #failures: Counter;

  constructor(registry: Registry, { figures }: LearningFacts) {
    const registers = [registry];
    this.#verdicts = new Counter({
      name: "rltrader_gate_verdicts_total",
      help: "Verdicts of the gate that this process has stored.",
      labelNames: ["outcome"],
      registers,
    });
    for (const outcome of OUTCOMES) this.#verdicts.inc({ outcome }, 0);
    this.#failures = new Counter({
      name: "rltrader_gate_refusals_total",
      help: "Candidates refused, by the step that they did not pass.",
      labelNames: ["step"],
      registers,
    });
    for (const step of STEPS) this.#failures.inc({ step }, 0);
    for (const [name, help, figure] of GAUGES) {
      readGauge(registry, { name, help }, () => figures()[figure] ?? null);
    }
    for (const [name, help, figure] of COUNTERS) {
      readCounter(registry, { name, help }, () => figures()[figure] ?? 0);
    }
  }

  judged({ outcome, gate }: ModelEvent): void {
    this.#verdicts.inc({ outcome });
    const failed = gate.find(({ passed }) => !passed);
    if (outcome === "refused" && failed !== undefined) this.#failures.inc({ step: failed.step });
  }
}
