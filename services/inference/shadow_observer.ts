/** Lets the candidate in the shadow decide a lane's bars beside the champion, on the same state and account, and writes down what it
 * would do. It orders nothing, and always runs in this process. */
import { type ShadowDecision, shadowStream } from "../core/contracts/model.ts";
import { Decider, type DeciderParts, type Ruling } from "../core/lane/decider.ts";
import type { RuledBar } from "../core/lane/lane_trader.ts";
import { LocalRunner } from "../core/lane/model_runner.ts";
import type { Store } from "../core/redis/store.ts";
import type { ShadowWatch } from "./shadow_watch.ts";

export interface ShadowObserverParts extends Omit<DeciderParts, "runner"> {
  readonly store: Store;
  readonly watch: Pick<ShadowWatch, "current">;
}

/** More than any shadow lasts. */
const KEPT_DECISIONS = 20_000;
const NOTHING = new Float32Array(0);

export class ShadowObserver {
  readonly #parts: ShadowObserverParts;
  readonly #decider: Decider;

  constructor(parts: ShadowObserverParts) {
    this.#parts = parts;
    this.#decider = new Decider({ ...parts, runner: new LocalRunner() });
  }

  /** Before the bar is committed, so that with its decision the shadow's is there. A bar that is decided again changes nothing. */
  async observe({ sight, ruling }: RuledBar): Promise<void> {
    const { symbol, store, watch } = this.#parts;
    const shadow = watch.current;
    if (shadow === null || sight.barMs <= shadow.afterMs) return;
    const { version, model, fault } = shadow;
    const own = model === null ? null : await this.#decider.decide(sight, model);
    const decision: ShadowDecision = {
      symbol,
      barMs: sight.barMs,
      version,
      choice: labelOf(own),
      reason: own?.choice.reason ?? fault,
      differs: labelOf(own) !== labelOf(ruling),
      inputs: own?.answer?.inputs ?? NOTHING,
      outputs: own?.answer?.outputs ?? NOTHING,
    };
    await store.append(shadowStream(symbol), `${sight.barMs}-0`, decision, { maxLength: KEPT_DECISIONS });
  }
}

function labelOf(ruling: Ruling | null): string | null {
  return ruling?.choice.candidate?.label ?? null;
}
