/** Keeps the steps that lanes complete in their streams, in order, and counts them. */
import { type Experience, experienceStream } from "../contracts/experience.ts";
import { decisionId } from "../contracts/lane.ts";
import type { Store } from "../redis/store.ts";
import type { Log } from "../runtime/log.ts";

export interface ExperienceKeeperParts {
  readonly account: string;
  readonly store: Store;
  readonly log: Log;
}

/** What a lane has completed, oldest first. */
export type Completed = readonly [symbol: string, experiences: readonly Experience[]];

export class ExperienceKeeper {
  readonly #parts: ExperienceKeeperParts;
  #kept = 0;
  #keeping: Promise<void> = Promise.resolve();

  constructor(parts: ExperienceKeeperParts) {
    this.#parts = parts;
  }

  /** Steps that are in the streams. */
  get kept(): number {
    return this.#kept;
  }

  /** Counts what an earlier run of core has kept. */
  async takeUp(symbol: string): Promise<void> {
    const { store, account } = this.#parts;
    this.#kept += await store.length(experienceStream(account, symbol));
  }

  /** Calls follow one another: what is kept out of order would be refused as a duplicate. */
  async keep(completed: readonly Completed[]): Promise<void> {
    const { account, log } = this.#parts;
    this.#keeping = this.#keeping.then(() => this.#append(completed));
    await this.#keeping;
    for (const [symbol, experiences] of completed) {
      for (const { phase, barMs } of experiences) {
        if (phase === "live") log.debug({ decision: decisionId(account, symbol, barMs) }, "step kept");
      }
    }
  }

  /** Single steps of many lanes go in one round trip. */
  async #append(completed: readonly Completed[]): Promise<void> {
    const { store, account } = this.#parts;
    const single = completed.flatMap(([symbol, [first, ...others]]) =>
      first !== undefined && others.length === 0
        ? [[experienceStream(account, symbol), `${first.barMs}-0`, first] as const]
        : []
    );
    if (single.length > 0) this.#kept += await store.appendToEach(single);
    for (const [symbol, experiences] of completed) {
      if (experiences.length < 2) continue;
      this.#kept += await store.appendAll(
        experienceStream(account, symbol),
        experiences.map((experience) => [`${experience.barMs}-0`, experience] as const),
      );
    }
  }
}
