/** Checks and encodes what a ledger is asked for, the same way for every ledger. Pure. */
import type { WireFields } from "../contracts/define.ts";
import { type Control, controlDocument } from "../contracts/control.ts";
import { decisionStream, equityStream, fillStream, laneRecord, leaseKey } from "../contracts/lane.ts";
import { accountTotal, type LaneTotal } from "../contracts/risk.ts";
import { outboxStream } from "../contracts/venue.ts";
import type { Commit, LeaseRequest } from "./ledger.ts";

/** A commit as it is stored: keys, texts and fields. */
export interface EncodedCommit {
  readonly keys: {
    readonly lane: string;
    readonly decisions: string;
    readonly fills: string;
    readonly equity: string;
    readonly total: string;
    readonly leases: string;
    readonly control: string;
    readonly outbox: string;
  };
  readonly record: string;
  readonly decision: WireFields;
  readonly fills: readonly WireFields[];
  readonly equity: WireFields;
  /** The lane's part of the account total. */
  readonly total: string;
  /** Empty to leave it as it is. */
  readonly control: string;
  /** Null for no order. */
  readonly intent: WireFields | null;
}

const MOST_FILLS = 1_000;
const MOST_SYMBOLS = 1_000;
const REPLICA_NAME = /^[A-Za-z0-9._-]{1,64}$/;

/** @throws {RangeError} If its parts do not belong together. @throws {TypeError} If one breaks its contract. */
export function encodeCommit(commit: Commit): EncodedCommit {
  const { account, symbol, record, decision, fills, equity, control } = commit;
  const refuse = (rule: string, value: unknown): never => {
    throw new RangeError(`Cannot commit ${account} ${symbol} as ${rule}: it is ${value}`);
  };
  if (record.barMs < 1) refuse("record.barMs must be after 1970, to be an entry id", record.barMs);
  if (record.version !== commit.expectedVersion + 1) {
    refuse(`record.version must be ${commit.expectedVersion + 1}, the expected one and 1`, record.version);
  }
  if (control.next !== null && control.next.revision !== control.revision + 1) {
    refuse(`the next control must be of revision ${control.revision + 1}`, control.next.revision);
  }
  if (fills.length > MOST_FILLS) refuse(`it may hold ${MOST_FILLS} fills`, fills.length);
  for (
    const [name, part] of [
      ["decision", decision],
      ...fills.map((fill) => ["fill", fill] as const),
      ...(commit.intent ? [["intent", commit.intent] as const] : []),
    ] as const
  ) {
    if (part.account !== account) refuse(`${name}.account must be ${account}`, part.account);
    if (part.symbol !== symbol) refuse(`${name}.symbol must be ${symbol}`, part.symbol);
    if (part.barMs !== record.barMs) refuse(`${name}.barMs must be record.barMs ${record.barMs}`, part.barMs);
  }
  const lane = laneRecord(account, symbol);
  const decisions = decisionStream(account, symbol);
  const laneFills = fillStream(account, symbol);
  const laneEquity = equityStream(account, symbol);
  const total = accountTotal(account);
  const outbox = outboxStream(account, symbol);
  return {
    keys: {
      lane: lane.key,
      decisions: decisions.key,
      fills: laneFills.key,
      equity: laneEquity.key,
      total: total.key,
      leases: leaseKey(account),
      control: controlDocument(account).key,
      outbox: outbox.key,
    },
    record: lane.contract.encode(lane.key, record),
    decision: decisions.contract.encode(decisions.key, decision),
    fills: fills.map((fill) => laneFills.contract.encode(laneFills.key, fill)),
    equity: laneEquity.contract.encode(laneEquity.key, equity),
    total: total.contract.encode(total.key, commit.total),
    control: control.next === null ? "" : encodeControl(account, control.next),
    intent: commit.intent ? outbox.contract.encode(outbox.key, commit.intent) : null,
  };
}

/** @throws {TypeError} If it breaks its contract. */
export function encodeControl(account: string, control: Control): string {
  const { key, contract } = controlDocument(account);
  return contract.encode(key, control);
}

/** Returns the symbols in the order in which they are shared out. @throws {RangeError} If the request is malformed. */
export function checkLeaseRequest({ replica, symbols, ttlMs }: LeaseRequest): string[] {
  checkReplica(replica);
  if (!Number.isSafeInteger(ttlMs) || ttlMs < 1) {
    throw new RangeError(`Cannot renew leases as ttlMs must be a whole number from 1 on: it is ${ttlMs}`);
  }
  const sorted = [...new Set(symbols)].sort();
  if (sorted.length < 1 || sorted.length > MOST_SYMBOLS) {
    throw new RangeError(
      `Cannot renew leases as there must be 1 to ${MOST_SYMBOLS} symbols: there are ${sorted.length}`,
    );
  }
  return sorted;
}

/** @throws {RangeError} If the name could forge a lease. */
export function checkReplica(replica: string): void {
  if (!REPLICA_NAME.test(replica)) {
    throw new RangeError(
      `Cannot lease as a replica's name must be 1 to 64 letters, digits or . _ -: it is ${replica}`,
    );
  }
}

/** Each lane's part from the fields of the total. @throws {ContractError} If one breaks its contract. */
export function totalsFrom(
  account: string,
  fields: Iterable<readonly [symbol: string, text: string]>,
): Map<string, LaneTotal> {
  const { key, contract } = accountTotal(account);
  return new Map(Array.from(fields, ([symbol, text]) => [symbol, contract.decode(key, text)]));
}
