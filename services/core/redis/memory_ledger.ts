/** The ledger without a server: the same rules in the same order as ledger.lua, held to them by the conformance suite. */
import { type Control, controlDocument } from "../contracts/control.ts";
import type { Document } from "../contracts/define.ts";
import { type LaneRecord, laneRecord, leaseKey, replicaKey } from "../contracts/lane.ts";
import { accountTotal, type LaneTotal } from "../contracts/risk.ts";
import type { Commit, CommitResult, LeaseRequest, Ledger, RefusalRule } from "./ledger.ts";
import {
  checkLeaseRequest,
  checkReplica,
  encodeCommit,
  encodeControl,
  type EncodedCommit,
  totalsFrom,
} from "./ledger_requests.ts";
import type { Kind, MemoryKeyspace } from "./memory_keyspace.ts";

interface Lease {
  replica: string;
  token: number;
  expires: number;
}

/** Atomic because nothing in a call waits. */
export class MemoryLedger implements Ledger {
  readonly #keyspace: MemoryKeyspace;

  constructor(options: { readonly keyspace: MemoryKeyspace }) {
    this.#keyspace = options.keyspace;
  }

  // deno-lint-ignore require-await -- async, so that every fault is a rejection, as with a server
  async commit(commit: Commit): Promise<CommitResult> {
    const encoded = encodeCommit(commit);
    const result = this.#check(commit, encoded);
    if (result.outcome !== "committed") return result;
    const { keys } = encoded;
    const id = `${commit.record.barMs}-0`;
    this.#keyspace.append(keys.decisions, id, encoded.decision);
    this.#keyspace.append(keys.equity, id, encoded.equity);
    encoded.fills.forEach((fill, number) =>
      this.#keyspace.append(keys.fills, `${commit.record.barMs}-${number}`, fill)
    );
    if (encoded.intent !== null) this.#keyspace.append(keys.outbox, id, encoded.intent);
    this.#keyspace.hash(keys.total).set(commit.symbol, encoded.total);
    if (encoded.control !== "") this.#setText(keys.control, encoded.control);
    this.#setText(keys.lane, encoded.record);
    return result;
  }

  // deno-lint-ignore require-await -- see commit
  async load(account: string, symbol: string): Promise<LaneRecord | null> {
    return this.#read(laneRecord(account, symbol));
  }

