/** Tells people where a run's page and metrics are, once its processes say it: they alone know which ports were free. */
import { heartbeats } from "../core/contracts/system.ts";
import type { Store } from "../core/redis/store.ts";
import type { Clock } from "../core/runtime/clock.ts";
import { followReady } from "./page_process.ts";

const LOOK_EVERY_MS = 1_000;

export interface RunAddressesParts {
  readonly clock: Clock;
  /** Tells of an address under its kind; `whose` stands behind it. */
  readonly tell: (kind: "page" | "metrics", address: string, whose?: string) => void;
  /** Ends it. */
  readonly signal: AbortSignal;
}

export class RunAddresses {
  readonly #parts: RunAddressesParts;
  /** What was told last, by whose it is. */
  readonly #told = new Map<string, string>();

  constructor(parts: RunAddressesParts) {
    this.#parts = parts;
  }

  /** @param logPath Output of the page's process.  @returns When it is served for the first time. */
  page(logPath: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    void followReady(logPath, this.#parts.clock, ({ page, metrics }) => {
      this.#tellOnce("page", page);
      if (metrics !== null) this.#tellOnce("metrics", `${metrics}metrics`, "ui");
      resolve();
    }, this.#parts.signal);
    return promise;
  }

  /** By the heartbeats. @param sinceMs Processes that started before are those of an earlier run. */
  async metrics(store: Store, sinceMs: number): Promise<void> {
    const { clock, signal } = this.#parts;
    while (!signal.aborted) {
      for (const [id, { metricsUrl, startedMs }] of await store.entries(heartbeats())) {
        if (metricsUrl === undefined || startedMs < sinceMs) continue;
        this.#tellOnce("metrics", `${metricsUrl}metrics`, id);
      }
      await clock.wait(LOOK_EVERY_MS, signal);
    }
  }

  #tellOnce(kind: "page" | "metrics", address: string, whose = ""): void {
    if (this.#told.get(`${kind} ${whose}`) === address) return;
    this.#told.set(`${kind} ${whose}`, address);
    this.#parts.tell(kind, address, whose);
  }
}
