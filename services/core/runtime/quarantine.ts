/** Keeps the inputs of a process that broke their contracts, with their reasons: in the log, in a count, and in Redis. */
import { QUARANTINE_LENGTH, type Quarantined, quarantineStream } from "../contracts/system.ts";
import type { BadEntry, Store } from "../redis/store.ts";
import type { ProcessMetrics } from "../telemetry/process_metrics.ts";
import { quarantineRule } from "../telemetry/quarantine_rule.ts";
import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";

export interface QuarantineParts {
  /** Whose inputs they are. */
  readonly id: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly metrics: Pick<ProcessMetrics, "quarantined">;
}

export class Quarantine {
  readonly #parts: QuarantineParts;
  #store: Store | null = null;

  constructor(parts: QuarantineParts) {
    this.#parts = parts;
  }

  /** Keeps them there from now on: the store itself tells of bad entries, so it comes after this. */
  keepIn(store: Store): void {
    this.#store = store;
  }

  /** Never throws, as a store tells of bad entries in the middle of a read. */
  readonly take = (bad: BadEntry): void => {
    const { id, log, clock } = this.#parts;
    log.warn(bad, "quarantined");
    const entry = { source: bad.key, entry: bad.id, reason: bad.reason };
    this.count(entry);
    const kept = { process: id, ...entry, content: bad.content, atMs: clock.nowMs() };
    void this.#store?.append(quarantineStream(), "*", kept, { maxLength: QUARANTINE_LENGTH })
      .catch((cause) => log.error({ err: cause }, "cannot quarantine"));
  };

  /** Counts what somebody else has put there. */
  readonly count = (entry: Pick<Quarantined, "source" | "entry" | "reason">): void =>
    this.#parts.metrics.quarantined(quarantineRule(entry));
}
