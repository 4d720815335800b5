/** What a replica says of itself: its figures, and what it does; where it may not trade, why and since when instead. */
import type { Control } from "../core/contracts/control.ts";
import { haltReason } from "../core/risk/loss_limits.ts";

export class ReplicaReport {
  readonly figures = {
    decisions: 0,
    models: 0,
    symbols: 0,
    latencyMs: 0,
    explained: 0,
    unexplained: 0,
    halted: 0,
  };
  readonly #say: (activity: string, figures: Record<string, number>) => void;
  #halt: string | null = null;

  /** @param say Takes what it does, in a few words, and its figures. */
  constructor(say: (activity: string, figures: Record<string, number>) => void) {
    this.#say = say;
  }

  does(activity: string): void {
    this.#say(this.#halt ?? activity, this.figures);
  }

  /** Takes what is in force for its account from now on. */
  steered(control: Control | null): void {
    this.#halt = control?.state === "halted" ? haltReason(control) : null;
    this.figures.halted = this.#halt === null ? 0 : 1;
    this.does("deciding");
  }

  /** @param models How many versions were loaded so far. */
  decided(latencyMs: number, models: number): void {
    this.figures.decisions++;
    this.figures.models = models;
    this.figures.latencyMs = latencyMs;
    this.does("deciding");
  }

  leads(symbols: readonly string[]): void {
    this.figures.symbols = symbols.length;
    this.does(symbols.length === 0 ? "leading no symbol" : `leading ${symbols.join(", ")}`);
  }
}
