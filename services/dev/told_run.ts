/** A run's own folder, and what it tells the other commands of the checkout about itself as that comes to be known. */
import { join } from "node:path";
import { feedStatus } from "../core/contracts/feed_status.ts";
import type { Store } from "../core/redis/store.ts";
import { type Clock, until } from "../core/runtime/clock.ts";
import { type RunDescription, writeRunDescription } from "./run_description.ts";
import { makeRunFolder, type OwnRunFolder, type RunFolder } from "./run_folder.ts";

export class ToldRun implements Disposable {
  readonly #folder: OwnRunFolder;
  #description: RunDescription;

  private constructor(folder: OwnRunFolder, description: RunDescription) {
    this.#folder = folder;
    this.#description = description;
  }

  /** @param root The checkout.  @param known What is known before anything is started. */
  static async make(
    root: string,
    known: Pick<RunDescription, "pid" | "startedMs" | "feed" | "account">,
  ): Promise<ToldRun> {
    const folder = await makeRunFolder(join(root, ".rltrader/runs"), known.startedMs, known.pid);
    const run = new ToldRun(folder, { ...known, symbols: [], server: null, url: null });
    await run.tell({});
    return run;
  }

  get folder(): RunFolder {
    return this.#folder;
  }

  async tell(changes: Partial<RunDescription>): Promise<void> {
    this.#description = { ...this.#description, ...changes };
    await writeRunDescription(this.#folder.path, this.#description);
  }

  /** Tells feed and symbols once core says them; not where the run is over before. */
  async tellFeed(store: Store, clock: Clock, signal: AbortSignal): Promise<void> {
    try {
      const { feed, symbols } = await until(clock, "the feed", () => store.get(feedStatus()), { signal });
      await this.tell({ feed, symbols });
    } catch (cause) {
      if (!signal.aborted) throw cause;
    }
  }

  /** Others may open its files from now on. */
  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}
