/** The promotion gate: what a candidate must pass before it is served, step by step until one refuses it. "None passed, the champion
 * stays" is a normal outcome. */
import type { GateConfig } from "../../core/config/gate.ts";
import type { GateStep } from "../../core/contracts/model.ts";
import type { Learner, QNet } from "../../core/model/native_types.ts";
import { type Evidence, evidenceStep, rollbackStep } from "./evidence_step.ts";
import { type GoldenStates, integrityStep } from "./integrity_step.ts";

/** What is known of a candidate. */
export interface Candidate {
  /** @throws {Error} If the bytes are no model of the schema. */
  readonly load: () => QNet;
  readonly learner: Pick<Learner, "forward" | "evaluate">;
  readonly golden: GoldenStates;
  readonly evidence: Omit<Evidence, "seed">;
}

export interface GateParts {
  readonly config: GateConfig;
  /** Of the resampling. */
  readonly seed: number;
  /** The proofs on what was learned from; the same for every candidate of a run. */
  readonly leakage: () => Promise<GateStep>;
}

export class Gate {
  readonly #parts: GateParts;
  /** What has been proven once; a refusal is looked at again. */
  #leakage: GateStep | null = null;

  constructor(parts: GateParts) {
    this.#parts = parts;
  }

  /** Live bars that a candidate has to decide without orders before it serves; 0 for none. */
  get shadowBars(): number {
    const { level, shadow_bars } = this.#parts.config;
    return level === "full" ? shadow_bars : 0;
  }

  /** Whether a model without a champion to beat is called provisional. */
  get asksForEvidence(): boolean {
    return this.#parts.config.level === "full";
  }

  /** Every step up to the first that refuses; it passed if all did. */
  async judge({ load, learner, golden, evidence }: Candidate): Promise<GateStep[]> {
    const { config, seed } = this.#parts;
    const steps: GateStep[] = [];
    if (config.level === "off") return steps;
    steps.push(integrityStep(load, learner, golden));
    if (config.level === "integrity" || !passed(steps)) return steps;
    steps.push(await this.#prove());
    if (passed(steps)) steps.push(evidenceStep({ ...evidence, seed }, config));
    return steps;
  }

  /** Why the champion has to give way to the version before it; null if it has not. */
  rollback(evidence: Candidate["evidence"]): GateStep | null {
    const { config } = this.#parts;
    return config.level === "full" && evidence.hasChampion ? rollbackStep(evidence, config) : null;
  }

  async #prove(): Promise<GateStep> {
    if (this.#leakage?.passed) return this.#leakage;
    return this.#leakage = await this.#parts.leakage();
  }
}

export function passed(steps: readonly GateStep[]): boolean {
  return steps.every((step) => step.passed);
}
