/** Says for each decision why it beat the runner-up, once it is committed and nothing waits to be decided: a late or
 * a missing explanation costs nothing, a late decision does. Knows no lease and no order. */
import { attributionStream } from "../core/contracts/attribution.ts";
import type { Decision, WeighedOption } from "../core/contracts/lane.ts";
import type { LoadedModel } from "../core/lane/loaded_model.ts";
import type { Strategy } from "../core/lane/strategy.ts";
import type { Store } from "../core/redis/store.ts";
import type { Clock } from "../core/runtime/clock.ts";
import type { Log } from "../core/runtime/log.ts";

export interface DecisionExplainerParts {
  readonly strategy: Pick<Strategy, "value">;
  readonly store: Store;
  /** The open model of that version, if there is one. */
  readonly modelOf: (version: string) => LoadedModel | null;
  /** Whether bars wait to be decided. */
  readonly isDeciding: () => boolean;
  readonly clock: Clock;
  readonly log: Log;
  /** Decisions that may wait; above that the oldest is dropped. */
  readonly capacity?: number;
  /** Called when a count has changed. */
  readonly onCount?: (counts: ExplainerCounts) => void;
}

/** How many decisions got their weights, and how many never will: dropped, or failed. */
export interface ExplainerCounts {
  readonly explained: number;
  readonly unexplained: number;
}

/** How long no decision must have come before one is explained: symbols' bars come together, and a run at full speed has short
 * gaps in which explaining would take the processor from those who make the next bar. */
const REST_MS = 20;
const CAPACITY = 1_000;

export class DecisionExplainer {
  readonly #parts: DecisionExplainerParts;
  readonly #waiting: Decision[] = [];
  #counts: ExplainerCounts = { explained: 0, unexplained: 0 };
  #addedMs = -Infinity;
  #added = Promise.withResolvers<void>();
  #lastFault: string | null = null;

  constructor(parts: DecisionExplainerParts) {
    this.#parts = parts;
  }

  get counts(): ExplainerCounts {
    return this.#counts;
  }

  /** How many decisions wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Takes a committed decision. One on which no model answered, or that had no alternative, has nothing to explain. */
  add(decision: Decision): void {
    if (decision.modelVersion === null || decision.chosen === null || decision.runnerUp === null) return;
    this.#waiting.push(decision);
    if (this.#waiting.length > (this.#parts.capacity ?? CAPACITY)) {
      this.#waiting.shift();
      this.#count("unexplained");
    }
    this.#addedMs = this.#parts.clock.monotonicMs();
    this.#added.resolve();
  }

  /** Explains, at most one decision in a turn of the event loop, until the signal aborts; what waits then is dropped.
   * Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, isDeciding } = this.#parts;
    signal.addEventListener("abort", () => this.#added.resolve(), { once: true });
    while (!signal.aborted) {
      if (this.#waiting.length === 0) {
        this.#added = Promise.withResolvers();
        await this.#added.promise;
        continue;
      }
      const restMs = REST_MS - (clock.monotonicMs() - this.#addedMs);
      if (restMs > 0 || isDeciding()) await clock.wait(Math.max(restMs, 1), signal);
      else await this.#explain(this.#waiting.shift()!);
    }
    while (this.#waiting.shift() !== undefined) this.#count("unexplained");
  }

  async #explain(decision: Decision): Promise<void> {
    const { store, log } = this.#parts;
    const { account, symbol, barMs } = decision;
    try {
      const stream = attributionStream(account, symbol);
      const done = await store.append(stream, `${barMs}-0`, this.#attribute(decision));
      this.#count(done === "appended" ? "explained" : "unexplained");
    } catch (cause) {
      this.#count("unexplained");
      const { message } = cause as Error;
      if (message !== this.#lastFault) log.warn({ err: cause, symbol, barMs }, "cannot explain a decision");
      this.#lastFault = message; // the same fault again is counted, not logged
    }
  }

  /** @throws {Error} If its model is gone, or the network cannot explain it. */
  #attribute(decision: Decision) {
    const { strategy, modelOf } = this.#parts;
    const { modelVersion, state } = decision;
    const [chosen, other] = [decision.chosen!, decision.runnerUp!];
    const model = modelOf(modelVersion!);
    if (model === null) {
      throw new RangeError(`Cannot explain with ${modelVersion} as it must be open: it is not`);
    }
    const isBranching = strategy.value === "branching";
    const features = isBranching ? Float32Array.of(...state, ...chosen.scalars) : state;
    const scalarsOf = (option: WeighedOption) => Float32Array.from(isBranching ? [] : option.scalars);
    const weights = new Float32Array(state.length + chosen.scalars.length);
    const found = model.net.attribute(
      features,
      chosen.class,
      scalarsOf(chosen),
      other.class,
      scalarsOf(other),
      weights,
    );
    return {
      chosen: chosen.label,
      other: other.label,
      costDifference: chosen.cost - other.cost,
      baselineDifference: found.baseline,
      weights,
      residual: found.residual,
      rough: found.rough,
      steps: found.steps,
      modelVersion: model.version,
    };
  }

  #count(what: keyof ExplainerCounts): void {
    this.#counts = { ...this.#counts, [what]: this.#counts[what] + 1 };
    this.#parts.onCount?.(this.#counts);
  }
}
