/** The one commit of a bar, and who may make it: what the inference replicas share through Redis.
 * Invariants: a bar of a lane is committed once or not at all; only the holder of the symbol's current fencing token
 * commits; a token never comes back; a commit was decided under the control that is in force with it. */
import type { Control } from "../contracts/control.ts";
import type { Decision, Equity, Fill, LaneRecord } from "../contracts/lane.ts";
import type { LaneTotal } from "../contracts/risk.ts";
import type { OrderIntent } from "../contracts/venue.ts";

export interface Commit {
  readonly account: string;
  readonly symbol: string;
  /** The version of the record that this commit builds on; 0 = the lane has none yet. */
  readonly expectedVersion: number;
  /** Its `version` is `expectedVersion + 1`, its `fence` the token from {@link Ledger.renewLeases}. */
  readonly record: LaneRecord;
  readonly decision: Decision;
  readonly fills: readonly Fill[];
  readonly equity: Equity;
  readonly total: LaneTotal;
  /** What a live lane orders at its venue; absent on paper, and where nothing is ordered. */
  readonly intent?: OrderIntent | null;
  readonly control: {
    /** Of the control that it was decided under; 0 = the account had none. */
    readonly revision: number;
    /** What follows from a broken limit, of the next revision; null to leave it as it is. */
    readonly next: Control | null;
  };
}

/** Which rule a commit broke: `version` = load the lane again; `fence` = another replica leads the symbol;
 * `control` = decide again under the current one; `store` = what is stored, or the rights to it, are not as they must be. */
export type RefusalRule = "version" | "fence" | "control" | "store";

/** `duplicate` = the lane already holds this bar or a later one: this commit was resent, or another replica was first. */
export type CommitResult =
  | { readonly outcome: "committed" }
  | { readonly outcome: "duplicate" }
  | { readonly outcome: "refused"; readonly rule: RefusalRule; readonly reason: string };

export interface LeaseRequest {
  readonly account: string;
  /** Unique to the process. */
  readonly replica: string;
  /** Every symbol of the account; the same for all replicas. */
  readonly symbols: readonly string[];
  readonly ttlMs: number;
}

export interface Ledger {
  /** Writes record, decision, fills, equity, total, the order for the venue and what follows for the control together, or nothing.
   * @throws {RangeError} If the commit contradicts itself. @throws {TypeError} If it breaks a contract. */
  commit(commit: Commit): Promise<CommitResult>;
  /** @throws {ContractError} If the stored record breaks its contract. */
  load(account: string, symbol: string): Promise<LaneRecord | null>;
  /** What was committed last of each of the account's symbols. @throws {ContractError} If one breaks its contract. */
  totals(account: string): Promise<ReadonlyMap<string, LaneTotal>>;
  /** Whether the account may trade; null where nobody has ever said. @throws {ContractError} If it breaks its contract. */
  control(account: string): Promise<Control | null>;
  /** Changes the control to the next revision. @returns False if somebody else did meanwhile: look again.
   * @throws {Error} If what is stored is no control. */
  steer(account: string, next: Control): Promise<boolean>;
  /** Says that the replica lives, and returns the symbols that it leads until `ttlMs` from now, with their tokens.
   * Symbols are shared out evenly: a replica with more than ceil(symbols / live replicas) gives the surplus back, one
   * with fewer takes what is free. Call it about three times per ttl. */
  renewLeases(request: LeaseRequest): Promise<ReadonlyMap<string, number>>;
  /** Gives all leases back, for a stop that nobody has to wait out. */
  releaseLeases(lessee: { readonly account: string; readonly replica: string }): Promise<void>;
}