  // deno-lint-ignore require-await -- see commit
  async totals(account: string): Promise<ReadonlyMap<string, LaneTotal>> {
    return totalsFrom(account, this.#keyspace.find(accountTotal(account).key, "hash")?.fields ?? []);
  }

  // deno-lint-ignore require-await -- see commit
  async control(account: string): Promise<Control | null> {
    return this.#read(controlDocument(account));
  }

  // deno-lint-ignore require-await -- see commit
  async steer(account: string, next: Control): Promise<boolean> {
    const { key } = controlDocument(account);
    const text = encodeControl(account, next);
    const stored = this.#revisionOf(key);
    if (typeof stored === "string") throw new Error(`Cannot steer ${account} as ${stored}`);
    if (stored !== next.revision - 1) return false;
    this.#setText(key, text);
    return true;
  }

  // deno-lint-ignore require-await -- see commit
  async renewLeases(request: LeaseRequest): Promise<ReadonlyMap<string, number>> {
    const symbols = checkLeaseRequest(request);
    const { account, replica, ttlMs } = request;
    const stored = this.#keyspace.hash(leaseKey(account));
    const replicas = this.#keyspace.sortedSet(replicaKey(account));
    const now = this.#keyspace.nowMs();
    const held = symbols.map((symbol) => [symbol, parse(symbol, stored.get(symbol))] as const);

    for (const [name, expires] of replicas) if (expires <= now) replicas.delete(name);
    replicas.set(replica, now + ttlMs);
    const share = Math.ceil(symbols.length / replicas.size);

    const led = new Map<string, number>();
    for (const [symbol, lease] of held) {
      if (lease.replica !== replica || lease.expires <= now) continue;
      if (led.size < share) {
        lease.expires = now + ttlMs;
        led.set(symbol, lease.token);
      } else {
        lease.replica = "";
        lease.expires = 0;
      }
    }
    for (const [symbol, lease] of held) {
      if (led.size >= share || led.has(symbol) || lease.expires > now) continue;
      lease.replica = replica;
      lease.token++;
      lease.expires = now + ttlMs;
      led.set(symbol, lease.token);
    }
    for (const [symbol, lease] of held) if (lease.token > 0) stored.set(symbol, show(lease));
    return new Map([...led].sort(([a], [b]) => a < b ? -1 : 1));
  }

  // deno-lint-ignore require-await -- see commit
  async releaseLeases({ account, replica }: { account: string; replica: string }): Promise<void> {
    checkReplica(replica);
    const stored = this.#keyspace.hash(leaseKey(account));
    for (const [symbol, text] of stored) {
      const lease = parse(symbol, text);
      if (lease.replica === replica) stored.set(symbol, show({ ...lease, replica: "", expires: 0 }));
    }
    this.#keyspace.sortedSet(replicaKey(account)).delete(replica);
  }

  #check(commit: Commit, { keys, intent }: EncodedCommit): CommitResult {
    const { account, symbol, expectedVersion, record, control } = commit;
    const refused = (rule: RefusalRule, reason: string): CommitResult => ({
      outcome: "refused",
      rule,
      reason: `Cannot commit ${account} ${symbol} bar ${record.barMs} as ${reason}`,
    });
    const fault = this.#wrongKind(keys.lane, "string") ?? this.#wrongKind(keys.total, "hash") ??
      this.#wrongKind(keys.leases, "hash");
    if (fault !== null) return refused("store", fault);

    const text = this.#text(keys.lane);
    const stored = text === null ? null : laneHead(text);
    if (stored === undefined) {
      return refused("store", `${keys.lane} must hold a lane record: it holds ${text!.slice(0, 80)}`);
    }
    if (stored !== null && record.barMs <= stored.barMs) return { outcome: "duplicate" };
    const version = stored?.version ?? 0;
    if (version !== expectedVersion) {
      return refused("version", `${keys.lane} must be at version ${expectedVersion}: it is at ${version}`);
    }

    const lease = this.#keyspace.find(keys.leases, "hash")?.fields.get(symbol);
    const token = lease?.split("|")[1] ?? "none";
    if (token !== String(record.fence)) {
      return refused(
        "fence",
        `the token of ${symbol} must be the current one, ${token}: it is ${record.fence}`,
      );
    }
    const revision = this.#revisionOf(keys.control);
    if (typeof revision === "string") return refused("store", revision);
    if (revision !== control.revision) {
      return refused(
        "control",
        `${keys.control} must be at revision ${control.revision}: it is at ${revision}`,
      );
    }
    const streams = [keys.decisions, keys.fills, keys.equity, ...intent === null ? [] : [keys.outbox]];
    for (const key of streams) {
      const wrong = this.#wrongKind(key, "stream");
      if (wrong !== null) return refused("store", wrong);
      const last = this.#keyspace.find(key, "stream")?.last.ms ?? -1;
      if (last >= record.barMs) {
        return refused("store", `${key} must end before ${record.barMs}: it ends at ${last}`);
      }
    }
    return { outcome: "committed" };
  }

  #wrongKind(key: string, wanted: Kind): string | null {
    const found = this.#keyspace.kindOf(key);
    return found === "none" || found === wanted ? null : `${key} must be a ${wanted}: it is a ${found}`;
  }

  /** 0 where there is none; what is wrong with it, if it cannot be told. */
  #revisionOf(key: string): number | string {
    const wrong = this.#wrongKind(key, "string");
    if (wrong !== null) return wrong;
    const text = this.#text(key);
    if (text === null) return 0;
    try {
      const { revision } = JSON.parse(text);
      if (typeof revision === "number") return revision;
    } catch {
      // it is no JSON, or no object
    }
    return `${key} must hold a control: it holds ${text.slice(0, 80)}`;
  }

  #read<T>({ key, contract }: Document<T>): T | null {
    const text = this.#text(key);
    return text === null ? null : contract.decode(key, text);
  }

  #setText(key: string, text: string): void {
    this.#keyspace.setString(key, new TextEncoder().encode(text));
  }

  #text(key: string): string | null {
    const value = this.#keyspace.find(key, "string");
    return value === undefined ? null : new TextDecoder().decode(value.bytes);
  }
}

/** What a commit needs of the stored record; undefined if it is none. */
function laneHead(text: string): { barMs: number; version: number } | undefined {
  try {
    const { barMs, version } = JSON.parse(text);
    return typeof barMs === "number" && typeof version === "number" ? { barMs, version } : undefined;
  } catch {
    return undefined;
  }
}

function parse(symbol: string, text: string | undefined): Lease {
  if (text === undefined) return { replica: "", token: 0, expires: 0 };
  const match = /^([^|]*)\|(\d+)\|(\d+)$/.exec(text);
  if (match === null) {
    throw new Error(
      `Cannot read the lease of ${symbol} as it must be replica|token|expiresMs: it is ${text}`,
    );
  }
  return { replica: match[1]!, token: Number(match[2]), expires: Number(match[3]) };
}

function show(lease: Lease): string {
  return `${lease.replica}|${lease.token}|${lease.expires}`;
}
