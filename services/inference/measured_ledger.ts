/** A ledger that tells how long each commit took and what became of it. */
import type { Control } from "../core/contracts/control.ts";
import type { LaneRecord } from "../core/contracts/lane.ts";
import type { LaneTotal } from "../core/contracts/risk.ts";
import type { Commit, CommitResult, LeaseRequest, Ledger } from "../core/redis/ledger.ts";
import type { Clock } from "../core/runtime/clock.ts";

export interface MeasuredLedgerParts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** Told of each answer, and of how many seconds it took. */
  readonly onAnswer: (commit: Commit, result: CommitResult, seconds: number) => void;
  /** Told when leases were renewed. */
  readonly onRenewed: () => void;
}

export class MeasuredLedger implements Ledger {
  readonly #parts: MeasuredLedgerParts;

  constructor(parts: MeasuredLedgerParts) {
    this.#parts = parts;
  }

  async commit(commit: Commit): Promise<CommitResult> {
    const { ledger, clock, onAnswer } = this.#parts;
    const startedMs = clock.monotonicMs();
    const result = await ledger.commit(commit);
    onAnswer(commit, result, (clock.monotonicMs() - startedMs) / 1_000);
    return result;
  }

  async renewLeases(request: LeaseRequest): Promise<ReadonlyMap<string, number>> {
    const held = await this.#parts.ledger.renewLeases(request);
    this.#parts.onRenewed();
    return held;
  }

  load(account: string, symbol: string): Promise<LaneRecord | null> {
    return this.#parts.ledger.load(account, symbol);
  }

  totals(account: string): Promise<ReadonlyMap<string, LaneTotal>> {
    return this.#parts.ledger.totals(account);
  }

  control(account: string): Promise<Control | null> {
    return this.#parts.ledger.control(account);
  }

  steer(account: string, next: Control): Promise<boolean> {
    return this.#parts.ledger.steer(account, next);
  }

  releaseLeases(lessee: { readonly account: string; readonly replica: string }): Promise<void> {
    return this.#parts.ledger.releaseLeases(lessee);
  }
}
